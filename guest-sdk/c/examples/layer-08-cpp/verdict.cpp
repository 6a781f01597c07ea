#include "verdict.hpp"

/* Contention of which at least this is certain means that requests are handled one at a time. */
constexpr double SERIAL = 0.5;

static std::string fixed(double value, int decimals) { return strata_format("%.*f", decimals, value); }

/* A number with at most two decimals: `85.54`, `171.6`, `0`. */
static std::string figure(double value) {
    std::string text = fixed(value, 2);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text == "-0" ? "0" : text;
}

/* Whether throughput rises with concurrency, and what the curve says about it. */
static std::string grows(const Scaling &scaling) {
    const Level &first = scaling.levels.front(), &last = scaling.levels.back();
    bool serial = scaling.law.sigma_low >= SERIAL;
    return std::string("; throughput ") + (serial ? "does not rise" : "rises") + " with concurrency: " + scaling.path +
           " answers " + figure(first.rate) + " req/s with " + std::to_string(first.users) + " and " +
           figure(last.rate) + " with " + std::to_string(last.users) + " users, contention sigma " +
           fixed(scaling.law.sigma, 3) + " (95 % interval " + fixed(scaling.law.sigma_low, 3) + " to " +
           fixed(scaling.law.sigma_high, 3) + ")" + (serial ? ", so requests are handled one at a time" : "");
}

/* Which endpoints are slow, with their figures, or that none is. */
static std::string analysis(const std::vector<Rate> &rates, double mean) {
    size_t slow = 0;
    std::string names;
    for (const Rate &rate : rates) {
        double value = rate.value.value_or(0);
        if (value >= ENDPOINT_MARK) continue;
        names += (slow++ ? ", " : "") + rate.path + " (" + fixed(value, 2) + " req/s)";
    }
    if (slow == 0 && mean >= LAYER_MARK) return "All endpoints answer 20 req/s or more";
    if (slow == 0) return "All endpoints answer 20 req/s or more, but their mean is below 50";
    if (slow == rates.size()) return "No endpoint reaches 20 req/s: " + names;
    return std::to_string(slow) + " of " + std::to_string(rates.size()) + " endpoints below 20 req/s: " + names;
}

void conclude(strata::Finding finding, const std::vector<Rate> &rates, const std::optional<Scaling> &scaling) {
    if (std::ranges::none_of(rates, [](const Rate &rate) { return rate.value.has_value(); })) {
        finding.analysis("No endpoint gave a good answer");
        return;
    }
    double sum = 0;
    for (const Rate &rate : rates) sum += rate.value.value_or(0);
    double mean = sum / static_cast<double>(rates.size());
    finding.value(mean).text(fixed(mean, 2) + " req/s");
    finding.analysis(analysis(rates, mean) + (scaling ? grows(*scaling) : ""));
    for (const Rate &rate : rates) {
        double value = rate.value.value_or(0);
        finding.row(rate.path, value, "req/s", value >= ENDPOINT_MARK);
    }
}
