/* `judge=results`: every function for `judge`, each answer a row. Rows that did not pass are answers that the contract
 * does not allow. */
#include <math.h>

#include "probe.h"

static strata_verdict passed(bool held) { return held ? STRATA_PASSED : STRATA_FAILED; }

static strata_verdict near(double found, double expected) { return passed(fabs(found - expected) < 1e-6); }

/* Throughput without coherency: 100 N / (1 + 0.5 (N - 1)). */
static void curve(strata_point points[8]) {
    for (int i = 0; i < 8; i++) points[i] = (strata_point){i + 1, 100.0 * (i + 1) / (1 + 0.5 * i)};
}

static void refused(strata_finding *finding, const char *label, strata_result result, const char *code) {
    strata_row(finding, label, 0, "", passed(strata_is(result, code)));
}

strata_result probe_results(strata_finding *finding) {
    strata_line line;
    STRATA_TRY(strata_fit_linear((strata_point[]){{1, 12}, {2, 14}, {3, 16}}, 3, &line));
    strata_point points[8];
    curve(points);
    strata_usl law;
    STRATA_TRY(strata_fit_usl(points, 8, &law));
    strata_texts names, none;
    STRATA_TRY(strata_values("checks", "check", &names));
    STRATA_TRY(strata_values("checks", "nothing", &none));
    bool one = names.count == 1 && same(names.items[0], "status is 200");

    strata_row(finding, "slope", line.slope, "", near(line.slope, 2));
    strata_row(finding, "intercept", line.intercept, "", near(line.intercept, 10));
    strata_row(finding, "slope's interval", line.slope_high - line.slope_low, "",
               passed(line.slope_low <= line.slope_high));
    strata_row(finding, "lambda", law.lambda, "", near(law.lambda, 100));
    strata_row(finding, "sigma", law.sigma, "", near(law.sigma, 0.5));
    strata_row(finding, "kappa", law.kappa, "", passed(law.kappa < 1e-6));
    strata_row(finding, "sigma's interval", law.sigma_high - law.sigma_low, "",
               passed(law.sigma_low <= law.sigma_high));
    strata_row(finding, "peak", law.peak.value, "", passed(!law.peak.given || law.peak.value > 100));
    strata_row(finding, "names of checks", (double)names.count, "", passed(one));
    strata_row(finding, "no such tag", 0, "", passed(none.count == 0));

    strata_point *many = strata_alloc(1001 * sizeof *many);
    for (int i = 0; i < 1001; i++) many[i] = (strata_point){1, 1};
    strata_point infinite = {1, INFINITY};
    refused(finding, "values: no selector", strata_values("checks{", "check", &none), "bad-selector");
    refused(finding, "line: one place", strata_fit_linear((strata_point[]){{1, 1}, {1, 2}}, 2, &line),
            "too-few-points");
    refused(finding, "line: NaN", strata_fit_linear((strata_point[]){{1, 1}, {2, NAN}}, 2, &line), "bad-point");
    refused(finding, "line: 1,001 points", strata_fit_linear(many, 1001, &line), "too-many-points");
    refused(finding, "law: five levels", strata_fit_usl(points, 5, &law), "too-few-points");
    refused(finding, "law: infinite", strata_fit_usl(&infinite, 1, &law), "bad-point");
    refused(finding, "law: 1,001 points", strata_fit_usl(many, 1001, &law), "too-many-points");
    return STRATA_OK;
}
