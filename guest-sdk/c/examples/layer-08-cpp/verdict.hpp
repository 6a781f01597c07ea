/* From the rates of the endpoints to a finding. */
#pragma once

#include <algorithm>

#include "strata.hpp"

/* The mean rate that the layer must reach, and that of each endpoint, in requests per second. */
constexpr double LAYER_MARK = 50, ENDPOINT_MARK = 20;

/* An endpoint's good answers per second; nothing if it had none. */
struct Rate {
    std::string path;
    std::optional<double> value;
};

/* So many users of one endpoint: good answers per second, and their mean time. */
struct Level {
    uint32_t users;
    double rate, ms;

    /* Its concurrency, throughput times response time, and its throughput. */
    strata::Point point() const { return {std::max(rate * ms / 1000, 1.0), rate}; }
};

/* What an endpoint's throughput does when more users ask, from few users to many. */
struct Scaling {
    std::string path;
    std::vector<Level> levels;
    strata::Usl law;
};

/* Fills the finding about `throughput`. An endpoint without a good answer counts as 0 req/s, unless none has one: then
 * there is nothing to judge. */
void conclude(strata::Finding finding, const std::vector<Rate> &rates, const std::optional<Scaling> &scaling);
