/* Builders of what a scenario says of itself and finds out, and their way to the engine. */
#include "manifest.h"

#include "arena.h"

/* Adds a new element to the end of a list. */
#define APPEND(list, element)                                                                                         \
    do {                                                                                                              \
        __typeof__(*(list)) **last = &(list);                                                                        \
        while (*last) last = &(*last)->next;                                                                          \
        *last = (element);                                                                                            \
    } while (0)

static strata_whole whole(uint32_t value) { return (strata_whole){true, value}; }

static void option(strata_option **list, const char *name, const char *value) {
    strata_option *added = strata_alloc(sizeof *added);
    added->pair = (strata_pair){strata_copy(name), strata_copy(value)};
    APPEND(*list, added);
}

/* --- The manifest --------------------------------------------------------------------------------------------- */

void strata_name(strata_manifest *manifest, const char *name) { manifest->name = strata_copy(name); }

void strata_layer(strata_manifest *manifest, uint32_t number, const char *title, const char *area) {
    manifest->has_layer = true;
    manifest->layer_number = number;
    manifest->layer_title = strata_copy(title);
    manifest->layer_area = strata_copy(area);
}

void strata_fix_priority(strata_manifest *manifest, strata_priority priority) { manifest->fix_priority = priority; }

void strata_declare(strata_manifest *manifest, strata_kind kind, const char *name, const char *unit) {
    strata_metric *metric = strata_alloc(sizeof *metric);
    *metric = (strata_metric){strata_copy(name), kind, strata_copy(unit), NULL};
    APPEND(manifest->metrics, metric);
}

static void needs(strata_manifest *manifest, const char *kind, const char *name) {
    strata_need *need = strata_alloc(sizeof *need);
    *need = (strata_need){kind, strata_copy(name), NULL};
    APPEND(manifest->needs, need);
}

void strata_needs_host(strata_manifest *manifest, const char *host) { needs(manifest, "host", host); }

void strata_needs_env(strata_manifest *manifest, const char *key) { needs(manifest, "env", key); }

void strata_needs_data(strata_manifest *manifest, const char *set) { needs(manifest, "data", set); }

void strata_needs_kv(strata_manifest *manifest, const char *space) { needs(manifest, "kv", space); }

void strata_needs_secret(strata_manifest *manifest, const char *name) { needs(manifest, "secret", name); }

/* --- Stages --------------------------------------------------------------------------------------------------- */

static strata_stage *stage(strata_manifest *manifest, const char *executor, const char *name, uint32_t vus) {
    strata_stage *added = strata_alloc(sizeof *added);
    added->name = strata_copy(name);
    added->executor = executor;
    added->vus = whole(vus);
    APPEND(manifest->stages, added);
    return added;
}

strata_stage *strata_constant_vus(strata_manifest *manifest, const char *name, uint32_t vus, uint32_t duration_ms) {
    strata_stage *added = stage(manifest, "constant-vus", name, vus);
    added->duration_ms = whole(duration_ms);
    return added;
}

strata_stage *strata_per_vu_iterations(strata_manifest *manifest, const char *name, uint32_t vus,
                                       uint32_t iterations) {
    strata_stage *added = stage(manifest, "per-vu-iterations", name, vus);
    added->iterations = whole(iterations);
    return added;
}

strata_stage *strata_shared_iterations(strata_manifest *manifest, const char *name, uint32_t vus,
                                       uint32_t iterations) {
    strata_stage *added = stage(manifest, "shared-iterations", name, vus);
    added->iterations = whole(iterations);
    return added;
}

strata_stage *strata_ramping_vus(strata_manifest *manifest, const char *name, uint32_t vus) {
    return stage(manifest, "ramping-vus", name, vus);
}

strata_stage *strata_constant_arrival_rate(strata_manifest *manifest, const char *name, uint32_t rate, uint32_t vus,
                                           uint32_t duration_ms) {
    strata_stage *added = stage(manifest, "constant-arrival-rate", name, vus);
    added->rate = whole(rate);
    added->duration_ms = whole(duration_ms);
    return added;
}

strata_stage *strata_ramping_arrival_rate(strata_manifest *manifest, const char *name, uint32_t rate, uint32_t vus) {
    strata_stage *added = stage(manifest, "ramping-arrival-rate", name, vus);
    added->rate = whole(rate);
    return added;
}

strata_stage *strata_ramp(strata_stage *stage, uint32_t duration_ms, uint32_t target) {
    strata_point_of_ramp *point = strata_alloc(sizeof *point);
    *point = (strata_point_of_ramp){duration_ms, target, NULL};
    APPEND(stage->ramps, point);
    return stage;
}

strata_stage *strata_max_vus(strata_stage *stage, uint32_t vus) {
    stage->max_vus = whole(vus);
    return stage;
}

strata_stage *strata_time_unit(strata_stage *stage, uint32_t ms) {
    stage->time_unit_ms = whole(ms);
    return stage;
}

strata_stage *strata_poisson(strata_stage *stage) {
    option(&stage->options, "arrival", "poisson");
    return stage;
}

strata_stage *strata_start_time(strata_stage *stage, uint32_t ms) {
    stage->start_time_ms = whole(ms);
    return stage;
}

strata_stage *strata_graceful_stop(strata_stage *stage, uint32_t ms) {
    stage->graceful_stop_ms = whole(ms);
    return stage;
}

strata_stage *strata_graceful_ramp_down(strata_stage *stage, uint32_t ms) {
    stage->graceful_ramp_down_ms = whole(ms);
    return stage;
}

strata_stage *strata_max_duration(strata_stage *stage, uint32_t ms) {
    stage->duration_ms = whole(ms);
    return stage;
}

strata_stage *strata_warm_up(strata_stage *stage) {
    stage->warm_up = true;
    return stage;
}

strata_stage *strata_tag(strata_stage *stage, const char *name, const char *value) {
    option(&stage->tags, name, value);
    return stage;
}

/* --- Goals ---------------------------------------------------------------------------------------------------- */

static strata_goal *goal(strata_manifest *manifest, const char *op, const char *name, double target,
                         const char *unit) {
    strata_goal *added = strata_alloc(sizeof *added);
    added->name = strata_copy(name);
    added->unit = strata_copy(unit);
    added->op = op;
    added->target = target;
    APPEND(manifest->goals, added);
    return added;
}

strata_goal *strata_at_least(strata_manifest *manifest, const char *name, double target, const char *unit) {
    return goal(manifest, ">=", name, target, unit);
}

strata_goal *strata_at_most(strata_manifest *manifest, const char *name, double target, const char *unit) {
    return goal(manifest, "<=", name, target, unit);
}

strata_goal *strata_above(strata_manifest *manifest, const char *name, double target, const char *unit) {
    return goal(manifest, ">", name, target, unit);
}

strata_goal *strata_below(strata_manifest *manifest, const char *name, double target, const char *unit) {
    return goal(manifest, "<", name, target, unit);
}

strata_goal *strata_measured(strata_goal *goal, const char *selector, const char *aggregate) {
    goal->selector = strata_copy(selector);
    goal->aggregate = strata_copy(aggregate);
    return goal;
}

strata_goal *strata_warn_bound(strata_goal *goal, double bound) {
    goal->warn = (strata_number){true, bound};
    return goal;
}

strata_goal *strata_in_windows(strata_goal *goal, uint32_t seconds, double percent) {
    option(&goal->options, "over", strata_format("%us", (unsigned)seconds));
    option(&goal->options, "met", strata_format("%.15g%%", percent));
    return goal;
}

strata_goal *strata_abort_on_fail(strata_goal *goal, uint32_t delay_ms) {
    option(&goal->options, "abort-on-fail", "true");
    option(&goal->options, "delay", strata_format("%ums", (unsigned)delay_ms));
    return goal;
}

/* --- Findings ------------------------------------------------------------------------------------------------- */

strata_finding *strata_finding_about(strata_findings *findings, const char *goal) {
    strata_finding *added = strata_alloc(sizeof *added);
    added->goal = strata_copy(goal);
    added->last_row = &added->rows;
    APPEND(findings->first, added);
    return added;
}

strata_finding *strata_value(strata_finding *finding, double value) {
    finding->value = (strata_number){true, value};
    return finding;
}

strata_finding *strata_value_text(strata_finding *finding, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    finding->text = strata_vformat(format, arguments);
    va_end(arguments);
    return finding;
}

strata_finding *strata_analysis(strata_finding *finding, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    finding->analysis = strata_vformat(format, arguments);
    va_end(arguments);
    return finding;
}

strata_finding *strata_row(strata_finding *finding, const char *label, double value, const char *unit,
                           strata_verdict verdict) {
    strata_row_of_finding *row = strata_alloc(sizeof *row);
    *row = (strata_row_of_finding){strata_copy(label), value, strata_copy(unit), verdict, NULL};
    *finding->last_row = row;
    finding->last_row = &row->next;
    return finding;
}

/* --- To the engine -------------------------------------------------------------------------------------------- */

/* Makes an array of what a list holds: `made` is filled for each `element` by what follows. */
#define EACH(list, lifted_list, element, made)                                                                        \
    for (__typeof__(*(list)) *of = (list); of; of = of->next) (lifted_list).len++;                                        \
    (lifted_list).ptr = strata_alloc((lifted_list).len * sizeof *(lifted_list).ptr);                                  \
    __typeof__(*(lifted_list).ptr) *made = (lifted_list).ptr;                                                          \
    for (__typeof__(*(list)) *element = (list); element; element = element->next, made++)

static scenario_option_u32_t lifted_whole(strata_whole value) {
    return (scenario_option_u32_t){value.given, value.value};
}

static scenario_option_f64_t lifted_number(strata_number value) {
    return (scenario_option_f64_t){value.given, value.value};
}

static strata_scenario_types_list_pair_t lifted_options(const strata_option *options) {
    strata_scenario_types_list_pair_t lifted = {NULL, 0};
    EACH(options, lifted, element, made) {
        made->name = strata_lent(element->pair.name);
        made->value = strata_lent(element->pair.value);
    }
    return lifted;
}

static strata_scenario_types_stage_t lifted_stage(const strata_stage *stage) {
    strata_scenario_types_stage_t lifted = {
        .name = strata_lent(stage->name),
        .executor = strata_lent(stage->executor),
        .vus = lifted_whole(stage->vus),
        .max_vus = lifted_whole(stage->max_vus),
        .iterations = lifted_whole(stage->iterations),
        .rate = lifted_whole(stage->rate),
        .time_unit_ms = lifted_whole(stage->time_unit_ms),
        .duration_ms = lifted_whole(stage->duration_ms),
        .graceful_stop_ms = lifted_whole(stage->graceful_stop_ms),
        .graceful_ramp_down_ms = lifted_whole(stage->graceful_ramp_down_ms),
        .start_time_ms = lifted_whole(stage->start_time_ms),
        .warm_up = stage->warm_up,
        .tags = lifted_options(stage->tags),
        .options = lifted_options(stage->options),
    };
    EACH(stage->ramps, lifted.ramps, point, made) {
        made->duration_ms = point->duration_ms;
        made->target = point->target;
    }
    return lifted;
}

static strata_scenario_types_goal_t lifted_goal(const strata_goal *goal) {
    return (strata_scenario_types_goal_t){
        .name = strata_lent(goal->name),
        .unit = strata_lent(goal->unit),
        .op = strata_lent(goal->op),
        .target = goal->target,
        .warn = lifted_number(goal->warn),
        .measure = {.is_some = goal->selector != NULL,
                    .val = {strata_lent(goal->selector), strata_lent(goal->aggregate)}},
        .options = lifted_options(goal->options),
    };
}

static const char *const KINDS[] = {"counter", "gauge", "rate", "trend"};

static const uint8_t PRIORITIES[] = {
    STRATA_SCENARIO_TYPES_PRIORITY_CRITICAL,
    STRATA_SCENARIO_TYPES_PRIORITY_HIGH,
    STRATA_SCENARIO_TYPES_PRIORITY_MEDIUM,
    STRATA_SCENARIO_TYPES_PRIORITY_LOW,
};

strata_manifest strata_described(void) {
    strata_manifest manifest = {.fix_priority = STRATA_MEDIUM};
    scenario_describe(&manifest);
    return manifest;
}

void strata_lift_manifest(const strata_manifest *manifest, scenario_manifest_t *lifted) {
    *lifted = (scenario_manifest_t){
        .name = strata_lent(manifest->name),
        .layer = {.is_some = manifest->has_layer,
                  .val = {manifest->layer_number, strata_lent(manifest->layer_title),
                          strata_lent(manifest->layer_area)}},
        .fix_priority = PRIORITIES[manifest->fix_priority],
    };
    EACH(manifest->stages, lifted->stages, stage, made_stage) *made_stage = lifted_stage(stage);
    EACH(manifest->goals, lifted->goals, goal, made_goal) *made_goal = lifted_goal(goal);
    EACH(manifest->metrics, lifted->metrics, metric, made_metric) {
        made_metric->name = strata_lent(metric->name);
        made_metric->kind = strata_lent(KINDS[metric->kind]);
        made_metric->unit = strata_lent(metric->unit);
    }
    EACH(manifest->needs, lifted->needs, need, made_need) {
        made_need->kind = strata_lent(need->kind);
        made_need->name = strata_lent(need->name);
    }
}

static strata_scenario_types_finding_t lifted_finding(const strata_finding *finding) {
    strata_scenario_types_finding_t lifted = {
        .goal = strata_lent(finding->goal),
        .value = lifted_number(finding->value),
        .text = {.is_some = finding->text != NULL, .val = strata_lent(finding->text)},
        .analysis = strata_lent(finding->analysis),
    };
    EACH(finding->rows, lifted.breakdown, row, made) {
        made->label = strata_lent(row->label);
        made->value = row->value;
        made->unit = strata_lent(row->unit);
        made->passed = (scenario_option_bool_t){row->verdict != STRATA_INFORMS, row->verdict == STRATA_PASSED};
    }
    return lifted;
}

void strata_lift_findings(const strata_findings *findings, scenario_list_finding_t *lifted) {
    *lifted = (scenario_list_finding_t){NULL, 0};
    EACH(findings->first, *lifted, finding, made) *made = lifted_finding(finding);
}
