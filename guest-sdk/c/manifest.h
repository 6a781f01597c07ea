/* From manifests and findings to what the engine reads. Not for scenarios: `strata.h` is. */
#ifndef STRATA_MANIFEST_H
#define STRATA_MANIFEST_H

#include "generated/scenario.h"
#include "strata.h"

void strata_lift_manifest(const strata_manifest *manifest, scenario_manifest_t *lifted);

void strata_lift_findings(const strata_findings *findings, scenario_list_finding_t *lifted);

#endif
