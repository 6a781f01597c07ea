//! Phase file, manifests and flags become a plan.

use std::path::{Path, PathBuf};

use super::changes::{GoalChange, Quantity, StageChange};
use super::phase::{LayerEntry, PhaseFile};
use super::{Fault, Flags, bounds, granted, order, transport};
use crate::plan::{Goal, LayerPlan, Limits, Manifest, PhasePlan, RunPlan, Stage, StageSpec, Watch, shown};

/// A component that has said what it is.
pub struct Described {
    /// Its file.
    pub source: PathBuf,
    /// SHA-256 in hexadecimal.
    pub digest: String,
    /// What it said.
    pub manifest: Manifest,
}

/// The plan of a phase, whose layers are described in the same order; without a file, of one scenario alone. Also which
/// of the described ones its layers are.
///
/// # Errors
/// Everything that is wrong, with its place. Where a layer could not be described there is no plan, and the faults of the
/// others, if there are any.
pub fn resolve(
    file: Option<&PhaseFile>,
    described: Vec<Option<Described>>,
    flags: &Flags,
) -> Result<(RunPlan, Vec<usize>), Vec<Fault>> {
    let mut faults = Vec::new();
    let target =
        flags.target.clone().or_else(|| file.and_then(|file| Some(file.head.target.as_ref()?.name.clone())));
    if target.is_none() {
        let hint = if file.is_some() { ", or `target` in `[phase]`" } else { "" };
        faults.push(Fault::of_arguments(format!(
            "no target is given (hint: `--target http://127.0.0.1:8080`{hint})"
        )));
    }
    let first = described.iter().flatten().next();
    let alone = first.map(|first| first.manifest.name.clone()).unwrap_or_default();
    let complete = described.iter().all(Option::is_some);
    let mut layers = Vec::with_capacity(described.len());
    for (index, described) in described.into_iter().enumerate() {
        let entry = file.and_then(|file| Some((file, file.layers.get(index)?)));
        layers.extend(described.map(|described| layer(entry, described, flags, &mut faults)));
    }
    if !complete {
        // Layers wait for each other by names, and not all of them are known.
        return Err(faults);
    }
    let (transport, left_out) = transport::agreed(file, flags);
    faults.extend(transport.faults().into_iter().map(Fault::of_arguments));
    order::order(file, &mut layers, &mut faults);
    let (layers, kept) = order::select(layers, flags, &mut faults);
    bounds::check(&layers, flags, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    let plan = RunPlan {
        phase: file.map_or_else(
            || PhasePlan { number: None, title: alone, success_rate: 100.0 },
            |file| PhasePlan {
                number: file.head.number,
                title: file.head.title.clone(),
                success_rate: file.head.success_rate,
            },
        ),
        pack: None,
        target: target.unwrap_or_default(),
        tags: flags.tags.clone(),
        seed: flags.seed,
        private: flags.private,
        transport,
        censor_dropped: flags.censor_dropped,
        room: flags.room.unwrap_or(0),
        workers: flags.workers.max(1),
        limits: limits_of(file, flags)
            .map(|limits| limits.changed().into_iter().map(|(name, text)| (name.to_owned(), text)).collect())
            .unwrap_or_default(),
        warnings: [left_out, granted::unread(file, flags, &layers, &kept)].concat(),
        layers,
    };
    Ok((plan, kept))
}

fn layer(
    place: Option<(&PhaseFile, &LayerEntry)>,
    described: Described,
    flags: &Flags,
    faults: &mut Vec<Fault>,
) -> LayerPlan {
    let Described { source, digest, manifest } = described;
    granted::check(&source, &manifest, (place.map(|(file, _)| file), flags), faults);
    let mut specs = manifest.stages;
    let mut goals = manifest.goals;
    let (file, entry) = place.unzip();
    if let Some((file, entry)) = place {
        for change in &entry.stages {
            change_stage(file, change, &mut specs, faults);
        }
        for change in &entry.goals {
            change_goal(file, change, &mut goals, faults);
        }
    }
    let env = env_of(entry, flags);
    let of_layer = entry.map(|entry| entry.timeouts).unwrap_or_default();
    let of_phase = file.map(|file| file.head.timeouts).unwrap_or_default();
    let web = entry.map_or_else(|| flags.web.clone(), |entry| flags.web.clone().or(&entry.web));
    let name = entry.and_then(|entry| entry.name.as_ref()).map(|named| named.name.clone());
    LayerPlan {
        scenario: name.unwrap_or(manifest.name),
        stages: stages(&source, place, specs, flags, faults),
        source,
        digest,
        place: manifest.place,
        goals,
        metrics: manifest.metrics,
        priority: manifest.priority,
        needs: manifest.needs,
        env,
        timeouts: flags.timeouts.or(of_layer).or(of_phase),
        web: file.map_or_else(|| web.clone(), |file| web.clone().or(&file.head.web)),
        after: Vec::new(),
        only_if: Vec::new(),
        start_time: entry.and_then(|entry| entry.start_time).unwrap_or_default(),
    }
}

/// What `run.env` answers in a layer: the phase file's values, and the command line's in place of those of the same
/// name.
pub fn env_of(entry: Option<&LayerEntry>, flags: &Flags) -> Vec<(String, String)> {
    let mut env = entry.map(|entry| entry.env.clone()).unwrap_or_default();
    for (name, value) in &flags.env {
        env.retain(|(known, _)| known != name);
        env.push((name.clone(), value.clone()));
    }
    env
}

/// What scenarios may take: the phase file's limits, and the command line's in place of those of the same name.
///
/// # Errors
/// A value of the command line that is none.
pub fn limits_of(file: Option<&PhaseFile>, flags: &Flags) -> Result<Limits, Fault> {
    let mut limits = file.map(|file| file.limits).unwrap_or_default();
    for (name, value) in &flags.limits {
        limits.set(name, value).map_err(|why| Fault::of_arguments(format!("--limit: {why}")))?;
    }
    Ok(limits)
}

/// The stages, checked. What the phase file made wrong is said at its place, the rest of the scenario's file.
fn stages(
    source: &Path,
    place: Option<(&PhaseFile, &LayerEntry)>,
    specs: Vec<StageSpec>,
    flags: &Flags,
    faults: &mut Vec<Fault>,
) -> Vec<Stage> {
    // As they were before the command line changed them.
    let wrong: Vec<_> = specs.iter().flat_map(|spec| spec.check().err().unwrap_or_default()).collect();
    let mut stages = Vec::with_capacity(specs.len());
    for spec in flags.change(specs) {
        let change = place.and_then(|(file, entry)| {
            Some((file, entry.stages.iter().find(|change| change.spec.name == spec.name)?))
        });
        let fault = |message: String| match change {
            Some((file, change)) if wrong.contains(&message) => file.fault(change.spot, message),
            _ => Fault { path: Some(source.to_owned()), spot: None, message },
        };
        match spec.check() {
            Ok(stage) => stages.push(stage),
            Err(why) => faults.extend(why.into_iter().map(fault)),
        }
    }
    stages
}

fn change_stage(file: &PhaseFile, change: &StageChange, specs: &mut [StageSpec], faults: &mut Vec<Fault>) {
    let names: Vec<_> = specs.iter().map(|spec| spec.name.clone()).collect();
    let wanted = &change.spec.name;
    let Some(spec) = specs.iter_mut().find(|spec| spec.name == *wanted) else {
        let message = format!("the scenario has no stage `{}` (hint: {})", shown(wanted), names.join(", "));
        faults.push(file.fault(change.spot, message));
        return;
    };
    if let Some(executor) = change.executor.as_ref().filter(|executor| **executor != spec.executor) {
        spec.switch(executor);
    }
    spec.change(&change.spec);
    spec.warm_up = change.warm_up.unwrap_or(spec.warm_up);
}

fn change_goal(file: &PhaseFile, change: &GoalChange, goals: &mut Vec<Goal>, faults: &mut Vec<Fault>) {
    let at = match goals.iter().position(|goal| goal.name == change.name) {
        Some(at) => at,
        None => match new_goal(file, change, goals) {
            Ok(goal) => {
                goals.push(goal);
                goals.len() - 1
            }
            Err(fault) => return faults.push(fault),
        },
    };
    let Some(goal) = goals.get_mut(at) else { return };
    let unit = goal.unit.clone();
    let mut checked = |quantity: &Option<Quantity>| {
        let quantity = quantity.as_ref()?;
        if !quantity.unit.is_empty() && quantity.unit != unit {
            faults.push(file.fault(
                quantity.spot,
                format!(
                    "goal `{}` is in `{unit}`, not in `{}` (hint: \"{} {unit}\")",
                    change.name,
                    shown(&quantity.unit),
                    crate::plan::number_text(quantity.value)
                ),
            ));
            return None;
        }
        Some(quantity.value)
    };
    let (target, warn) = (checked(&change.target), checked(&change.warn));
    goal.target = target.unwrap_or(goal.target);
    // A warn bound that was made for another target says nothing about this one.
    goal.warn = if target.is_some() { warn } else { warn.or(goal.warn) };
    goal.op = change.op.unwrap_or(goal.op);
    if let Some(measure) = &change.measure {
        goal.measure = Some(measure.clone());
    }
    match change.watch.or(goal.watch.into()).check(goal.measure.is_some()) {
        Ok(watch) => goal.watch = watch,
        Err(why) => faults.extend(
            why.into_iter().map(|why| file.fault(change.spot, format!("goal `{}`: {why}", change.name))),
        ),
    }
}

/// A goal of the phase's own: it needs all that a scenario's goal has.
fn new_goal(file: &PhaseFile, change: &GoalChange, goals: &[Goal]) -> Result<Goal, Fault> {
    let shown = shown(&change.name);
    let (Some(measure), Some(op), Some(target)) = (&change.measure, change.op, &change.target) else {
        let names: Vec<_> = goals.iter().map(|goal| goal.name.as_str()).collect();
        let hint = if names.is_empty() { "it has no goals".to_owned() } else { names.join(", ") };
        let own = "a goal of its own has `measure`, `op` and `target`";
        return Err(
            file.fault(change.spot, format!("the scenario has no goal `{shown}` (hint: {hint}; {own})"))
        );
    };
    Ok(Goal {
        name: change.name.clone(),
        unit: target.unit.clone(),
        op,
        target: target.value,
        warn: None,
        measure: Some(measure.clone()),
        watch: Watch::default(),
    })
}

#[cfg(test)]
mod tests;
