/* Layer 8: how many requests per second four endpoints of the API answer, each under eight users of its own.
 *
 * The layer's number is the mean of the four rates of good answers. One endpoint is also asked by fewer users, to see
 * whether throughput rises with concurrency. `verdict.c` draws the conclusions. */
#include "verdict.h"

/* The stages, in the order in which they run: each asks for one endpoint. */
static const struct {
    const char *stage, *path;
} ENDPOINTS[] = {
    {"feed", "/api/posts/feed"},
    {"groups", "/api/groups"},
    {"sidebar", "/api/events/sidebar"},
    {"suggestions", "/api/friends/suggestions"},
};
#define COUNT (sizeof ENDPOINTS / sizeof *ENDPOINTS)
/* Which of them is also asked by fewer users. */
#define SCALED 2
/* Users of each stage, and how long it starts requests. */
#define VUS 8
#define DURATION_MS 1500
/* The stages of fewer users, which all ask for the scaled endpoint, and how long each of them starts requests. */
static const struct {
    uint32_t vus;
    const char *stage;
} FEWER[] = {{1, "sidebar-1"}, {2, "sidebar-2"}, {3, "sidebar-3"}, {4, "sidebar-4"}, {6, "sidebar-6"}};
#define LEVELS (sizeof FEWER / sizeof *FEWER + 1)
#define SHORTER_MS 500
/* How long the last requests of a stage may take. */
#define GRACE_MS 5000

static strata_prepared requests[COUNT];

void scenario_describe(strata_manifest *m) {
    strata_name(m, "layer-08-api-throughput");
    strata_layer(m, 8, "Throughput", "API & Services");
    strata_fix_priority(m, STRATA_CRITICAL);
    strata_at_least(m, "throughput", LAYER_MARK, "req/s");
    strata_warn_bound(strata_measured(strata_at_least(m, "checks", 99, "%"), "checks", "rate"), 99);
    for (size_t i = 0; i < COUNT; i++) {
        strata_graceful_stop(strata_constant_vus(m, ENDPOINTS[i].stage, VUS, DURATION_MS), GRACE_MS);
    }
    for (size_t i = 0; i < LEVELS - 1; i++) {
        strata_graceful_stop(strata_constant_vus(m, FEWER[i].stage, FEWER[i].vus, SHORTER_MS), GRACE_MS);
    }
}

strata_result scenario_start(void) {
    for (size_t i = 0; i < COUNT; i++) {
        STRATA_TRY(strata_prepare(STRATA_GET(ENDPOINTS[i].path, .name = ENDPOINTS[i].stage), &requests[i]));
    }
    return STRATA_OK;
}

/* Whether a page lists anything: `{"items":[{...`. */
static bool has_entries(const char *page) {
    const char *items = strstr(page, "\"items\":[");
    return items && items[strlen("\"items\":[")] == '{';
}

strata_result scenario_iteration(const strata_context *context) {
    strata_prepared request = requests[context->stage < COUNT ? context->stage : SCALED];
    strata_brief answer;
    STRATA_TRY(strata_send_prepared(request, &answer));
    strata_check("status is 200", answer.status == 200);
    strata_check("the page has its entries", has_entries(strata_body_text(answer)));
    return STRATA_OK;
}

static strata_result stat_of(const char *metric, const char *stage, const char *aggregate, strata_number *number) {
    return strata_stat(strata_format("%s{stage:%s,expected_response:true}", metric, stage), aggregate, number);
}

/* What the scaled endpoint's throughput does when more users ask. `fitted` stays false if it did not answer all of them;
 * a curve that cannot be fitted is no reason to keep the rates back either. */
static strata_result scale(level levels[LEVELS], strata_usl *law, bool *fitted) {
    strata_point points[LEVELS];
    for (size_t i = 0; i < LEVELS; i++) {
        bool last = i == LEVELS - 1;
        const char *stage = last ? ENDPOINTS[SCALED].stage : FEWER[i].stage;
        strata_number rate, ms;
        STRATA_TRY(stat_of("http_reqs", stage, "rate", &rate));
        STRATA_TRY(stat_of("http_req_duration", stage, "avg", &ms));
        if (!rate.given || !ms.given) return STRATA_OK;
        levels[i] = (level){last ? VUS : FEWER[i].vus, rate.value, ms.value};
        points[i] = point_of(&levels[i]);
    }
    *fitted = strata_fit_usl(points, LEVELS, law) == STRATA_OK;
    return STRATA_OK;
}

strata_result scenario_judge(strata_findings *findings) {
    endpoint_rate rates[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        rates[i].path = ENDPOINTS[i].path;
        STRATA_TRY(stat_of("http_reqs", ENDPOINTS[i].stage, "rate", &rates[i].rate));
    }
    level levels[LEVELS];
    scaling scaling = {ENDPOINTS[SCALED].path, levels, LEVELS, {0}};
    bool fitted = false;
    STRATA_TRY(scale(levels, &scaling.law, &fitted));
    conclude(findings, rates, COUNT, fitted ? &scaling : NULL);
    return STRATA_OK;
}
