//! Phase file, manifests and flags become a plan.

use std::path::PathBuf;

use super::phase::{GoalChange, LayerEntry, PhaseFile, Quantity, StageChange};
use super::{Fault, Flags};
use crate::plan::{Goal, LayerPlan, Manifest, PhasePlan, RunPlan, Stage, StageSpec};

/// A component that has said what it is.
pub struct Described {
    /// Its file.
    pub source: PathBuf,
    /// SHA-256 in hexadecimal.
    pub digest: String,
    /// What it said.
    pub manifest: Manifest,
}

/// The plan of a phase, whose layers are described in the same order; without a file, of one scenario alone.
///
/// # Errors
/// Everything that is wrong, with its place.
pub fn resolve(
    file: Option<&PhaseFile>,
    described: Vec<Described>,
    flags: &Flags,
) -> Result<RunPlan, Vec<Fault>> {
    let mut faults = Vec::new();
    let target = flags.target.clone().or_else(|| file.and_then(|file| file.head.target.clone()));
    if target.is_none() {
        let hint = if file.is_some() { ", or `target` in `[phase]`" } else { "" };
        faults.push(Fault::of_arguments(format!(
            "no target is given (hint: `--target http://127.0.0.1:8080`{hint})"
        )));
    }
    let alone = described.first().map(|first| first.manifest.name.clone()).unwrap_or_default();
    let mut layers = Vec::with_capacity(described.len());
    for (index, described) in described.into_iter().enumerate() {
        let entry = file.and_then(|file| file.layers.get(index));
        layers.push(layer(file, entry, described, flags, &mut faults));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(RunPlan {
        phase: file.map_or_else(
            || PhasePlan { number: None, title: alone, success_rate: 100.0 },
            |file| PhasePlan {
                number: file.head.number,
                title: file.head.title.clone(),
                success_rate: file.head.success_rate,
            },
        ),
        target: target.unwrap_or_default(),
        layers,
        tags: flags.tags.clone(),
        seed: flags.seed,
        workers: flags.workers.max(1),
    })
}

fn layer(
    file: Option<&PhaseFile>,
    entry: Option<&LayerEntry>,
    described: Described,
    flags: &Flags,
    faults: &mut Vec<Fault>,
) -> LayerPlan {
    let Described { source, digest, manifest } = described;
    let mut specs = manifest.stages;
    let mut goals = manifest.goals;
    if let (Some(file), Some(entry)) = (file, entry) {
        for change in &entry.stages {
            change_stage(file, change, &mut specs, faults);
        }
        for change in &entry.goals {
            change_goal(file, change, &mut goals, faults);
        }
    }
    for host in &manifest.hosts {
        if !flags.hosts.contains(host) {
            faults.push(Fault {
                path: Some(source.clone()),
                spot: None,
                message: format!("needs the host `{host}` besides the target (hint: `--allow-host {host}`)"),
            });
        }
    }
    let mut env = entry.map(|entry| entry.env.clone()).unwrap_or_default();
    for (name, value) in &flags.env {
        env.retain(|(known, _)| known != name);
        env.push((name.clone(), value.clone()));
    }
    LayerPlan {
        scenario: manifest.name,
        stages: stages(&source, specs, flags, faults),
        source,
        digest,
        place: manifest.place,
        goals,
        metrics: manifest.metrics,
        priority: manifest.priority,
        env,
    }
}

fn stages(
    source: &std::path::Path,
    specs: Vec<StageSpec>,
    flags: &Flags,
    faults: &mut Vec<Fault>,
) -> Vec<Stage> {
    let mut stages = Vec::with_capacity(specs.len());
    for mut spec in specs {
        flags.change(&mut spec);
        match spec.check() {
            Ok(stage) => stages.push(stage),
            Err(why) => faults.extend(why.into_iter().map(|message| Fault {
                path: Some(source.to_owned()),
                spot: None,
                message,
            })),
        }
    }
    stages
}

fn change_stage(file: &PhaseFile, change: &StageChange, specs: &mut [StageSpec], faults: &mut Vec<Fault>) {
    let names: Vec<_> = specs.iter().map(|spec| spec.name.clone()).collect();
    let Some(spec) = specs.iter_mut().find(|spec| spec.name == change.name) else {
        faults.push(file.fault(
            change.spot,
            format!(
                "the scenario has no stage `{}` (hint: {})",
                change.name.escape_debug(),
                names.join(", ")
            ),
        ));
        return;
    };
    if let Some(executor) = &change.executor {
        // Parameters of the executor before mean nothing to this one.
        if *executor != spec.executor {
            (spec.iterations, spec.duration) = (None, None);
            spec.others.clear();
        }
        spec.executor.clone_from(executor);
    }
    spec.vus = change.vus.or(spec.vus);
    spec.iterations = change.iterations.or(spec.iterations);
    spec.duration = change.duration.or(spec.duration);
    spec.graceful_stop = change.graceful_stop.or(spec.graceful_stop);
}

fn change_goal(file: &PhaseFile, change: &GoalChange, goals: &mut [Goal], faults: &mut Vec<Fault>) {
    let names: Vec<_> = goals.iter().map(|goal| goal.name.clone()).collect();
    let Some(goal) = goals.iter_mut().find(|goal| goal.name == change.name) else {
        let hint = if names.is_empty() { "it has no goals".to_owned() } else { names.join(", ") };
        faults.push(file.fault(
            change.spot,
            format!("the scenario has no goal `{}` (hint: {hint})", change.name.escape_debug()),
        ));
        return;
    };
    let unit = goal.unit.clone();
    let mut checked = |quantity: &Option<Quantity>| {
        let quantity = quantity.as_ref()?;
        if !quantity.unit.is_empty() && quantity.unit != unit {
            faults.push(file.fault(
                quantity.spot,
                format!(
                    "goal `{}` is in `{unit}`, not in `{}` (hint: \"{} {unit}\")",
                    change.name,
                    quantity.unit.escape_debug(),
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Op, Priority};
    use std::path::Path;
    use std::time::Duration;

    fn described() -> Described {
        let stage = StageSpec {
            name: "main".into(),
            executor: "constant-vus".into(),
            vus: Some(2),
            duration: Some(Duration::from_secs(1)),
            ..StageSpec::default()
        };
        let goal = Goal {
            name: "p95".into(),
            unit: "ms".into(),
            op: Op::AtMost,
            target: 50.0,
            warn: Some(60.0),
            measure: None,
        };
        Described {
            source: "a.wasm".into(),
            digest: "d".into(),
            manifest: Manifest {
                name: "shop".into(),
                place: None,
                stages: vec![stage],
                goals: vec![goal],
                metrics: Vec::new(),
                priority: Priority::High,
                hosts: Vec::new(),
            },
        }
    }

    fn phase(more: &str) -> PhaseFile {
        let text = format!(
            "[phase]\ntitle = \"t\"\ntarget = \"http://file\"\n[[layer]]\nscenario = \"a.wasm\"\n{more}"
        );
        PhaseFile::parse(Path::new("p.toml"), &text).expect("a phase")
    }

    #[test]
    fn flags_are_stronger_than_the_file_and_the_file_than_the_scenario() {
        let file = phase(
            "env = { a = \"1\", b = \"1\" }\n[[layer.stage]]\nname = \"main\"\nvus = 5\n\
             [[layer.goal]]\nname = \"p95\"\ntarget = \"80 ms\"\n",
        );
        let flags = Flags {
            env: vec![("b".into(), "2".into())],
            target: Some("http://flag".into()),
            duration: Some(Duration::from_secs(9)),
            ..Flags::default()
        };
        let plan = resolve(Some(&file), vec![described()], &flags).expect("a plan");
        assert_eq!(plan.target, "http://flag");
        let layer = &plan.layers[0];
        assert_eq!(layer.env, [("a".into(), "1".into()), ("b".into(), "2".into())]);
        assert_eq!((layer.stages[0].load.vus(), layer.stages[0].load.duration().as_secs()), (5, 9));
        assert_eq!((layer.goals[0].target, layer.goals[0].warn), (80.0, None));
    }

    #[test]
    fn what_does_not_fit_the_scenario_is_placed() {
        let file = phase(
            "[[layer.stage]]\nname = \"mian\"\n[[layer.goal]]\nname = \"p95\"\ntarget = \"1 s\"\n\
             [[layer.goal]]\nname = \"p99\"\n",
        );
        let flags = Flags { vus: Some(0), ..Flags::default() };
        let faults = resolve(Some(&file), vec![described()], &flags).expect_err("faults");
        let faults: Vec<_> = faults.iter().map(Fault::to_string).collect();
        assert_eq!(
            faults,
            [
                "p.toml:7:8: the scenario has no stage `mian` (hint: main)",
                "p.toml:10:10: goal `p95` is in `ms`, not in `s` (hint: \"1 ms\")",
                "p.toml:12:8: the scenario has no goal `p99` (hint: p95)",
                "a.wasm: stage `main`: `vus` is 0: at least one virtual user is needed",
            ]
        );
    }

    #[test]
    fn hosts_that_are_not_granted_and_a_missing_target_are_faults() {
        let mut needy = described();
        needy.manifest.hosts.push("other:81".into());
        let faults = resolve(None, vec![needy], &Flags::default()).expect_err("faults");
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].message.contains("no target is given"));
        assert!(faults[1].message.contains("--allow-host other:81"));
    }
}
