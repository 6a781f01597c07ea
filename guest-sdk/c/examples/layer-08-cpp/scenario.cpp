/* Layer 8: how many requests per second four endpoints of the API answer, each under eight users of its own.
 *
 * The layer's number is the mean of the four rates of good answers. One endpoint is also asked by fewer users, to see
 * whether throughput rises with concurrency. `verdict.cpp` draws the conclusions. */
#include "verdict.hpp"

using namespace strata;

struct Endpoint {
    std::string stage, path;
};

/* The stages, in the order in which they run: each asks for one endpoint. */
static const Endpoint ENDPOINTS[] = {
    {"feed", "/api/posts/feed"},
    {"groups", "/api/groups"},
    {"sidebar", "/api/events/sidebar"},
    {"suggestions", "/api/friends/suggestions"},
};
/* Which of them is also asked by fewer users. */
constexpr size_t SCALED = 2;
/* Users of each stage. */
constexpr uint32_t VUS = 8;
/* The stages of fewer users, which all ask for the scaled endpoint. */
static const std::pair<uint32_t, std::string> FEWER[] = {
    {1, "sidebar-1"}, {2, "sidebar-2"}, {3, "sidebar-3"}, {4, "sidebar-4"}, {6, "sidebar-6"}};
/* How long each stage starts requests, those of fewer users do, and the last requests may take. */
constexpr milliseconds DURATION = 1500ms, SHORTER = 500ms, GRACE = 5s;

/* A number of a stage's good answers. */
static Result<std::optional<double>> of_stage(std::string_view metric, std::string_view stage,
                                              std::string_view aggregate) {
    return stat(std::string(metric).append("{stage:").append(stage).append(",expected_response:true}"), aggregate);
}

/* What the scaled endpoint's throughput does when more users ask; nothing if it did not answer all of them, or if no curve
 * fits, which is no reason to keep the rates back. */
static Result<std::optional<Scaling>> scale() {
    std::vector<std::pair<uint32_t, std::string>> stages(std::begin(FEWER), std::end(FEWER));
    stages.emplace_back(VUS, ENDPOINTS[SCALED].stage);
    std::vector<Level> levels;
    std::vector<Point> points;
    for (const auto &[users, stage] : stages) {
        auto rate = STRATA_TRY(of_stage("http_reqs", stage, "rate"));
        auto ms = STRATA_TRY(of_stage("http_req_duration", stage, "avg"));
        if (!rate || !ms) return std::nullopt;
        levels.push_back({users, *rate, *ms});
        points.push_back(levels.back().point());
    }
    auto law = fit_usl(points);
    if (!law) return std::nullopt;
    return Scaling{ENDPOINTS[SCALED].path, levels, *law};
}

struct Throughput {
    /* In the order of `ENDPOINTS`. */
    std::vector<Prepared> requests;

    static void describe(Manifest &m) {
        m.name("layer-08-api-throughput").layer(8, "Throughput", "API & Services").fix_priority(STRATA_CRITICAL);
        m.at_least("throughput", LAYER_MARK, "req/s");
        m.at_least("checks", 99, "%").warn(99).measured("checks", "rate");
        for (const auto &endpoint : ENDPOINTS) m.constant_vus(endpoint.stage, VUS, DURATION).graceful_stop(GRACE);
        for (const auto &[vus, stage] : FEWER) m.constant_vus(stage, vus, SHORTER).graceful_stop(GRACE);
    }

    static Result<Throughput> start() {
        Throughput user;
        for (const auto &endpoint : ENDPOINTS) {
            user.requests.push_back(STRATA_TRY(Request::get(endpoint.path).name(endpoint.stage).prepare()));
        }
        return user;
    }

    Result<> iteration(const Context &context) {
        const Prepared &request = requests[context.stage < requests.size() ? context.stage : SCALED];
        Brief answer = STRATA_TRY(request.send());
        check("status is 200", answer.status() == 200);
        check("the page has its entries", answer.text().contains("\"items\":[{"));
        return {};
    }

    static Result<> judge(Findings &findings) {
        std::vector<Rate> rates;
        for (const auto &endpoint : ENDPOINTS) {
            rates.push_back({endpoint.path, STRATA_TRY(of_stage("http_reqs", endpoint.stage, "rate"))});
        }
        conclude(findings.about("throughput"), rates, STRATA_TRY(scale()));
        return {};
    }
};

STRATA_EXPORT(Throughput);
