/* What a virtual user of @NAME@ does, and what its numbers must be. */
#include "strata.h"

static strata_prepared front;

void scenario_describe(strata_manifest *m) {
    strata_name(m, "@NAME@");
    // @LAYER-BEGIN@
    strata_layer(m, @LAYER@, "@NAME@", "Area of the system");
    // @LAYER-END@
    strata_constant_vus(m, "main", 2, 5000);
    strata_measured(strata_at_least(m, "checks", 99, "%"), "checks", "rate");
    strata_measured(strata_at_most(m, "p95", 200, "ms"), "http_req_duration", "p(95)");
}

/* Once per virtual user: what every iteration needs. */
strata_result scenario_start(void) { return strata_prepare(STRATA_GET("/", .name = "front page"), &front); }

/* Over and over. */
strata_result scenario_iteration(const strata_context *context) {
    (void)context;
    strata_brief answer;
    STRATA_TRY(strata_send_prepared(front, &answer));
    strata_check("status is 200", answer.status == 200);
    return STRATA_OK;
}
