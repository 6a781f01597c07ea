/* The probe in C: does what the engine must withstand or get right, chosen by `--env`. */
#include <math.h>

#include "probe.h"

#define ENDLESS_ROWS 100000

static const char FROM_SETUP[] = "from setup";

/* Of this instance. */
static const char *mode;
static bool expects_data;
static uint32_t iterations;

void scenario_describe(strata_manifest *m) {
    if (env_is("describe", "rich")) {
        probe_rich(m);
        return;
    }
    strata_name(m, "probe");
    strata_per_vu_iterations(m, "main", 1, 1);
    strata_declare(m, STRATA_COUNTER, "probe_counter", "");
    strata_declare(m, STRATA_GAUGE, "probe_gauge", "");
    strata_declare(m, STRATA_RATE, "probe_rate", "");
    strata_declare(m, STRATA_TREND, "random", "");
    strata_measured(strata_at_least(m, "checks", 99, "%"), "checks", "rate");
    static const char *const env[] = {"describe", "judge", "mode", "ms", "nobody", "setup", "teardown"};
    for (size_t key = 0; key < sizeof env / sizeof *env; key++) strata_needs_env(m, env[key]);
    if (env_is("describe", "shared")) {
        strata_needs_data(m, "rows");
        strata_needs_kv(m, "shared");
        strata_needs_secret(m, "token");
    }
}

void probe_rich(strata_manifest *m) {
    strata_name(m, "rich");
    strata_layer(m, 3, "Tïtle 世界", "Area <&>");
    strata_fix_priority(m, STRATA_HIGH);
    strata_warm_up(strata_tag(strata_per_vu_iterations(m, "first", 2, 2), "kind", "a"));
    strata_stage *second = strata_ramping_arrival_rate(m, "second", 5, 2);
    strata_max_vus(strata_ramp(second, 100, 10), 4);
    strata_poisson(strata_start_time(strata_graceful_stop(second, 1000), 50));
    strata_warn_bound(strata_measured(strata_at_least(m, "checks", 99, "%"), "checks", "rate"), 90);
    strata_goal *p95 = strata_at_most(m, "p95", 200, "ms");
    strata_in_windows(strata_measured(p95, "http_req_duration{stage:second}", "p(95)"), 1, 50);
    strata_at_least(m, "judged", 1, "things");
    strata_declare(m, STRATA_COUNTER, "probe_counter", "");
    strata_declare(m, STRATA_GAUGE, "probe_gauge", "");
    strata_declare(m, STRATA_RATE, "probe_rate", "");
    strata_declare(m, STRATA_TREND, "random", "ms");
    strata_needs_host(m, "example.test:80");
    strata_needs_env(m, "describe");
    strata_needs_data(m, "users");
    strata_needs_kv(m, "sessions");
    strata_needs_secret(m, "token");
}

strata_result scenario_setup(strata_bytes *data) {
    if (env_is("setup", "data")) *data = strata_text(FROM_SETUP);
    if (env_is("setup", "fail")) STRATA_FAIL("probe-setup", "setup was told to fail");
    if (env_is("setup", "trap")) strata_trap("setup was told to trap");
    return STRATA_OK;
}

strata_result scenario_start(void) {
    const char *asked = strata_env("mode");
    mode = strata_keep(asked ? asked : "ok");
    expects_data = env_is("setup", "data");
    return STRATA_OK;
}

strata_result scenario_iteration(const strata_context *context) {
    iterations++;
    if (expects_data) {
        strata_bytes data = strata_setup_data();
        bool arrived = data.size == strlen(FROM_SETUP) && memcmp(data.data, FROM_SETUP, data.size) == 0;
        strata_check("setup data arrives", arrived);
    }
    return probe_mode(mode, context, iterations);
}

static void endless(strata_finding *finding) {
    for (unsigned row = 0; row < ENDLESS_ROWS; row++) {
        strata_row(finding, strata_format("row %u", row), row, "rows", STRATA_PASSED);
    }
}

strata_result scenario_judge(strata_findings *findings) {
    if (env_is("judge", "fail")) STRATA_FAIL("probe-judge", "judge was told to fail");
    if (env_is("judge", "trap")) strata_trap("judge was told to trap");
    if (env_is("judge", "lie")) {
        strata_finding *none = strata_finding_about(findings, "no-such-goal");
        strata_analysis(strata_value(none, 1), "the manifest has no such goal");
        strata_finding *finding = strata_value(strata_finding_about(findings, "checks"), NAN);
        strata_row(finding, "not a number", NAN, "", STRATA_INFORMS);
        endless(finding);
    }
    if (env_is("judge", "results")) return probe_results(strata_finding_about(findings, "checks"));
    if (env_is("judge", "endless")) endless(strata_finding_about(findings, "checks"));
    return STRATA_OK;
}

strata_result scenario_teardown(void) {
    if (env_is("teardown", "fail")) STRATA_FAIL("probe-teardown", "teardown was told to fail");
    if (env_is("teardown", "trap")) strata_trap("teardown was told to trap");
    return STRATA_OK;
}
