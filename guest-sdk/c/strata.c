/* Calls into the engine, memory and errors: what `strata.h` promises, over the generated binding. */
#include "strata.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lifted.h"

_Static_assert(sizeof(strata_timings) == sizeof(strata_scenario_http_timings_t), "timings are copied as they are");
_Static_assert(sizeof(strata_point) == sizeof(strata_scenario_results_point_t), "points are lent as they are");

/* --- Errors --------------------------------------------------------------------------------------------------- */

strata_result strata_failure(const char *code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    strata_error *error = strata_alloc(sizeof *error);
    error->code = strata_copy(code);
    error->message = strata_vformat(format, arguments);
    va_end(arguments);
    return error;
}

bool strata_is(strata_result result, const char *code) { return result && strcmp(result->code, code) == 0; }

void strata_trap(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

strata_result strata_failed(const strata_scenario_types_error_t *error) {
    strata_error *own = strata_alloc(sizeof *own);
    own->code = strata_lifted(error->code);
    own->message = strata_lifted(error->message);
    return own;
}

const strata_pair *strata_lifted_pairs(const strata_scenario_types_pair_t *pairs, size_t count) {
    strata_pair *own = strata_alloc((count + 1) * sizeof *own);
    for (size_t i = 0; i < count; i++) {
        own[i].name = strata_lifted(pairs[i].name);
        own[i].value = strata_lifted(pairs[i].value);
    }
    return own;
}

strata_texts strata_lifted_texts(scenario_list_string_t texts) {
    const char **items = strata_alloc(texts.len * sizeof *items);
    for (size_t i = 0; i < texts.len; i++) items[i] = strata_lifted(texts.ptr[i]);
    return (strata_texts){items, texts.len};
}

/* --- Requests ------------------------------------------------------------------------------------------------- */

static strata_scenario_http_list_pair_t lent_headers(const strata_pair *headers) {
    strata_scenario_http_list_pair_t list = {NULL, 0};
    if (!headers) return list;
    while (headers[list.len].name) list.len++;
    list.ptr = strata_alloc(list.len * sizeof *list.ptr);
    for (size_t i = 0; i < list.len; i++) {
        list.ptr[i].name = strata_lent(headers[i].name);
        list.ptr[i].value = strata_lent(headers[i].value);
    }
    return list;
}

static scenario_list_u8_t lent_bytes(strata_bytes bytes) {
    scenario_list_u8_t list = {(uint8_t *)bytes.data, bytes.size};
    return list;
}

/* More than there are options. */
#define OPTIONS 10

typedef struct {
    strata_pair pairs[OPTIONS + 1];
    size_t count;
} options;

static void option(options *of, const char *name, const char *value) {
    if (value) of->pairs[of->count++] = (strata_pair){name, value};
}

static const char *number(int64_t value) { return value ? strata_format("%lld", (long long)value) : NULL; }

static strata_scenario_http_list_pair_t lent_options(const strata_request *request) {
    options of = {.count = 0};
    option(&of, "body", request->discard_body ? "discard" : NULL);
    option(&of, "connect-timeout-ms", number(request->connect_timeout_ms));
    option(&of, "first-byte-timeout-ms", number(request->first_byte_timeout_ms));
    option(&of, "redirects", request->redirects < 0 ? "0" : number(request->redirects));
    const char *const words[] = {NULL, "yes", "no"};
    option(&of, "cookies", words[request->cookies % 3]);
    option(&of, "compression", request->compression);
    option(&of, "decode", request->keep_encoded ? "no" : NULL);
    option(&of, "basic-auth", request->basic_auth);
    option(&of, "bearer-auth", request->bearer_auth);
    if (request->body_from_setup) {
        const char *part = strata_format("setup-data %u..%u", (unsigned)request->setup_from, (unsigned)request->setup_to);
        option(&of, "body-from", request->setup_to ? part : "setup-data");
    }
    return lent_headers(of.pairs);
}

strata_scenario_http_request_t strata_lent_request(const strata_request *request) {
    strata_scenario_http_request_t lent = {
        .method = strata_lent(request->method),
        .url = strata_lent(request->url),
        .headers = lent_headers(request->headers),
        .body = lent_bytes(request->body),
        .name = strata_lent(request->name),
        .timeout_ms = {.is_some = request->timeout_ms != 0, .val = request->timeout_ms},
        .options = lent_options(request),
    };
    return lent;
}

static strata_timings lifted_timings(const strata_scenario_http_timings_t *timings) {
    strata_timings own;
    memcpy(&own, timings, sizeof own);
    return own;
}

static strata_response lifted_response(const strata_scenario_http_response_t *response) {
    strata_response own = {
        .status = response->status,
        .protocol = strata_lifted(response->protocol),
        .headers = strata_lifted_pairs(response->headers.ptr, response->headers.len),
        .body = {response->body.ptr, response->body.len},
        .timings = lifted_timings(&response->timings),
    };
    return own;
}

static strata_brief lifted_brief(const strata_scenario_http_brief_t *brief) {
    strata_brief own = {brief->status, brief->length, lifted_timings(&brief->timings), brief->index};
    return own;
}

strata_result strata_send(strata_request request, strata_response *answer) {
    strata_scenario_http_request_t lent = strata_lent_request(&request);
    strata_scenario_http_response_t response;
    strata_scenario_http_error_t error;
    if (!strata_scenario_http_send(&lent, &response, &error)) return strata_failed(&error);
    *answer = lifted_response(&response);
    return STRATA_OK;
}

strata_result strata_get(const char *url, strata_response *answer) {
    return strata_send((strata_request){.url = url}, answer);
}

strata_result strata_post(const char *url, const char *content_type, strata_bytes body, strata_response *answer) {
    const strata_pair headers[] = {{"content-type", content_type}, {NULL, NULL}};
    return strata_send((strata_request){.method = "POST", .url = url, .headers = headers, .body = body}, answer);
}

/* ASCII only, as header names are. */
static bool same_name(const char *a, const char *b) {
    for (; *a || *b; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
        char y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;
        if (x != y) return false;
    }
    return true;
}

const char *strata_response_header(const strata_response *answer, const char *name) {
    for (const strata_pair *header = answer->headers; header->name; header++) {
        if (same_name(header->name, name)) return header->value;
    }
    return NULL;
}

strata_result strata_prepare(strata_request request, strata_prepared *prepared) {
    strata_scenario_http_request_t lent = strata_lent_request(&request);
    strata_scenario_http_own_prepared_t own;
    strata_scenario_http_error_t error;
    if (!strata_scenario_http_static_prepared_prepare(&lent, &own, &error)) return strata_failed(&error);
    prepared->handle = own.__handle;
    return STRATA_OK;
}

/* Handles begin at 1. */
static strata_result is_prepared(strata_prepared prepared) {
    if (prepared.handle != 0) return STRATA_OK;
    return strata_failure("bad-request", "a request was not prepared (hint: `strata_prepare` in `scenario_start`)");
}

static strata_scenario_http_borrow_prepared_t borrowed(strata_prepared prepared) {
    strata_scenario_http_own_prepared_t own = {prepared.handle};
    return strata_scenario_http_borrow_prepared(own);
}

strata_result strata_send_prepared(strata_prepared prepared, strata_brief *answer) {
    STRATA_TRY(is_prepared(prepared));
    strata_scenario_http_brief_t brief;
    strata_scenario_http_error_t error;
    if (!strata_scenario_http_method_prepared_send(borrowed(prepared), &brief, &error)) return strata_failed(&error);
    *answer = lifted_brief(&brief);
    return STRATA_OK;
}

strata_result strata_send_with(strata_prepared prepared, strata_overrides overrides, strata_brief *answer) {
    STRATA_TRY(is_prepared(prepared));
    strata_scenario_http_overrides_t lent = {
        .url = {.is_some = overrides.url != NULL, .val = strata_lent(overrides.url)},
        .headers = lent_headers(overrides.headers),
        .body = {.is_some = overrides.body.data != NULL, .val = lent_bytes(overrides.body)},
    };
    strata_scenario_http_brief_t brief;
    strata_scenario_http_error_t error;
    if (!strata_scenario_http_method_prepared_send_with(borrowed(prepared), &lent, &brief, &error)) {
        return strata_failed(&error);
    }
    *answer = lifted_brief(&brief);
    return STRATA_OK;
}

void strata_forget(strata_prepared prepared) {
    if (prepared.handle == 0) return;
    strata_scenario_http_own_prepared_t own = {prepared.handle};
    strata_scenario_http_prepared_drop_own(own);
}

strata_bytes strata_body(strata_brief answer) {
    scenario_list_u8_t body;
    strata_scenario_http_body(answer.index, &body);
    return (strata_bytes){body.ptr, body.len};
}

const char *strata_body_text(strata_brief answer) {
    scenario_string_t text;
    strata_scenario_http_text(answer.index, &text);
    return strata_lifted(text);
}

const char *strata_header(strata_brief answer, const char *name) {
    scenario_string_t lent = strata_lent(name), value;
    return strata_scenario_http_header(answer.index, &lent, &value) ? strata_lifted(value) : NULL;
}

const strata_pair *strata_headers(strata_brief answer) {
    strata_scenario_http_list_pair_t headers;
    strata_scenario_http_headers(answer.index, &headers);
    return strata_lifted_pairs(headers.ptr, headers.len);
}

strata_sent *strata_send_all(const strata_request *requests, size_t count) {
    strata_scenario_http_list_request_t lent = {strata_alloc(count * sizeof *lent.ptr), count};
    for (size_t i = 0; i < count; i++) lent.ptr[i] = strata_lent_request(&requests[i]);
    strata_scenario_http_list_result_response_error_t answers;
    strata_scenario_http_send_all(&lent, &answers);
    strata_sent *sent = strata_alloc(count * sizeof *sent);
    for (size_t i = 0; i < count && i < answers.len; i++) {
        if (answers.ptr[i].is_err) {
            sent[i].result = strata_failed(&answers.ptr[i].val.err);
        } else {
            sent[i].answer = lifted_response(&answers.ptr[i].val.ok);
        }
    }
    return sent;
}

strata_sent_prepared *strata_send_all_prepared(const strata_prepared *requests, size_t count) {
    strata_sent_prepared *sent = strata_alloc(count * sizeof *sent);
    for (size_t i = 0; i < count; i++) {
        strata_result unprepared = is_prepared(requests[i]);
        if (!unprepared) continue;
        for (size_t j = 0; j < count; j++) sent[j].result = unprepared;
        return sent;
    }
    strata_scenario_http_list_borrow_prepared_t lent = {strata_alloc(count * sizeof *lent.ptr), count};
    for (size_t i = 0; i < count; i++) lent.ptr[i] = borrowed(requests[i]);
    strata_scenario_http_list_result_brief_error_t answers;
    strata_scenario_http_send_all_prepared(&lent, &answers);
    for (size_t i = 0; i < count && i < answers.len; i++) {
        if (answers.ptr[i].is_err) {
            sent[i].result = strata_failed(&answers.ptr[i].val.err);
        } else {
            sent[i].answer = lifted_brief(&answers.ptr[i].val.ok);
        }
    }
    return sent;
}

/* --- Numbers of the scenario's own ------------------------------------------------------------------------------ */

bool strata_check(const char *name, bool held) {
    scenario_string_t lent = strata_lent(name);
    strata_scenario_metrics_check(&lent, held);
    return held;
}

strata_result strata_add(const char *metric, double value) {
    scenario_string_t lent = strata_lent(metric);
    strata_scenario_metrics_error_t error;
    return strata_scenario_metrics_add(&lent, value, &error) ? STRATA_OK : strata_failed(&error);
}

strata_result strata_add_tagged(const char *metric, double value, const char *tag, const char *tag_value) {
    scenario_string_t lent = strata_lent(metric), lent_tag = strata_lent(tag), lent_value = strata_lent(tag_value);
    strata_scenario_metrics_error_t error;
    bool added = strata_scenario_metrics_add_tagged(&lent, value, &lent_tag, &lent_value, &error);
    return added ? STRATA_OK : strata_failed(&error);
}

/* --- The run -------------------------------------------------------------------------------------------------- */

const char *strata_target(void) {
    scenario_string_t url;
    strata_scenario_run_target(&url);
    return strata_lifted(url);
}

const char *strata_env(const char *name) {
    scenario_string_t lent = strata_lent(name), value;
    return strata_scenario_run_env(&lent, &value) ? strata_lifted(value) : NULL;
}

strata_bytes strata_setup_data(void) {
    scenario_list_u8_t data;
    strata_scenario_run_setup_data(&data);
    return (strata_bytes){data.ptr, data.len};
}

const char *strata_setup_text(void) {
    scenario_string_t text;
    strata_scenario_run_setup_text(&text);
    return strata_lifted(text);
}

strata_result strata_secret(const char *name, const char **value) {
    scenario_string_t lent = strata_lent(name), found;
    strata_scenario_run_error_t error;
    if (!strata_scenario_run_secret(&lent, &found, &error)) return strata_failed(&error);
    *value = strata_lifted(found);
    return STRATA_OK;
}

const char *strata_stage_name(uint32_t index) {
    scenario_string_t name;
    return strata_scenario_run_stage_name(index, &name) ? strata_lifted(name) : NULL;
}

void strata_sleep(double ms) { strata_scenario_run_sleep(ms); }

double strata_now(void) { return strata_scenario_run_now(); }

double strata_random(void) { return strata_scenario_run_random(); }

/* --- Lines for people ----------------------------------------------------------------------------------------- */

static void line(strata_scenario_log_level_t level, const char *format, va_list arguments) {
    scenario_string_t lent = strata_lent(strata_vformat(format, arguments));
    strata_scenario_log_log(level, &lent);
}

void strata_log_debug(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    line(STRATA_SCENARIO_LOG_LEVEL_DEBUG, format, arguments);
    va_end(arguments);
}

void strata_log_info(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    line(STRATA_SCENARIO_LOG_LEVEL_INFO, format, arguments);
    va_end(arguments);
}

void strata_log_warn(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    line(STRATA_SCENARIO_LOG_LEVEL_WARN, format, arguments);
    va_end(arguments);
}

void strata_log_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    line(STRATA_SCENARIO_LOG_LEVEL_ERROR, format, arguments);
    va_end(arguments);
}

/* --- Results -------------------------------------------------------------------------------------------------- */

strata_result strata_stat(const char *selector, const char *aggregate, strata_number *number) {
    scenario_string_t lent = strata_lent(selector), lent_aggregate = strata_lent(aggregate);
    scenario_option_f64_t found = {false, 0};
    strata_scenario_results_error_t error;
    if (!strata_scenario_results_stat(&lent, &lent_aggregate, &found, &error)) return strata_failed(&error);
    *number = (strata_number){found.is_some, found.is_some ? found.val : 0};
    return STRATA_OK;
}

strata_result strata_values(const char *selector, const char *tag, strata_texts *values) {
    scenario_string_t lent = strata_lent(selector), lent_tag = strata_lent(tag);
    scenario_list_string_t found;
    strata_scenario_results_error_t error;
    if (!strata_scenario_results_values(&lent, &lent_tag, &found, &error)) return strata_failed(&error);
    *values = strata_lifted_texts(found);
    return STRATA_OK;
}

static strata_scenario_results_list_point_t lent_points(const strata_point *points, size_t count) {
    return (strata_scenario_results_list_point_t){(strata_scenario_results_point_t *)points, count};
}

strata_result strata_fit_linear(const strata_point *points, size_t count, strata_line *line) {
    strata_scenario_results_list_point_t lent = lent_points(points, count);
    strata_scenario_results_line_t found;
    strata_scenario_results_error_t error;
    if (!strata_scenario_results_fit_linear(&lent, &found, &error)) return strata_failed(&error);
    *line = (strata_line){found.slope, found.intercept, found.r_squared, found.slope_low, found.slope_high};
    return STRATA_OK;
}

strata_result strata_fit_usl(const strata_point *points, size_t count, strata_usl *law) {
    strata_scenario_results_list_point_t lent = lent_points(points, count);
    strata_scenario_results_usl_t found;
    strata_scenario_results_error_t error;
    if (!strata_scenario_results_fit_usl(&lent, &found, &error)) return strata_failed(&error);
    *law = (strata_usl){
        .lambda = found.lambda,
        .sigma = found.sigma,
        .kappa = found.kappa,
        .sigma_low = found.sigma_low,
        .sigma_high = found.sigma_high,
        .r_squared = found.r_squared,
        .peak = {found.peak.is_some, found.peak.is_some ? found.peak.val : 0},
    };
    return STRATA_OK;
}
