/* `judge=results`: every function for `judge`, each answer a row. Rows that did not pass are answers that the contract
 * does not allow. */
#include <cmath>

#include "probe.hpp"

using namespace strata;

static bool near(double found, double expected) { return std::abs(found - expected) < 1e-6; }

/* Throughput without coherency: 100 N / (1 + 0.5 (N - 1)). */
static std::vector<Point> curve(int levels) {
    std::vector<Point> points;
    for (int n = 1; n <= levels; n++) points.push_back({double(n), 100.0 * n / (1 + 0.5 * (n - 1))});
    return points;
}

template <class T>
static bool refused(const Result<T> &result, std::string_view code) {
    return !result && result.error().code == code;
}

Result<> judge_everything(Finding finding) {
    const Point straight[] = {{1, 12}, {2, 14}, {3, 16}};
    Line line = STRATA_TRY(fit_linear(straight));
    Usl law = STRATA_TRY(fit_usl(curve(8)));
    auto names = STRATA_TRY(values("checks", "check"));
    auto none = STRATA_TRY(values("checks", "nothing"));
    finding.row("slope", line.slope, "", near(line.slope, 2))
        .row("intercept", line.intercept, "", near(line.intercept, 10))
        .row("slope's interval", line.slope_high - line.slope_low, "", line.slope_low <= line.slope_high)
        .row("lambda", law.lambda, "", near(law.lambda, 100))
        .row("sigma", law.sigma, "", near(law.sigma, 0.5))
        .row("kappa", law.kappa, "", law.kappa < 1e-6)
        .row("sigma's interval", law.sigma_high - law.sigma_low, "", law.sigma_low <= law.sigma_high)
        .row("peak", law.peak.value_or(0), "", !law.peak || *law.peak > 100)
        .row("names of checks", double(names.size()), "", names == std::vector<std::string>{"status is 200"})
        .row("no such tag", 0, "", none.empty());
    const Point place[] = {{1, 1}, {1, 2}}, nan[] = {{1, 1}, {2, NAN}}, infinite[] = {{1, INFINITY}};
    std::vector<Point> many(1001, Point{1, 1});
    finding.row("values: no selector", 0, "", refused(values("checks{", "check"), "bad-selector"))
        .row("line: one place", 0, "", refused(fit_linear(place), "too-few-points"))
        .row("line: NaN", 0, "", refused(fit_linear(nan), "bad-point"))
        .row("line: 1,001 points", 0, "", refused(fit_linear(many), "too-many-points"))
        .row("law: five levels", 0, "", refused(fit_usl(curve(5)), "too-few-points"))
        .row("law: infinite", 0, "", refused(fit_usl(infinite), "bad-point"))
        .row("law: 1,001 points", 0, "", refused(fit_usl(many), "too-many-points"));
    return {};
}
