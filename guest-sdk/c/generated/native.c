/* Generated from `wit/`: the engine's functions on a machine where no engine is. */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "scenario.h"
#include <stdio.h>
#include <stdlib.h>

static void absent(const char *name) {
  fprintf(stderr, "%s is the engine's, which is not here (hint: test what does not call it, or use "
                  "`strata try`)\n", name);
  abort();
}

bool strata_scenario_http_static_prepared_prepare(strata_scenario_http_request_t *request, strata_scenario_http_own_prepared_t *ret, strata_scenario_http_error_t *err) {
  absent("http.static_prepared_prepare");
  abort();
}

bool strata_scenario_http_method_prepared_send(strata_scenario_http_borrow_prepared_t self, strata_scenario_http_brief_t *ret, strata_scenario_http_error_t *err) {
  absent("http.method_prepared_send");
  abort();
}

bool strata_scenario_http_method_prepared_send_with(strata_scenario_http_borrow_prepared_t self, strata_scenario_http_overrides_t *overrides, strata_scenario_http_brief_t *ret, strata_scenario_http_error_t *err) {
  absent("http.method_prepared_send_with");
  abort();
}

bool strata_scenario_http_static_incoming_open(strata_scenario_http_request_t *request, strata_scenario_http_own_incoming_t *ret, strata_scenario_http_error_t *err) {
  absent("http.static_incoming_open");
  abort();
}

uint32_t strata_scenario_http_method_incoming_status(strata_scenario_http_borrow_incoming_t self) {
  absent("http.method_incoming_status");
  abort();
}

void strata_scenario_http_method_incoming_headers(strata_scenario_http_borrow_incoming_t self, strata_scenario_http_list_pair_t *ret) {
  absent("http.method_incoming_headers");
  abort();
}

bool strata_scenario_http_method_incoming_read(strata_scenario_http_borrow_incoming_t self, uint32_t max, strata_scenario_http_option_piece_t *ret, strata_scenario_http_error_t *err) {
  absent("http.method_incoming_read");
  abort();
}

bool strata_scenario_http_method_incoming_next_event(strata_scenario_http_borrow_incoming_t self, strata_scenario_http_option_server_event_t *ret, strata_scenario_http_error_t *err) {
  absent("http.method_incoming_next_event");
  abort();
}

bool strata_scenario_http_send(strata_scenario_http_request_t *request, strata_scenario_http_response_t *ret, strata_scenario_http_error_t *err) {
  absent("http.send");
  abort();
}

void strata_scenario_http_send_all(strata_scenario_http_list_request_t *requests, strata_scenario_http_list_result_response_error_t *ret) {
  absent("http.send_all");
  abort();
}

void strata_scenario_http_send_all_prepared(strata_scenario_http_list_borrow_prepared_t *requests, strata_scenario_http_list_result_brief_error_t *ret) {
  absent("http.send_all_prepared");
  abort();
}

void strata_scenario_http_body(uint32_t index, scenario_list_u8_t *ret) {
  absent("http.body");
  abort();
}

void strata_scenario_http_text(uint32_t index, scenario_string_t *ret) {
  absent("http.text");
  abort();
}

bool strata_scenario_http_header(uint32_t index, scenario_string_t *name, scenario_string_t *ret) {
  absent("http.header");
  abort();
}

void strata_scenario_http_headers(uint32_t index, strata_scenario_http_list_pair_t *ret) {
  absent("http.headers");
  abort();
}

void strata_scenario_http_cookies(scenario_string_t *url, strata_scenario_http_list_pair_t *ret) {
  absent("http.cookies");
  abort();
}

bool strata_scenario_http_set_cookie(scenario_string_t *url, scenario_string_t *line, strata_scenario_http_error_t *err) {
  absent("http.set_cookie");
  abort();
}

void strata_scenario_http_clear_cookies(void) {
  absent("http.clear_cookies");
  abort();
}

void strata_scenario_metrics_check(scenario_string_t *name, bool held) {
  absent("metrics.check");
  abort();
}

bool strata_scenario_metrics_add(scenario_string_t *metric, double value, strata_scenario_metrics_error_t *err) {
  absent("metrics.add");
  abort();
}

bool strata_scenario_metrics_add_tagged(scenario_string_t *metric, double value, scenario_string_t *tag, scenario_string_t *tag_value, strata_scenario_metrics_error_t *err) {
  absent("metrics.add_tagged");
  abort();
}

void strata_scenario_run_target(scenario_string_t *ret) {
  absent("run.target");
  abort();
}

bool strata_scenario_run_env(scenario_string_t *name, scenario_string_t *ret) {
  absent("run.env");
  abort();
}

void strata_scenario_run_setup_data(scenario_list_u8_t *ret) {
  absent("run.setup_data");
  abort();
}

void strata_scenario_run_setup_text(scenario_string_t *ret) {
  absent("run.setup_text");
  abort();
}

bool strata_scenario_run_secret(scenario_string_t *name, scenario_string_t *ret, strata_scenario_run_error_t *err) {
  absent("run.secret");
  abort();
}

bool strata_scenario_run_stage_name(uint32_t index, scenario_string_t *ret) {
  absent("run.stage_name");
  abort();
}

void strata_scenario_run_sleep(double ms) {
  absent("run.sleep");
  abort();
}

double strata_scenario_run_now(void) {
  absent("run.now");
  abort();
}

double strata_scenario_run_random(void) {
  absent("run.random");
  abort();
}

void strata_scenario_log_log(strata_scenario_log_level_t level, scenario_string_t *line) {
  absent("log.log");
  abort();
}

bool strata_scenario_results_stat(scenario_string_t *selector, scenario_string_t *aggregate, scenario_option_f64_t *ret, strata_scenario_results_error_t *err) {
  absent("results.stat");
  abort();
}

bool strata_scenario_results_values(scenario_string_t *selector, scenario_string_t *tag, scenario_list_string_t *ret, strata_scenario_results_error_t *err) {
  absent("results.values");
  abort();
}

bool strata_scenario_results_fit_linear(strata_scenario_results_list_point_t *points, strata_scenario_results_line_t *ret, strata_scenario_results_error_t *err) {
  absent("results.fit_linear");
  abort();
}

bool strata_scenario_results_fit_usl(strata_scenario_results_list_point_t *points, strata_scenario_results_usl_t *ret, strata_scenario_results_error_t *err) {
  absent("results.fit_usl");
  abort();
}

bool strata_scenario_data_length(scenario_string_t *set, uint32_t *ret, strata_scenario_data_error_t *err) {
  absent("data.length");
  abort();
}

bool strata_scenario_data_columns(scenario_string_t *set, scenario_list_string_t *ret, strata_scenario_data_error_t *err) {
  absent("data.columns");
  abort();
}

bool strata_scenario_data_row(scenario_string_t *set, uint32_t index, strata_scenario_data_list_pair_t *ret, strata_scenario_data_error_t *err) {
  absent("data.row");
  abort();
}

bool strata_scenario_data_take(scenario_string_t *set, strata_scenario_data_order_t order, strata_scenario_data_list_pair_t *ret, strata_scenario_data_error_t *err) {
  absent("data.take");
  abort();
}

bool strata_scenario_kv_get(scenario_string_t *space, scenario_string_t *key, scenario_option_string_t *ret, strata_scenario_kv_error_t *err) {
  absent("kv.get");
  abort();
}

bool strata_scenario_kv_set(scenario_string_t *space, scenario_string_t *key, scenario_string_t *value, strata_scenario_kv_error_t *err) {
  absent("kv.set");
  abort();
}

bool strata_scenario_kv_delete(scenario_string_t *space, scenario_string_t *key, strata_scenario_kv_error_t *err) {
  absent("kv.delete");
  abort();
}

bool strata_scenario_kv_add(scenario_string_t *space, scenario_string_t *key, double by, double *ret, strata_scenario_kv_error_t *err) {
  absent("kv.add");
  abort();
}

bool strata_scenario_kv_push(scenario_string_t *space, scenario_string_t *queue, scenario_string_t *value, strata_scenario_kv_error_t *err) {
  absent("kv.push");
  abort();
}

bool strata_scenario_kv_pop(scenario_string_t *space, scenario_string_t *queue, uint32_t wait_ms, scenario_option_string_t *ret, strata_scenario_kv_error_t *err) {
  absent("kv.pop");
  abort();
}

bool strata_scenario_kv_queue_length(scenario_string_t *space, scenario_string_t *queue, uint32_t *ret, strata_scenario_kv_error_t *err) {
  absent("kv.queue_length");
  abort();
}

bool strata_scenario_kv_meet(scenario_string_t *space, scenario_string_t *barrier, uint32_t parties, uint32_t wait_ms, strata_scenario_kv_error_t *err) {
  absent("kv.meet");
  abort();
}

void strata_scenario_http_prepared_drop_own(strata_scenario_http_own_prepared_t handle) {
  absent("http.prepared_drop_own");
  abort();
}

void strata_scenario_http_prepared_drop_borrow(strata_scenario_http_borrow_prepared_t handle) {
  absent("http.prepared_drop_borrow");
  abort();
}

strata_scenario_http_borrow_prepared_t strata_scenario_http_borrow_prepared(strata_scenario_http_own_prepared_t handle) {
  absent("http.borrow_prepared");
  abort();
}

void strata_scenario_http_incoming_drop_own(strata_scenario_http_own_incoming_t handle) {
  absent("http.incoming_drop_own");
  abort();
}

void strata_scenario_http_incoming_drop_borrow(strata_scenario_http_borrow_incoming_t handle) {
  absent("http.incoming_drop_borrow");
  abort();
}

strata_scenario_http_borrow_incoming_t strata_scenario_http_borrow_incoming(strata_scenario_http_own_incoming_t handle) {
  absent("http.borrow_incoming");
  abort();
}
