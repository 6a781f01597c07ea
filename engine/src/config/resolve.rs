//! Phase file, manifests and flags become a plan.

use std::path::{Path, PathBuf};

use super::changes::{GoalChange, Quantity, StageChange};
use super::phase::{LayerEntry, PhaseFile};
use super::{Fault, Flags, granted, order, transport};
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
mod tests {
    use super::*;
    use crate::plan::{Need, NeedKind, Op, Priority, Timeouts, Web};
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
            watch: Watch::default(),
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
                needs: Vec::new(),
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
        let plan = resolve(Some(&file), vec![Some(described())], &flags).expect("a plan").0;
        assert_eq!(plan.target, "http://flag");
        let layer = &plan.layers[0];
        assert_eq!(layer.env, [("a".into(), "1".into()), ("b".into(), "2".into())]);
        assert_eq!((layer.stages[0].load.vus(), layer.stages[0].load.duration().as_secs()), (5, 9));
        assert_eq!((layer.goals[0].target, layer.goals[0].warn), (80.0, None));
    }

    #[test]
    fn redirects_cookies_and_compression_have_the_same_strengths() {
        let text = "[phase]\ntitle = \"t\"\ntarget = \"http://h\"\nmax-redirects = 3\ncookies = false\ncompression = \
                    \"gzip\"\n[[layer]]\nscenario = \"a.wasm\"\ncookies = true\n";
        let flags =
            Flags { web: Web { compression: Some(String::new()), ..Web::default() }, ..Flags::default() };
        let file = PhaseFile::parse(Path::new("p.toml"), text).expect("a phase");
        let (plan, _) = resolve(Some(&file), vec![Some(described())], &flags).expect("a plan");
        let web = Web { redirects: Some(3), cookies: Some(true), compression: Some(String::new()) };
        assert_eq!(plan.layers[0].web, web);
        let wrong = text.replace("= 3", "= 101").replace("gzip", "lzma").replace("true", "7");
        let faults = PhaseFile::parse(Path::new("p.toml"), &wrong).expect_err("faults");
        for why in
            ["`101` is not a number of redirects", "`compression`: `lzma`", "`cookies` is not true or false"]
        {
            assert!(faults.iter().any(|fault| fault.to_string().contains(why)), "{why}: {faults:?}");
        }
    }

    #[test]
    fn timeouts_of_flags_layer_and_phase_are_of_falling_strength() {
        let text = "[phase]\ntitle = \"t\"\ntarget = \"http://h\"\nconnect-timeout = \"1s\"\nfirst-byte-timeout = \
                    \"1s\"\nrequest-timeout = \"1s\"\n[[layer]]\nscenario = \"a.wasm\"\nfirst-byte-timeout = \"2s\"\n\
                    request-timeout = \"2s\"\n";
        let file = PhaseFile::parse(Path::new("p.toml"), text).expect("a phase");
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let timeouts = Timeouts { request: seconds(3), ..Timeouts::default() };
        let flags = Flags { timeouts, ..Flags::default() };
        let (plan, _) = resolve(Some(&file), vec![Some(described())], &flags).expect("a plan");
        let all = Timeouts { connect: seconds(1), first_byte: seconds(2), request: seconds(3) };
        assert_eq!(plan.layers[0].timeouts, all);
        let faults = PhaseFile::parse(Path::new("p.toml"), &text.replace("2s", "0s")).expect_err("faults");
        assert!(faults[0].to_string().contains("`first-byte-timeout`: `0s` leaves no time"), "{faults:?}");
    }

    #[test]
    fn what_does_not_fit_the_scenario_is_placed() {
        let file = phase(
            "[[layer.stage]]\nname = \"mian\"\n[[layer.goal]]\nname = \"p95\"\ntarget = \"1 s\"\n\
             [[layer.goal]]\nname = \"p99\"\n",
        );
        let flags = Flags { vus: Some(0), ..Flags::default() };
        let faults = resolve(Some(&file), vec![Some(described())], &flags).expect_err("faults");
        let faults: Vec<_> = faults.iter().map(Fault::to_string).collect();
        assert_eq!(
            faults,
            [
                "p.toml:7:8: the scenario has no stage `mian` (hint: main)",
                "p.toml:10:10: goal `p95` is in `ms`, not in `s` (hint: \"1 ms\")",
                "p.toml:12:8: the scenario has no goal `p99` (hint: p95; a goal of its own has `measure`, `op` and \
                 `target`)",
                "a.wasm: stage `main`: `vus` is 0: at least one virtual user is needed",
            ]
        );
    }

    #[test]
    fn issue_3_loads_that_the_file_made_wrong_are_placed_and_the_other_layers_are_still_read() {
        let text = "[phase]\ntitle = \"t\"\ntarget = \"http://file\"\n[[layer]]\nscenario = \"a.wasm\"\n[[layer]]\n\
                    scenario = \"a.wasm\"\nname = \"b\"\nafter = \"x\"\n[[layer.stage]]\nname = \"main\"\nrate = 5\n[[layer]]\n\
                    scenario = \"a.wasm\"\nname = \"c\"\n[[layer.stage]]\nname = \"main\"\nrate = 5\n";
        let file = PhaseFile::parse(Path::new("p.toml"), text).expect("a phase");
        let flags = Flags { vus: Some(0), ..Flags::default() };
        for (flags, more) in [(&Flags::default(), 0), (&flags, 2)] {
            let all = vec![None, Some(described()), Some(described())];
            let faults = resolve(Some(&file), all, flags).expect_err("faults");
            let faults: Vec<_> = faults.iter().map(Fault::to_string).collect();
            for spot in ["p.toml:11:8", "p.toml:17:8"] {
                let fault = format!("{spot}: stage `main`: executor `constant-vus` has no parameter `rate`");
                assert!(faults.contains(&fault), "{faults:?}");
            }
            assert_eq!(faults.len(), 2 + more, "{faults:?}");
        }
    }

    fn layers(names: &[&str], more: &[&str]) -> (PhaseFile, Vec<Option<Described>>) {
        let mut text = "[phase]\ntitle = \"t\"\ntarget = \"http://file\"\n".to_owned();
        let mut all = Vec::new();
        for (name, more) in names.iter().zip(more) {
            text += &format!("[[layer]]\nscenario = \"{name}.wasm\"\n{more}\n");
            let mut described = described();
            described.manifest.name = (*name).to_owned();
            all.push(Some(described));
        }
        (PhaseFile::parse(Path::new("p.toml"), &text).expect("a phase"), all)
    }

    fn waits(names: &[&str], more: &[&str], flags: &Flags) -> Result<Vec<Vec<usize>>, Vec<String>> {
        let (file, all) = layers(names, more);
        match resolve(Some(&file), all, flags) {
            Ok((plan, _)) => Ok(plan.layers.into_iter().map(|layer| layer.after).collect()),
            Err(faults) => Err(faults.iter().map(Fault::to_string).collect()),
        }
    }

    #[test]
    fn layers_wait_for_those_before_them_unless_told_otherwise() {
        let none = Flags::default();
        assert_eq!(waits(&["a", "b", "c"], &["", "", ""], &none), Ok(vec![vec![], vec![0], vec![0, 1]]));
        let more = ["", "with = \"a\"", "after = \"a\"", "after = [\"a\", \"b\"]\nonly-if = \"c\""];
        let order = vec![vec![], vec![], vec![0], vec![0, 1, 2]];
        assert_eq!(waits(&["a", "b", "c", "d"], &more, &none), Ok(order));
        let chosen = Flags { layers: vec!["d".into(), "b".into()], ..Flags::default() };
        assert_eq!(waits(&["a", "b", "c", "d"], &more, &chosen), Ok(vec![vec![], vec![0]]));
        let skipped = Flags { skipped: vec!["b".into(), "c".into()], ..Flags::default() };
        assert_eq!(waits(&["a", "b", "c", "d"], &more, &skipped), Ok(vec![vec![], vec![0]]));
    }

    #[test]
    fn circles_twins_and_strangers_are_refused() {
        let none = Flags::default();
        for (names, more, why) in [
            (
                ["a", "b"],
                ["after = \"b\"", ""],
                "p.toml:6:9: the layers wait for each other in a circle: a → b → a",
            ),
            (
                ["a", "b"],
                ["with = \"b\"", "with = \"a\""],
                "p.toml:6:8: the layers wait for each other in a circle",
            ),
            (["a", "b"], ["after = \"a\"", ""], "circle: a → a"),
            (
                ["a", "a"],
                ["", ""],
                "p.toml:8:12: two layers are called `a` (hint: give one of them another `name`)",
            ),
            (["a", "b"], ["", "name = \"a\""], "p.toml:9:8: two layers are called `a`"),
            (
                ["a", "b"],
                ["only-if = \"x\"", ""],
                "p.toml:6:11: `only-if`: no layer is called `x` (hint: a, b)",
            ),
        ] {
            let faults = waits(&names, &more, &none).expect_err(why);
            assert!(faults.iter().any(|fault| fault.contains(why)), "{faults:?} lacks {why}");
        }
        let absent = Flags { layers: vec!["8".into()], ..Flags::default() };
        let faults = waits(&["a", "b"], &["", ""], &absent).expect_err("no such layer");
        assert_eq!(faults, ["--layer 8: no layer has that number or name (hint: a, b)"]);
        let nothing = Flags { skipped: vec!["a".into(), "b".into()], ..Flags::default() };
        assert_eq!(
            waits(&["a", "b"], &["", ""], &nothing),
            Err(vec!["--skip leaves no layer to run".into()])
        );
    }

    #[test]
    fn a_phase_adds_goals_and_windows() {
        let file = phase(
            "[[layer.goal]]\nname = \"own\"\nmeasure = \"http_reqs rate\"\nop = \">=\"\ntarget = \"5 req/s\"\n\
             over = \"2s\"\nmet = 90\nabort-on-fail = true\n[[layer.goal]]\nname = \"p95\"\nop = \"<\"\n",
        );
        let (plan, kept) = resolve(Some(&file), vec![Some(described())], &Flags::default()).expect("a plan");
        assert_eq!(kept, [0]);
        let [p95, own] = &plan.layers[0].goals[..] else { panic!("two goals") };
        assert_eq!((p95.op, p95.target), (Op::Below, 50.0));
        assert_eq!((own.unit.as_str(), own.target, own.watch.met), ("req/s", 5.0, 0.9));
        assert_eq!(own.watch.abort_after, Some(Duration::ZERO));
        let file = phase("[[layer.goal]]\nname = \"p95\"\nover = \"2s\"\n");
        let faults = resolve(Some(&file), vec![Some(described())], &Flags::default()).expect_err("faults");
        assert!(faults[0].to_string().contains("p.toml:7:8: goal `p95`: `over`"), "{faults:?}");
    }

    #[test]
    fn hosts_that_are_not_granted_and_a_missing_target_are_faults() {
        let mut needy = described();
        needy.manifest.needs.push(Need { kind: NeedKind::Host, name: "other:81".into() });
        let faults = resolve(None, vec![Some(needy)], &Flags::default()).expect_err("faults");
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].message.contains("no target is given"));
        assert!(faults[1].message.contains("--allow-host other:81"));
    }
}
