/* What the files that call the engine share. Not for scenarios: `strata.h` is. */
#ifndef STRATA_LIFTED_H
#define STRATA_LIFTED_H

#include "arena.h"

/* An error of the engine, to be returned. */
strata_result strata_failed(const strata_scenario_types_error_t *error);

/* Pairs that the engine wrote, with the empty one that ends them. */
const strata_pair *strata_lifted_pairs(const strata_scenario_types_pair_t *pairs, size_t count);

/* Texts that the engine wrote. */
strata_texts strata_lifted_texts(scenario_list_string_t texts);

/* A request as the engine reads it. */
strata_scenario_http_request_t strata_lent_request(const strata_request *request);

#endif
