/* Answers that are read while they come, and cookies. */
#include "lifted.h"

strata_result strata_open(strata_request request, strata_incoming *incoming) {
    strata_scenario_http_request_t lent = strata_lent_request(&request);
    strata_scenario_http_own_incoming_t own;
    strata_scenario_http_error_t error;
    incoming->handle = 0;
    if (!strata_scenario_http_static_incoming_open(&lent, &own, &error)) return strata_failed(&error);
    incoming->handle = own.__handle;
    return STRATA_OK;
}

/* Handles begin at 1. */
static strata_result is_open(strata_incoming incoming) {
    if (incoming.handle != 0) return STRATA_OK;
    return strata_failure("closed", "the answer is not open (hint: `strata_open`)");
}

static strata_scenario_http_borrow_incoming_t borrowed(strata_incoming incoming) {
    strata_scenario_http_own_incoming_t own = {incoming.handle};
    return strata_scenario_http_borrow_incoming(own);
}

uint32_t strata_incoming_status(strata_incoming incoming) {
    return incoming.handle ? strata_scenario_http_method_incoming_status(borrowed(incoming)) : 0;
}

const strata_pair *strata_incoming_headers(strata_incoming incoming) {
    strata_scenario_http_list_pair_t headers = {NULL, 0};
    if (incoming.handle) strata_scenario_http_method_incoming_headers(borrowed(incoming), &headers);
    return strata_lifted_pairs(headers.ptr, headers.len);
}

strata_result strata_read(strata_incoming incoming, uint32_t max, strata_piece *piece) {
    STRATA_TRY(is_open(incoming));
    strata_scenario_http_option_piece_t found;
    strata_scenario_http_error_t error;
    if (!strata_scenario_http_method_incoming_read(borrowed(incoming), max, &found, &error)) {
        return strata_failed(&error);
    }
    *piece = (strata_piece){0};
    if (found.is_some) *piece = (strata_piece){found.val.at_ms, {found.val.body.ptr, found.val.body.len}};
    return STRATA_OK;
}

strata_result strata_next_event(strata_incoming incoming, strata_event *event) {
    STRATA_TRY(is_open(incoming));
    strata_scenario_http_option_server_event_t found;
    strata_scenario_http_error_t error;
    if (!strata_scenario_http_method_incoming_next_event(borrowed(incoming), &found, &error)) {
        return strata_failed(&error);
    }
    *event = (strata_event){0};
    if (!found.is_some) return STRATA_OK;
    *event = (strata_event){
        .at_ms = found.val.at_ms,
        .kind = strata_lifted(found.val.kind),
        .data = strata_lifted(found.val.data),
        .id = strata_lifted(found.val.id),
    };
    return STRATA_OK;
}

void strata_close(strata_incoming *incoming) {
    if (incoming->handle == 0) return;
    strata_scenario_http_own_incoming_t own = {incoming->handle};
    incoming->handle = 0;
    strata_scenario_http_incoming_drop_own(own);
}

/* --- Cookies ---------------------------------------------------------------------------------------------------- */

const strata_pair *strata_cookies(const char *url) {
    scenario_string_t lent = strata_lent(url);
    strata_scenario_http_list_pair_t cookies;
    strata_scenario_http_cookies(&lent, &cookies);
    return strata_lifted_pairs(cookies.ptr, cookies.len);
}

strata_result strata_set_cookie(const char *url, const char *line) {
    scenario_string_t lent = strata_lent(url), lent_line = strata_lent(line);
    strata_scenario_http_error_t error;
    return strata_scenario_http_set_cookie(&lent, &lent_line, &error) ? STRATA_OK : strata_failed(&error);
}

void strata_clear_cookies(void) { strata_scenario_http_clear_cookies(); }
