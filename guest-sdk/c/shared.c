/* Rows of data sets, and values that all users share. */
#include "lifted.h"

strata_result strata_data_length(const char *set, uint32_t *length) {
    scenario_string_t lent = strata_lent(set);
    strata_scenario_data_error_t error;
    return strata_scenario_data_length(&lent, length, &error) ? STRATA_OK : strata_failed(&error);
}

strata_result strata_data_columns(const char *set, strata_texts *columns) {
    scenario_string_t lent = strata_lent(set);
    scenario_list_string_t found;
    strata_scenario_data_error_t error;
    if (!strata_scenario_data_columns(&lent, &found, &error)) return strata_failed(&error);
    *columns = strata_lifted_texts(found);
    return STRATA_OK;
}

strata_result strata_data_row(const char *set, uint32_t index, const strata_pair **row) {
    scenario_string_t lent = strata_lent(set);
    strata_scenario_data_list_pair_t found;
    strata_scenario_data_error_t error;
    if (!strata_scenario_data_row(&lent, index, &found, &error)) return strata_failed(&error);
    *row = strata_lifted_pairs(found.ptr, found.len);
    return STRATA_OK;
}

strata_result strata_data_take(const char *set, strata_order order, const strata_pair **row) {
    scenario_string_t lent = strata_lent(set);
    strata_scenario_data_list_pair_t found;
    strata_scenario_data_error_t error;
    if (!strata_scenario_data_take(&lent, (strata_scenario_data_order_t)order, &found, &error)) {
        return strata_failed(&error);
    }
    *row = strata_lifted_pairs(found.ptr, found.len);
    return STRATA_OK;
}

const char *strata_cell(const strata_pair *row, const char *column) {
    for (; row->name; row++) {
        if (strcmp(row->name, column) == 0) return row->value;
    }
    return NULL;
}

/* --- Shared values ---------------------------------------------------------------------------------------------- */

/* NULL for what is not there. */
static const char *lifted_value(scenario_option_string_t value) {
    return value.is_some ? strata_lifted(value.val) : NULL;
}

strata_result strata_kv_get(const char *space, const char *key, const char **value) {
    scenario_string_t lent = strata_lent(space), lent_key = strata_lent(key);
    scenario_option_string_t found;
    strata_scenario_kv_error_t error;
    if (!strata_scenario_kv_get(&lent, &lent_key, &found, &error)) return strata_failed(&error);
    *value = lifted_value(found);
    return STRATA_OK;
}

strata_result strata_kv_set(const char *space, const char *key, const char *value) {
    scenario_string_t lent = strata_lent(space), lent_key = strata_lent(key), lent_value = strata_lent(value);
    strata_scenario_kv_error_t error;
    return strata_scenario_kv_set(&lent, &lent_key, &lent_value, &error) ? STRATA_OK : strata_failed(&error);
}

strata_result strata_kv_delete(const char *space, const char *key) {
    scenario_string_t lent = strata_lent(space), lent_key = strata_lent(key);
    strata_scenario_kv_error_t error;
    return strata_scenario_kv_delete(&lent, &lent_key, &error) ? STRATA_OK : strata_failed(&error);
}

strata_result strata_kv_add(const char *space, const char *key, double by, double *sum) {
    scenario_string_t lent = strata_lent(space), lent_key = strata_lent(key);
    double found;
    strata_scenario_kv_error_t error;
    if (!strata_scenario_kv_add(&lent, &lent_key, by, &found, &error)) return strata_failed(&error);
    if (sum) *sum = found;
    return STRATA_OK;
}

strata_result strata_kv_push(const char *space, const char *queue, const char *value) {
    scenario_string_t lent = strata_lent(space), lent_queue = strata_lent(queue), lent_value = strata_lent(value);
    strata_scenario_kv_error_t error;
    return strata_scenario_kv_push(&lent, &lent_queue, &lent_value, &error) ? STRATA_OK : strata_failed(&error);
}

strata_result strata_kv_pop(const char *space, const char *queue, uint32_t wait_ms, const char **value) {
    scenario_string_t lent = strata_lent(space), lent_queue = strata_lent(queue);
    scenario_option_string_t found;
    strata_scenario_kv_error_t error;
    if (!strata_scenario_kv_pop(&lent, &lent_queue, wait_ms, &found, &error)) return strata_failed(&error);
    *value = lifted_value(found);
    return STRATA_OK;
}

strata_result strata_kv_length(const char *space, const char *queue, uint32_t *length) {
    scenario_string_t lent = strata_lent(space), lent_queue = strata_lent(queue);
    strata_scenario_kv_error_t error;
    return strata_scenario_kv_queue_length(&lent, &lent_queue, length, &error) ? STRATA_OK : strata_failed(&error);
}

strata_result strata_kv_meet(const char *space, const char *barrier, uint32_t parties, uint32_t wait_ms) {
    scenario_string_t lent = strata_lent(space), lent_barrier = strata_lent(barrier);
    strata_scenario_kv_error_t error;
    bool met = strata_scenario_kv_meet(&lent, &lent_barrier, parties, wait_ms, &error);
    return met ? STRATA_OK : strata_failed(&error);
}
