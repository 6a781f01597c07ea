/* What the engine calls: the scenario's functions, between making ready and clearing away. */
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "manifest.h"

STRATA_WEAK strata_result scenario_start(void) { return STRATA_OK; }

STRATA_WEAK strata_result scenario_setup(strata_bytes *data) {
    (void)data;
    return STRATA_OK;
}

STRATA_WEAK strata_result scenario_judge(strata_findings *findings) {
    (void)findings;
    return STRATA_OK;
}

STRATA_WEAK strata_result scenario_teardown(void) { return STRATA_OK; }

/* Seeds `rand` from the run's seed, once: two users have different numbers, and a run repeats. */
static void seed(void) {
    static bool seeded;
    if (seeded) return;
    seeded = true;
    srand((unsigned)(strata_random() * 4294967296.0));
}

/* Lets out what was printed without an end of line, and says whether it worked. */
static bool done(strata_result result, scenario_failure_t *failure) {
    fflush(NULL);
    if (!result) return true;
    failure->code = strata_lent(result->code);
    failure->message = strata_lent(result->message);
    return false;
}

void exports_scenario_describe(scenario_manifest_t *lifted) {
    strata_manifest manifest = strata_described();
    strata_lift_manifest(&manifest, lifted);
    fflush(NULL);
}

bool exports_scenario_setup(scenario_list_u8_t *lifted, scenario_failure_t *failure) {
    seed();
    strata_bytes data = {NULL, 0};
    strata_result result = scenario_setup(&data);
    lifted->ptr = (uint8_t *)data.data;
    lifted->len = data.size;
    return done(result, failure);
}

static strata_result iterate(const strata_context *context) {
    static bool started;
    if (!started) {
        STRATA_TRY(scenario_start());
        started = true;
    }
    return scenario_iteration(context);
}

bool exports_scenario_iteration(scenario_context_t *lent, scenario_failure_t *failure) {
    seed();
    strata_context context = {lent->vu, lent->iteration, lent->stage};
    return done(iterate(&context), failure);
}

bool exports_scenario_judge(scenario_list_finding_t *lifted, scenario_failure_t *failure) {
    seed();
    strata_findings findings = {NULL};
    strata_result result = scenario_judge(&findings);
    strata_lift_findings(&findings, lifted);
    return done(result, failure);
}

bool exports_scenario_teardown(scenario_failure_t *failure) {
    seed();
    return done(scenario_teardown(), failure);
}

#ifdef __wasm__

/* In place of the generated ones, which free piece by piece: the engine has read the answer, so everything goes. */
#define AFTER(export)                                                                                                 \
    __attribute__((__export_name__("cabi_post_" #export))) void __wasm_export_exports_scenario_##export##_post_return( \
        uint8_t *answer) {                                                                                            \
        (void)answer;                                                                                                 \
        strata_reset();                                                                                               \
    }

AFTER(describe)
AFTER(setup)
AFTER(iteration)
AFTER(judge)
AFTER(teardown)

/* The generated binding asks for an object file with the contract's types; `strata build` adds them itself. */
void __component_type_object_force_link_scenario(void) {}

#endif
