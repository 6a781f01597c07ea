/* What the files of the probe share. */
#ifndef PROBE_H
#define PROBE_H

#include "strata.h"

/* One iteration in that mode; `iterations` counts those of this instance, from 1. */
strata_result probe_mode(const char *mode, const strata_context *context, uint32_t iterations);

/* Modes with a file of their own. */
strata_result probe_send(void);
strata_result probe_unicode(void);
strata_result probe_large(void);
strata_result probe_errors(void);
strata_result probe_uncaught(void);
strata_result probe_statuses(void);
strata_result probe_together(void);
strata_result probe_web(void);
strata_result probe_stream(void);
strata_result probe_share(const strata_context *context);

/* Every function for `judge`, each answer a row. */
strata_result probe_results(strata_finding *finding);

/* `describe=rich`. */
void probe_rich(strata_manifest *manifest);

/* Whether two texts are the same; NULL is the same as nothing else. */
static inline bool same(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }

/* Whether an env has that value. */
static inline bool env_is(const char *name, const char *value) { return same(strata_env(name), value); }

#endif
