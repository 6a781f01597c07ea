/* The probe in C++: does what the engine must withstand or get right, chosen by `--env`. */
#include <cmath>

#include "probe.hpp"

using namespace strata;

constexpr int ENDLESS_ROWS = 100'000;

static void endless(Finding finding) {
    for (int row = 0; row < ENDLESS_ROWS; row++) finding.row("row " + std::to_string(row), row, "rows", true);
}

static void rich(Manifest &m) {
    m.name("rich").layer(3, "Tïtle 世界", "Area <&>").fix_priority(STRATA_HIGH);
    m.per_vu_iterations("first", 2, 2).tag("kind", "a").warm_up();
    m.ramping_arrival_rate("second", 5, 2)
        .ramp(100ms, 10)
        .max_vus(4)
        .graceful_stop(1s)
        .start_time(50ms)
        .poisson();
    m.at_least("checks", 99, "%").measured("checks", "rate").warn(90);
    m.at_most("p95", 200, "ms").measured("http_req_duration{stage:second}", "p(95)").in_windows(1, 50);
    m.at_least("judged", 1, "things");
    m.metric(COUNTER).metric(GAUGE).metric(RATE).metric(trend("random", "ms"));
    m.needs_host("example.test:80").needs_env("describe").needs_data("users").needs_kv("sessions").needs_secret("token");
}

struct Probe {
    std::string mode;
    /* Whether this run's `setup` returns data. */
    bool expects_data;
    /* Of this instance. */
    uint32_t iterations = 0;

    static void describe(Manifest &m) {
        if (env("describe") == "rich") return rich(m);
        m.name("probe");
        m.per_vu_iterations("main", 1, 1);
        m.metric(COUNTER).metric(GAUGE).metric(RATE).metric(RANDOM);
        m.at_least("checks", 99, "%").measured("checks", "rate");
        for (auto key : {"describe", "judge", "mode", "ms", "nobody", "setup", "teardown"}) m.needs_env(key);
        if (env("describe") == "shared") m.needs_data("rows").needs_kv("shared").needs_secret("token");
    }

    static Result<std::string> setup() {
        auto asked = env("setup");
        if (asked == "data") return "from setup";
        if (asked == "fail") return failure("probe-setup", "setup was told to fail");
        if (asked == "trap") strata_trap("setup was told to trap");
        return "";
    }

    static Result<Probe> start() {
        return Probe{std::string(env("mode").value_or("ok")), env("setup") == "data"};
    }

    Result<> iteration(const Context &context) {
        iterations++;
        if (expects_data) check("setup data arrives", setup_data() == "from setup");
        return run_mode(mode, context, iterations);
    }

    static Result<> judge(Findings &findings) {
        auto asked = env("judge");
        if (asked == "fail") return failure("probe-judge", "judge was told to fail");
        if (asked == "trap") strata_trap("judge was told to trap");
        if (asked == "lie") {
            findings.about("no-such-goal").value(1).analysis("the manifest has no such goal");
            endless(findings.about("checks").value(NAN).row("not a number", NAN, ""));
        }
        if (asked == "results") return judge_everything(findings.about("checks"));
        if (asked == "endless") endless(findings.about("checks"));
        return {};
    }

    static Result<> teardown() {
        auto asked = env("teardown");
        if (asked == "fail") return failure("probe-teardown", "teardown was told to fail");
        if (asked == "trap") strata_trap("teardown was told to trap");
        return {};
    }
};

STRATA_EXPORT(Probe);
