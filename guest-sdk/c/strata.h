/* Scenarios for strata, written in C.
 *
 * A scenario defines `scenario_describe` and `scenario_iteration`; `scenario_start`, `scenario_setup`,
 * `scenario_judge` and `scenario_teardown` do nothing unless it defines them too.
 *
 * Nothing here has to be freed: what a function returns lives until the export that called it (an iteration, say)
 * is over. `strata_keep` makes a copy of a text that lives longer. Prepared requests live until `strata_forget`.
 *
 * Texts are UTF-8 and end with a zero byte. What the engine hands over with a length (bodies, setup data) is
 * followed by a zero byte too, which is not counted.
 */
#ifndef STRATA_H
#define STRATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define STRATA_MUST_USE __attribute__((warn_unused_result))
#define STRATA_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define STRATA_WEAK __attribute__((weak))
#define STRATA_NORETURN __attribute__((noreturn))
#else
#define STRATA_MUST_USE
#define STRATA_PRINTF(text, first)
#define STRATA_WEAK
#define STRATA_NORETURN
#endif

/* --- What went wrong ------------------------------------------------------------------------------------------ */

/* Why something did not work. Errors of the engine and failures of the scenario have the same shape, so that one
 * becomes the other by being returned. */
typedef struct {
    /* A stable word that reports count by: `timeout`, `login-refused`; at most 64 bytes. */
    const char *code;
    /* A sentence for people. */
    const char *message;
} strata_error;

/* What a function that may fail returns: NULL if it worked. */
typedef const strata_error *strata_result;

#define STRATA_OK ((strata_result)NULL)

/* Returns from the function around it if `call` did not work. */
#define STRATA_TRY(call)                                                                                              \
    do {                                                                                                              \
        strata_result strata_tried = (call);                                                                          \
        if (strata_tried) return strata_tried;                                                                        \
    } while (0)

/* Returns a failure: `STRATA_FAIL("no-such-user", "user %u is missing", number);` */
#define STRATA_FAIL(...) return strata_failure(__VA_ARGS__)

/* A failure, to be returned. */
STRATA_MUST_USE strata_result strata_failure(const char *code, const char *format, ...) STRATA_PRINTF(2, 3);

/* Whether it is an error of that code. */
bool strata_is(strata_result result, const char *code);

/* Gives up: writes to standard error and traps, which costs the iteration and the instance with its memory. Return a
 * failure for what may go wrong; this is for what cannot. */
STRATA_NORETURN void strata_trap(const char *format, ...) STRATA_PRINTF(1, 2);

/* --- Texts and bytes ------------------------------------------------------------------------------------------ */

/* Bytes with their number. */
typedef struct {
    const uint8_t *data;
    size_t size;
} strata_bytes;

/* A text as bytes, without its zero byte. */
static inline strata_bytes strata_text(const char *text) {
    strata_bytes bytes = {(const uint8_t *)text, strlen(text)};
    return bytes;
}

/* As `printf`, into a text. */
const char *strata_format(const char *format, ...) STRATA_PRINTF(1, 2);

/* A copy of `size` bytes of a text, with a zero byte behind it. */
const char *strata_copy_of(const char *text, size_t size);

/* Memory until the export is over, filled with zeros. */
void *strata_alloc(size_t size);

/* A copy of a text that lives as long as the instance; `free` frees it. */
char *strata_keep(const char *text);

/* For what lives shorter than the export: `strata_scope scope = strata_scope_begin();` ... `strata_scope_end(scope);`
 * frees everything that was allocated or returned between. A loop that reads much in one iteration wants it. */
typedef struct {
    void *block;
    char *from;
} strata_scope;

strata_scope strata_scope_begin(void);
void strata_scope_end(strata_scope scope);

/* Texts with their number. */
typedef struct {
    const char *const *items;
    size_t count;
} strata_texts;

/* A number that may be left out. */
typedef struct {
    bool given;
    double value;
} strata_number;

/* --- The manifest --------------------------------------------------------------------------------------------- */

/* A name and its value: a header, a tag. */
typedef struct {
    const char *name;
    const char *value;
} strata_pair;

/* A whole number that may be left out. */
typedef struct {
    bool given;
    uint32_t value;
} strata_whole;

/* A yes or no that may be left out. */
typedef enum { STRATA_LEFT_OUT, STRATA_YES, STRATA_NO } strata_choice;

/* How soon a failing layer should be mended. */
typedef enum { STRATA_CRITICAL, STRATA_HIGH, STRATA_MEDIUM, STRATA_LOW } strata_priority;

/* What a metric of the scenario's own keeps: a sum, the newest value, a share, a distribution. */
typedef enum { STRATA_COUNTER, STRATA_GAUGE, STRATA_RATE, STRATA_TREND } strata_kind;

/* A pair in a list. */
typedef struct strata_option {
    strata_pair pair;
    struct strata_option *next;
} strata_option;

/* A point of a ramp. */
typedef struct strata_point_of_ramp {
    uint32_t duration_ms;
    uint32_t target;
    struct strata_point_of_ramp *next;
} strata_point_of_ramp;

/* A stage, as the functions below made it. To be read in tests; written by functions. */
typedef struct strata_stage {
    const char *name;
    const char *executor;
    strata_whole vus, max_vus, iterations, rate, time_unit_ms, duration_ms;
    strata_whole graceful_stop_ms, graceful_ramp_down_ms, start_time_ms;
    strata_point_of_ramp *ramps;
    bool warm_up;
    strata_option *tags, *options;
    struct strata_stage *next;
} strata_stage;

/* A goal; without a selector the scenario judges it. */
typedef struct strata_goal {
    const char *name;
    const char *unit;
    const char *op;
    double target;
    strata_number warn;
    const char *selector;
    const char *aggregate;
    strata_option *options;
    struct strata_goal *next;
} strata_goal;

/* A metric of the scenario's own. */
typedef struct strata_metric {
    const char *name;
    strata_kind kind;
    const char *unit;
    struct strata_metric *next;
} strata_metric;

/* A need: `host`, `env`, `data`, `kv` or `secret`. */
typedef struct strata_need {
    const char *kind;
    const char *name;
    struct strata_need *next;
} strata_need;

/* What a scenario is. Lists are in the order in which they were filled. */
typedef struct {
    const char *name;
    bool has_layer;
    uint32_t layer_number;
    const char *layer_title;
    const char *layer_area;
    strata_stage *stages;
    strata_goal *goals;
    strata_metric *metrics;
    strata_priority fix_priority;
    strata_need *needs;
} strata_manifest;

/* Letters, digits, `-` and `_`. */
void strata_name(strata_manifest *manifest, const char *name);
/* Its place in a phase: `strata_layer(m, 8, "Throughput", "API & Services")`. */
void strata_layer(strata_manifest *manifest, uint32_t number, const char *title, const char *area);
/* `STRATA_MEDIUM` unless set. */
void strata_fix_priority(strata_manifest *manifest, strata_priority priority);
/* Declares a metric that `strata_add` may be called with. The unit may be empty. */
void strata_declare(strata_manifest *manifest, strata_kind kind, const char *name, const char *unit);
/* Asks for a host besides the target, as `host:port`. Granted or refused before the run. */
void strata_needs_host(strata_manifest *manifest, const char *host);
/* Asks for a key of `strata_env`: one that is not asked for is never there. */
void strata_needs_env(strata_manifest *manifest, const char *key);
/* Asks for a set of rows, given by `--data NAME=FILE` or the phase file. */
void strata_needs_data(strata_manifest *manifest, const char *set);
/* Asks for a space of values that all virtual users share, in all layers that ask for it. */
void strata_needs_kv(strata_manifest *manifest, const char *space);
/* Asks for a secret, given by `--secret` or the phase file. */
void strata_needs_secret(strata_manifest *manifest, const char *name);

/* Stages run one after the other. Each function adds one; the setters below give it back, so that they nest. */

/* So many users that iterate for a time. */
strata_stage *strata_constant_vus(strata_manifest *manifest, const char *name, uint32_t vus, uint32_t duration_ms);
/* So many users that run so many iterations each. */
strata_stage *strata_per_vu_iterations(strata_manifest *manifest, const char *name, uint32_t vus, uint32_t iterations);
/* So many users that run so many iterations between them. */
strata_stage *strata_shared_iterations(strata_manifest *manifest, const char *name, uint32_t vus, uint32_t iterations);
/* As many users as a line says, from `vus` at its start; `strata_ramp` adds its points. */
strata_stage *strata_ramping_vus(strata_manifest *manifest, const char *name, uint32_t vus);
/* So many iterations per second, whatever becomes of those before, by users that are made ready beforehand. */
strata_stage *strata_constant_arrival_rate(strata_manifest *manifest, const char *name, uint32_t rate, uint32_t vus,
                                           uint32_t duration_ms);
/* As many iterations per second as a line says, from `rate` at its start; `strata_ramp` adds its points. */
strata_stage *strata_ramping_arrival_rate(strata_manifest *manifest, const char *name, uint32_t rate, uint32_t vus);

/* In that time the line goes to `target`; at once, if it is 0. */
strata_stage *strata_ramp(strata_stage *stage, uint32_t duration_ms, uint32_t target);
/* The most users that arrivals may use; those made ready beforehand unless set. */
strata_stage *strata_max_vus(strata_stage *stage, uint32_t vus);
/* What rates are relative to; a second unless set. */
strata_stage *strata_time_unit(strata_stage *stage, uint32_t ms);
/* Arrivals come as those of independent users do. */
strata_stage *strata_poisson(strata_stage *stage);
/* How long after the stage before it, or the layer's start, it begins. */
strata_stage *strata_start_time(strata_stage *stage, uint32_t ms);
/* How long running iterations may go on after the stage's time; 30 seconds unless set. */
strata_stage *strata_graceful_stop(strata_stage *stage, uint32_t ms);
/* How long the iteration of a user may go on that a ramp has taken away; 30 seconds unless set. */
strata_stage *strata_graceful_ramp_down(strata_stage *stage, uint32_t ms);
/* The longest an iteration-bound stage may take; 10 minutes unless set. */
strata_stage *strata_max_duration(strata_stage *stage, uint32_t ms);
/* Nothing of the stage is counted. */
strata_stage *strata_warm_up(strata_stage *stage);
/* A tag on every sample of the stage. */
strata_stage *strata_tag(strata_stage *stage, const char *name, const char *value);

/* Goals: `>=`, `<=`, `>` and `<`. The scenario judges one itself, unless `strata_measured` names a metric. With the
 * unit `%` a measured share from 0 to 1 counts as 0 to 100. */
strata_goal *strata_at_least(strata_manifest *manifest, const char *name, double target, const char *unit);
strata_goal *strata_at_most(strata_manifest *manifest, const char *name, double target, const char *unit);
strata_goal *strata_above(strata_manifest *manifest, const char *name, double target, const char *unit);
strata_goal *strata_below(strata_manifest *manifest, const char *name, double target, const char *unit);
/* The engine takes the number from its measurements: `"http_req_duration{stage:warm}", "p(95)"`. Aggregates are `avg`,
 * `min`, `med`, `max`, `p(N)`, `count`, `rate` and `value`. */
strata_goal *strata_measured(strata_goal *goal, const char *selector, const char *aggregate);
/* A miss up to here is a WARNING, beyond it FAILED; a factor of 2 from the target unless set. */
strata_goal *strata_warn_bound(strata_goal *goal, double bound);
/* Looks at windows of so many seconds, one by one; `percent` of them must meet the goal. */
strata_goal *strata_in_windows(strata_goal *goal, uint32_t seconds, double percent);
/* Ends the load when the goal is missed, once it has run for so long. */
strata_goal *strata_abort_on_fail(strata_goal *goal, uint32_t delay_ms);

/* --- Requests ------------------------------------------------------------------------------------------------- */

/* What to ask for. What is left out is 0: `(strata_request){.method = "PUT", .url = "/x", .timeout_ms = 500}`. */
typedef struct {
    /* `GET`, `POST`, ...; NULL means `GET`. */
    const char *method;
    /* Absolute, or a path that is appended to the target's base URL. */
    const char *url;
    /* `STRATA_HEADERS({"accept", "text/plain"}, ...)`; NULL for none. `host`, `content-length` and `user-agent` are
     * supplied where they are missing. */
    const strata_pair *headers;
    /* `strata_text("...")`; empty for none. */
    strata_bytes body;
    /* The tag `name` in reports; NULL means the path. Use one name for URLs that differ only in an id. */
    const char *name;
    /* Until the last byte of the answer; 0: what the run says, or 60,000. */
    uint32_t timeout_ms;
    /* Reads the answer's body from the wire and forgets it. */
    bool discard_body;
    /* Until the connection is open; 0: what the run says, or 10,000. */
    uint32_t connect_timeout_ms;
    /* From when the request goes out to the first byte of the answer; 0: what the run says, or `timeout_ms`. */
    uint32_t first_byte_timeout_ms;
    /* How many redirects are followed, at most 100; 0: what the run says, or 10. `STRATA_NO_REDIRECTS` gives the first
     * answer. */
    int32_t redirects;
    /* Whether the user's cookies go with it, and the answer's are kept; left out: what the run says, or yes. */
    strata_choice cookies;
    /* What the answer may be compressed with: `gzip, br, zstd, deflate`, `all` or `none`; NULL: what the run says, or
     * `none`. A kept body is decoded. */
    const char *compression;
    /* Leaves a compressed body as it came. */
    bool keep_encoded;
    /* The header `authorization`: `USER:PASSWORD`, or a token. */
    const char *basic_auth;
    const char *bearer_auth;
    /* The body is what `scenario_setup` returned, which all users share: the way for large uploads. If `setup_to` is not 0,
     * it is the bytes from `setup_from` up to it. */
    bool body_from_setup;
    uint32_t setup_from, setup_to;
} strata_request;

#define STRATA_NO_REDIRECTS (-1)

/* A part of a `multipart/form-data` body: `{.name = "a", .content = strata_text("1")}`. */
typedef struct {
    const char *name;
    strata_bytes content;
    /* Of a file; NULL for a field. */
    const char *file_name;
    const char *content_type;
} strata_part;

#ifndef __cplusplus
/* Headers, with the empty one that ends them. */
#define STRATA_HEADERS(...) ((const strata_pair[]){__VA_ARGS__, {NULL, NULL}})
/* Fields of a form, and its parts. */
#define STRATA_FIELDS(...) STRATA_HEADERS(__VA_ARGS__)
#define STRATA_PARTS(...) ((const strata_part[]){__VA_ARGS__, {.name = NULL}})
/* Requests: `STRATA_GET("/feed", .name = "feed", .timeout_ms = 500)`. */
#define STRATA_GET(...) ((strata_request){.method = "GET", .url = __VA_ARGS__})
#define STRATA_POST(...) ((strata_request){.method = "POST", .url = __VA_ARGS__})
#define STRATA_PUT(...) ((strata_request){.method = "PUT", .url = __VA_ARGS__})
#define STRATA_DELETE(...) ((strata_request){.method = "DELETE", .url = __VA_ARGS__})
#endif

/* Where the time of a request went, in milliseconds. `duration` is sending, waiting and receiving together. */
typedef struct {
    double blocked, dns, connecting, tls, sending, waiting, receiving, duration;
} strata_timings;

/* A whole answer. */
typedef struct {
    uint32_t status;
    /* `HTTP/1.1`, `HTTP/1.0` or `HTTP/2`. */
    const char *protocol;
    /* In the order received, names in lower case; an empty one ends them. */
    const strata_pair *headers;
    /* Empty if it was discarded. */
    strata_bytes body;
    strata_timings timings;
} strata_response;

/* An answer whose headers and body stay with the engine until this user's next request. */
typedef struct {
    uint32_t status;
    /* Bytes of the body. */
    uint32_t length;
    strata_timings timings;
    uint32_t index;
} strata_brief;

/* A request that is checked and encoded once and sent many times. */
typedef struct {
    int32_t handle;
} strata_prepared;

/* What is different in one sending of a prepared request; what is left out stays. */
typedef struct {
    /* Replaces the URL; the name stays. */
    const char *url;
    /* Added after the prepared headers. */
    const strata_pair *headers;
    /* Replaces the body if its data is not NULL. */
    strata_bytes body;
} strata_overrides;

/* Codes of errors: `bad-url`, `bad-request`, `host-not-allowed`, `dns`, `connect-refused`, `connect-timeout`,
 * `out-of-descriptors`, `out-of-ports`, `connect`, `proxy`, `tls-expired`, `tls-issuer`, `tls-host`, `tls-handshake`,
 * `timeout`, `reset`, `closed`, `stale`, `protocol`, `body-too-large`, `bad-encoding`, `unsupported`. */

/* Sends and waits for the whole answer. Copies headers and body, which is the larger part of its cost. */
STRATA_MUST_USE strata_result strata_send(strata_request request, strata_response *answer);
/* As `strata_send`, of a `GET` without anything else. */
STRATA_MUST_USE strata_result strata_get(const char *url, strata_response *answer);
/* As `strata_send`, of a `POST` with a body and its `content-type`. */
STRATA_MUST_USE strata_result strata_post(const char *url, const char *content_type, strata_bytes body,
                                          strata_response *answer);
/* The first value of a header, the name in any case; NULL if there is none. */
const char *strata_response_header(const strata_response *answer, const char *name);

/* The request with the fields of a form for a body, `application/x-www-form-urlencoded`:
 * `strata_form(STRATA_POST("/login"), STRATA_FIELDS({"user", "ann"}))`. An empty field ends them. */
strata_request strata_form(strata_request request, const strata_pair *fields);
/* The same with parts, `multipart/form-data`: fields and files. One without a name ends them. */
strata_request strata_multipart(strata_request request, const strata_part *parts);

/* Checks and encodes. Costs a few microseconds; do it once, in `scenario_start`. */
STRATA_MUST_USE strata_result strata_prepare(strata_request request, strata_prepared *prepared);
/* Sends a prepared request: the fast way. */
STRATA_MUST_USE strata_result strata_send_prepared(strata_prepared prepared, strata_brief *answer);
/* Sends it with differences. */
STRATA_MUST_USE strata_result strata_send_with(strata_prepared prepared, strata_overrides overrides,
                                               strata_brief *answer);
/* Gives a prepared request back. */
void strata_forget(strata_prepared prepared);

/* The body of a kept answer, copied; empty if it was discarded or another request was sent since. */
strata_bytes strata_body(strata_brief answer);
/* The body as text, bytes that are not UTF-8 replaced. */
const char *strata_body_text(strata_brief answer);
/* The first value of a header, the name in any case; NULL if there is none. */
const char *strata_header(strata_brief answer, const char *name);

/* All of them, in the order received, names in lower case; an empty one ends them. */
const strata_pair *strata_headers(strata_brief answer);

/* One of several answers: `answer` counts if `result` is NULL. */
typedef struct {
    strata_result result;
    strata_response answer;
} strata_sent;
typedef struct {
    strata_result result;
    strata_brief answer;
} strata_sent_prepared;

/* Sends requests at the same time, each over a connection of its own, and waits for all. Answers come in the order of
 * the requests and live as long as everything else. At most 256; more is `bad-request` for each. */
strata_sent *strata_send_all(const strata_request *requests, size_t count);
/* As `strata_send_all`, for prepared requests: the cheapest way to send several. */
strata_sent_prepared *strata_send_all_prepared(const strata_prepared *requests, size_t count);

/* --- Answers that are read while they come ---------------------------------------------------------------------- */

/* A long body, or server-sent events. It belongs to the iteration that opened it; `strata_close` gives it back. */
typedef struct {
    int32_t handle;
} strata_incoming;

/* A piece of a body; of size 0 at its end. */
typedef struct {
    /* When the engine read it, on the clock of `strata_now`. */
    double at_ms;
    strata_bytes body;
} strata_piece;

/* An event of a `text/event-stream`; its kind is NULL at the end of the body. */
typedef struct {
    double at_ms;
    /* `message` unless the server says otherwise. */
    const char *kind;
    const char *data;
    const char *id;
} strata_event;

/* Sends and waits for the status and the headers. Redirects are not followed and nothing is decoded. */
STRATA_MUST_USE strata_result strata_open(strata_request request, strata_incoming *incoming);
uint32_t strata_incoming_status(strata_incoming incoming);
/* In the order received, names in lower case; an empty one ends them. */
const strata_pair *strata_incoming_headers(strata_incoming incoming);
/* Waits for the next piece, of at most `max` bytes. Errors: `timeout`, `reset`, `closed`, `protocol`. */
STRATA_MUST_USE strata_result strata_read(strata_incoming incoming, uint32_t max, strata_piece *piece);
/* Waits for the next event. Errors: as `strata_read`, and `body-too-large`. */
STRATA_MUST_USE strata_result strata_next_event(strata_incoming incoming, strata_event *event);
/* Gives it back, and its connection with it if it has not ended. What is closed already stays so. */
void strata_close(strata_incoming *incoming);

/* --- Cookies ---------------------------------------------------------------------------------------------------- */

/* The cookies of this user that would go to a URL, in the order in which they are sent; an empty one ends them. */
const strata_pair *strata_cookies(const char *url);
/* Takes a cookie as if the server at a URL had set it: `session=1; Path=/`. Errors: `bad-url`, `unsupported`,
 * `bad-request`. */
STRATA_MUST_USE strata_result strata_set_cookie(const char *url, const char *line);
/* Forgets all cookies of this user, who keeps them from iteration to iteration otherwise. */
void strata_clear_cookies(void);

/* --- Rows of data sets, which the manifest asks for with `strata_needs_data` ------------------------------------- */

/* Which row is taken: the one after that which was taken last, any, that of the user's number, one that nobody has had. */
typedef enum { STRATA_SEQUENTIAL, STRATA_RANDOM, STRATA_PER_VU, STRATA_UNIQUE } strata_order;

/* How many rows a set has. Error, as of all of these: `not-granted`. */
STRATA_MUST_USE strata_result strata_data_length(const char *set, uint32_t *length);
/* The names of its columns. */
STRATA_MUST_USE strata_result strata_data_columns(const char *set, strata_texts *columns);
/* The row of an index, from 0: columns and cells, an empty pair ends them. Takes nothing. Error: `no-such-row`. */
STRATA_MUST_USE strata_result strata_data_row(const char *set, uint32_t index, const strata_pair **row);
/* Takes a row. Where there is none left it is `end-of-data`: return it, and the iteration was none. Error: `no-such-row`
 * for `STRATA_PER_VU` outside of an iteration. */
STRATA_MUST_USE strata_result strata_data_take(const char *set, strata_order order, const strata_pair **row);
/* The cell of a column; NULL if there is none. */
const char *strata_cell(const strata_pair *row, const char *column);

/* --- Values that all users share, in a space that the manifest asks for with `strata_needs_kv` -------------------- */

/* Errors of all of these: `not-granted`, `too-large`; of those that put something there also `kv-full`. What waits does
 * not hold up other users. */

/* A value; NULL if it is not there. */
STRATA_MUST_USE strata_result strata_kv_get(const char *space, const char *key, const char **value);
/* Puts a value there, in place of another. */
STRATA_MUST_USE strata_result strata_kv_set(const char *space, const char *key, const char *value);
/* Takes a value away, if it is there. */
STRATA_MUST_USE strata_result strata_kv_delete(const char *space, const char *key);
/* Adds to a number, 0 if it is not there, and gives the sum, unless that is NULL. Error: `bad-value`. */
STRATA_MUST_USE strata_result strata_kv_add(const char *space, const char *key, double by, double *sum);
/* Puts a value at the end of a queue. */
STRATA_MUST_USE strata_result strata_kv_push(const char *space, const char *queue, const char *value);
/* Takes the oldest value of a queue, waiting for one at most so long; NULL if none came. */
STRATA_MUST_USE strata_result strata_kv_pop(const char *space, const char *queue, uint32_t wait_ms, const char **value);
/* How many values a queue holds. */
STRATA_MUST_USE strata_result strata_kv_length(const char *space, const char *queue, uint32_t *length);
/* Waits until so many users are at a barrier, this one included, for at most so long. Errors: `timeout`, `bad-value`. */
STRATA_MUST_USE strata_result strata_kv_meet(const char *space, const char *barrier, uint32_t parties, uint32_t wait_ms);

/* --- Numbers of the scenario's own ------------------------------------------------------------------------------ */

/* Counts whether something held, in the rate `checks`. Gives `held` back. A check that does not hold fails nothing by
 * itself: set a goal on `checks` for that. */
bool strata_check(const char *name, bool held);
/* Adds a value to a declared metric. Errors: `unknown-metric`, `bad-value`. */
STRATA_MUST_USE strata_result strata_add(const char *metric, double value);
/* As `strata_add`, with one more tag. */
STRATA_MUST_USE strata_result strata_add_tagged(const char *metric, double value, const char *tag,
                                                const char *tag_value);

/* --- The run -------------------------------------------------------------------------------------------------- */

/* The base URL of the target without a slash at its end. */
const char *strata_target(void);
/* A value given by `--env NAME=VALUE` or the phase file; NULL if it was not given, or not asked for. */
const char *strata_env(const char *name);
/* What `scenario_setup` returned. A copy each time. */
strata_bytes strata_setup_data(void);
/* The same as text, bytes that are not UTF-8 replaced. */
const char *strata_setup_text(void);
/* A secret that the manifest asks for with `strata_needs_secret`; reports show `***`. Error: `not-granted`. */
STRATA_MUST_USE strata_result strata_secret(const char *name, const char **value);
/* The name of a stage; NULL if there is none of that index. */
const char *strata_stage_name(uint32_t index);
/* Waits, without holding up other users. */
void strata_sleep(double ms);
/* Milliseconds since the run began. */
double strata_now(void);
/* A number of at least 0 and below 1 that follows from the run's seed. `rand` is seeded from it. */
double strata_random(void);

/* --- Lines for people ----------------------------------------------------------------------------------------- */

/* As `printf`. What is printed to stdout is a log line too. */
void strata_log_debug(const char *format, ...) STRATA_PRINTF(1, 2);
void strata_log_info(const char *format, ...) STRATA_PRINTF(1, 2);
void strata_log_warn(const char *format, ...) STRATA_PRINTF(1, 2);
void strata_log_error(const char *format, ...) STRATA_PRINTF(1, 2);

/* --- Results and findings, for `scenario_judge` --------------------------------------------------------------- */

/* One number: `strata_stat("http_req_duration{stage:warm}", "p(95)", &p95)`; not given where there were no samples.
 * Errors: `bad-selector`, `bad-aggregate`. */
STRATA_MUST_USE strata_result strata_stat(const char *selector, const char *aggregate, strata_number *number);

/* The values that a tag has in the selected series, in order, each once; at most 1,000. Error: `bad-selector`. */
STRATA_MUST_USE strata_result strata_values(const char *selector, const char *tag, strata_texts *values);

typedef struct {
    double x, y;
} strata_point;

/* `y = intercept + slope * x`, with the slope's 95 % interval. */
typedef struct {
    double slope, intercept, r_squared, slope_low, slope_high;
} strata_line;

/* The Universal Scalability Law, with sigma's 95 % interval; without a peak throughput rises without an end. */
typedef struct {
    double lambda, sigma, kappa, sigma_low, sigma_high, r_squared;
    strata_number peak;
} strata_usl;

/* The line nearest to the points. Errors: `too-few-points` (fewer than two places), `too-many-points` (more than
 * 1,000), `bad-point`, `no-fit`. */
STRATA_MUST_USE strata_result strata_fit_linear(const strata_point *points, size_t count, strata_line *line);
/* The scalability curve nearest to points of a concurrency and a throughput. Errors: `too-few-points` (fewer than six
 * levels of concurrency), `too-many-points`, `bad-point`, `no-fit`. */
STRATA_MUST_USE strata_result strata_fit_usl(const strata_point *points, size_t count, strata_usl *law);

/* Whether a row is good enough by itself, or only informs. */
typedef enum { STRATA_INFORMS, STRATA_PASSED, STRATA_FAILED } strata_verdict;

/* A line under a result. */
typedef struct strata_row_of_finding {
    const char *label;
    double value;
    const char *unit;
    strata_verdict verdict;
    struct strata_row_of_finding *next;
} strata_row_of_finding;

/* What was found out about a goal. */
typedef struct strata_finding {
    const char *goal;
    strata_number value;
    const char *text;
    const char *analysis;
    strata_row_of_finding *rows, **last_row;
    struct strata_finding *next;
} strata_finding;

/* Findings in the order in which they were added. */
typedef struct {
    strata_finding *first;
} strata_findings;

/* Adds a finding about the goal of that name, so far without a number, which means NO DATA for a judged goal. */
strata_finding *strata_finding_about(strata_findings *findings, const char *goal);
/* The number to hold against the goal's target, in its unit. A measured goal keeps the engine's number. */
strata_finding *strata_value(strata_finding *finding, double value);
/* How the result reads where a number and its unit do not say it. */
strata_finding *strata_value_text(strata_finding *finding, const char *format, ...) STRATA_PRINTF(2, 3);
/* What is wrong and the evidence for it, or why it is good. */
strata_finding *strata_analysis(strata_finding *finding, const char *format, ...) STRATA_PRINTF(2, 3);
/* Adds a line under the result. */
strata_finding *strata_row(strata_finding *finding, const char *label, double value, const char *unit,
                           strata_verdict verdict);

/* --- What a scenario defines ---------------------------------------------------------------------------------- */

/* What one call of `scenario_iteration` is told. */
typedef struct {
    /* The virtual user, from 1. */
    uint32_t vu;
    /* How many iterations this user began before this one, over all stages; counts on after a trap. */
    uint32_t iteration;
    /* The stage that is running, as an index. */
    uint32_t stage;
} strata_context;

/* Says what the scenario is. Called before the run, perhaps several times: gives the same answer each time and sends no
 * requests. Bounded to 5 seconds unless the run says otherwise. */
void scenario_describe(strata_manifest *manifest);
/* Makes the user's state: prepared requests, buffers. Called once per user, as part of its first iteration; again after
 * a trap, since the memory is lost, and at the next iteration after a failure. */
STRATA_MUST_USE strata_result scenario_start(void);
/* What the virtual user does, over and over. A failure is counted by its code, and the next iteration goes on with the
 * same memory. A trap costs this iteration and the memory. */
STRATA_MUST_USE strata_result scenario_iteration(const strata_context *context);
/* Prepares the run, once, in an instance of its own; every user reads the bytes with `strata_setup_data` (at most
 * 16 MiB). A failure ends the run. Bounded to 60 seconds unless the run says otherwise, as the two below. */
STRATA_MUST_USE strata_result scenario_setup(strata_bytes *data);
/* Draws conclusions after the load, once, in an instance of its own. */
STRATA_MUST_USE strata_result scenario_judge(strata_findings *findings);
/* Cleans up, once, whatever happened before, in the instance that `scenario_setup` ran in. */
STRATA_MUST_USE strata_result scenario_teardown(void);

/* For tests on your own machine: what `scenario_describe` says. A call of the engine ends the program there. */
strata_manifest strata_described(void);

#ifdef __cplusplus
}
#endif

#endif
