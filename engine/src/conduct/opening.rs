//! A plan in the words of `events.jsonl`, and back as far as its goals are concerned.

use std::time::Duration;

use super::summarise::priority_word;
use crate::clock::rfc3339;
use crate::event::{EVENTS_SCHEMA, GoalStart, LayerStart, MetricStart, PackReport, PhaseReport, RunStart};
use crate::plan::{
    Goal, LayerPlan, Measure, Metric, MetricKind, Place, Priority, RunPlan, Timeouts, Watch, Web,
};

/// What is about to run.
pub(super) fn start(plan: &RunPlan, id: &str, now: Duration) -> RunStart {
    RunStart {
        schema: EVENTS_SCHEMA.to_owned(),
        id: id.to_owned(),
        target: plan.target.clone(),
        pack: plan
            .pack
            .as_ref()
            .map(|pack| PackReport { digest: pack.digest.clone(), signed_by: pack.signed_by.clone() }),
        started_at: rfc3339(now),
        unix_s: now.as_secs_f64(),
        workers: plan.workers,
        seed: plan.seed,
        tags: plan.tags.clone(),
        limits: plan.limits.clone(),
        notes: plan.transport.notes(),
        strata: env!("CARGO_PKG_VERSION").to_owned(),
        phase: PhaseReport {
            number: plan.phase.number,
            title: plan.phase.title.clone(),
            success_rate: 0.0,
            success_rate_target: plan.phase.success_rate,
            passed: 0,
            total: plan.layers.len(),
        },
        layers: plan.layers.iter().map(layer).collect(),
    }
}

fn layer(layer: &LayerPlan) -> LayerStart {
    let place = layer.place.as_ref();
    LayerStart {
        number: place.map(|place| place.number),
        title: place.map_or_else(|| layer.scenario.clone(), |place| place.title.clone()),
        area: place.map(|place| place.area.clone()).unwrap_or_default(),
        scenario: layer.scenario.clone(),
        digest: layer.digest.clone(),
        fix_priority: priority_word(layer.priority).to_owned(),
        goals: layer.goals.iter().map(goal).collect(),
        metrics: layer
            .metrics
            .iter()
            .map(|metric| MetricStart {
                name: metric.name.clone(),
                kind: metric.kind.as_str().to_owned(),
                unit: metric.unit.clone(),
            })
            .collect(),
    }
}

fn goal(goal: &Goal) -> GoalStart {
    GoalStart {
        name: goal.name.clone(),
        unit: goal.unit.clone(),
        op: goal.op.to_string(),
        target: goal.target,
        warn: goal.warn,
        selector: goal.measure.as_ref().map(|measure| measure.selector.to_string()),
        aggregate: goal.measure.as_ref().map(|measure| measure.aggregate.to_string()),
    }
}

/// The layer that was planned, for a verdict on what was recorded of it.
///
/// # Errors
/// When the words are not those of a plan.
pub(super) fn plan(start: &LayerStart) -> Result<LayerPlan, String> {
    let goals = start.goals.iter().map(read_goal).collect::<Result<_, _>>()?;
    let mut metrics = Vec::with_capacity(start.metrics.len());
    for metric in &start.metrics {
        let kind = MetricKind::from_name(&metric.kind)
            .ok_or_else(|| format!("`{}` is not a kind of metric", metric.kind.escape_debug()))?;
        metrics.push(Metric { name: metric.name.clone(), kind, unit: metric.unit.clone() });
    }
    let priorities = [Priority::Critical, Priority::High, Priority::Medium, Priority::Low];
    Ok(LayerPlan {
        scenario: start.scenario.clone(),
        source: std::path::PathBuf::new(),
        digest: start.digest.clone(),
        place: start.number.map(|number| Place {
            number,
            title: start.title.clone(),
            area: start.area.clone(),
        }),
        stages: Vec::new(),
        goals,
        metrics,
        priority: priorities
            .into_iter()
            .find(|priority| priority_word(*priority) == start.fix_priority)
            .unwrap_or(Priority::Medium),
        needs: Vec::new(),
        env: Vec::new(),
        timeouts: Timeouts::default(),
        web: Web::default(),
        after: Vec::new(),
        only_if: Vec::new(),
        start_time: Duration::ZERO,
    })
}

fn read_goal(start: &GoalStart) -> Result<Goal, String> {
    let measure = match (&start.selector, &start.aggregate) {
        (Some(selector), Some(aggregate)) => Some(Measure {
            selector: selector.parse().map_err(|error: crate::plan::SyntaxError| error.to_string())?,
            aggregate: aggregate.parse()?,
        }),
        _ => None,
    };
    Ok(Goal {
        name: start.name.clone(),
        unit: start.unit.clone(),
        op: start.op.parse()?,
        target: start.target,
        warn: start.warn,
        measure,
        watch: Watch::default(),
    })
}
