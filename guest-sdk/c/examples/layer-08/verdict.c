#include "verdict.h"

#include <math.h>

/* Contention of which at least this is certain means that requests are handled one at a time. */
#define SERIAL 0.5

strata_point point_of(const level *level) {
    return (strata_point){fmax(level->rate * level->ms / 1000, 1), level->rate};
}

/* A number with at most two decimals: `85.54`, `171.6`, `0`. */
static const char *figure(double value) {
    const char *text = strata_format("%.2f", value);
    size_t length = strlen(text);
    while (text[length - 1] == '0') length--;
    if (text[length - 1] == '.') length--;
    text = strata_copy_of(text, length);
    return strcmp(text, "-0") == 0 ? "0" : text;
}

/* Whether throughput rises with concurrency, and what the curve says about it. */
static const char *grows(const scaling *scaling) {
    const level *first = &scaling->levels[0], *last = &scaling->levels[scaling->count - 1];
    const strata_usl *law = &scaling->law;
    bool serial = law->sigma_low >= SERIAL;
    return strata_format(
        "; throughput %s with concurrency: %s answers %s req/s with %u and %s with %u users, contention sigma %.3f (95 %% "
        "interval %.3f to %.3f)%s",
        serial ? "does not rise" : "rises", scaling->path, figure(first->rate), (unsigned)first->users,
        figure(last->rate), (unsigned)last->users, law->sigma, law->sigma_low, law->sigma_high,
        serial ? ", so requests are handled one at a time" : "");
}

/* Which endpoints are slow, with their figures, or that none is. */
static const char *analysis(const endpoint_rate *rates, size_t count, double mean) {
    size_t slow = 0;
    const char *names = "";
    for (size_t i = 0; i < count; i++) {
        double rate = rates[i].rate.value;
        if (rate >= ENDPOINT_MARK) continue;
        names = strata_format("%s%s%s (%.2f req/s)", names, slow ? ", " : "", rates[i].path, rate);
        slow++;
    }
    if (slow == 0 && mean >= LAYER_MARK) return "All endpoints answer 20 req/s or more";
    if (slow == 0) return "All endpoints answer 20 req/s or more, but their mean is below 50";
    if (slow == count) return strata_format("No endpoint reaches 20 req/s: %s", names);
    return strata_format("%zu of %zu endpoints below 20 req/s: %s", slow, count, names);
}

void conclude(strata_findings *findings, const endpoint_rate *rates, size_t count, const scaling *scaling) {
    strata_finding *finding = strata_finding_about(findings, "throughput");
    double sum = 0;
    size_t answering = 0;
    for (size_t i = 0; i < count; i++) {
        sum += rates[i].rate.value;
        answering += rates[i].rate.given;
    }
    if (answering == 0) {
        strata_analysis(finding, "No endpoint gave a good answer");
        return;
    }
    double mean = sum / (double)count;
    strata_value_text(strata_value(finding, mean), "%.2f req/s", mean);
    strata_analysis(finding, "%s%s", analysis(rates, count, mean), scaling ? grows(scaling) : "");
    for (size_t i = 0; i < count; i++) {
        double rate = rates[i].rate.value;
        strata_row(finding, rates[i].path, rate, "req/s", rate >= ENDPOINT_MARK ? STRATA_PASSED : STRATA_FAILED);
    }
}
