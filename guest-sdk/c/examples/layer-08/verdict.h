/* From the rates of the endpoints to a finding. */
#ifndef VERDICT_H
#define VERDICT_H

#include "strata.h"

/* The mean rate that the layer must reach, in requests per second. */
#define LAYER_MARK 50.0
/* The rate that each endpoint must reach. */
#define ENDPOINT_MARK 20.0

/* An endpoint's good answers per second; not given if it had none. */
typedef struct {
    const char *path;
    strata_number rate;
} endpoint_rate;

/* So many users of one endpoint: good answers per second, and their mean time. */
typedef struct {
    uint32_t users;
    double rate;
    double ms;
} level;

/* What an endpoint's throughput does when more users ask, from few users to many. */
typedef struct {
    const char *path;
    const level *levels;
    size_t count;
    strata_usl law;
} scaling;

/* A level as a point of the scalability law: its concurrency, throughput times response time, and its throughput. */
strata_point point_of(const level *level);

/* The finding about `throughput`. An endpoint without a good answer counts as 0 req/s, unless none has one: then there is
 * nothing to judge. `scaling` may be NULL. */
void conclude(strata_findings *findings, const endpoint_rate *rates, size_t count, const scaling *scaling);

#endif
