//! Whether a scenario may take another one's place while its load runs.

use super::{Goal, Manifest, shown};

/// Whether `next` is the same scenario as `present`, so that its VUs can take it over in the middle of a run that was
/// planned for `present`; with what of it will not count, since the plan stays.
///
/// The name, the layer, the names and the order of the stages, and what the goals measure must be the same. It may
/// leave metrics and needs out and name no new ones: what a run keeps of a metric and what it grants is settled when
/// it begins.
///
/// # Errors
/// Everything in which it is another scenario.
pub fn succession(present: &Manifest, next: &Manifest) -> Result<Vec<String>, Vec<String>> {
    let mut faults = Vec::new();
    let mut differs = |what: &str, was: &str, is: &str| {
        faults.push(format!("it describes another scenario: {what} changed from {was} to {is}"));
    };
    if present.name != next.name {
        differs("its name", &quoted(&present.name), &quoted(&next.name));
    }
    if present.place != next.place {
        let text = |manifest: &Manifest| {
            manifest.place.as_ref().map_or("none".to_owned(), |place| quoted(&place.to_string()))
        };
        differs("its layer", &text(present), &text(next));
    }
    let stages = |manifest: &Manifest| list(manifest.stages.iter().map(|stage| stage.name.as_str()));
    if !present.stages.iter().map(|stage| &stage.name).eq(next.stages.iter().map(|stage| &stage.name)) {
        differs("the names of its stages", &stages(present), &stages(next));
    }
    if !present.goals.iter().map(essence).eq(next.goals.iter().map(essence)) {
        let goals = |manifest: &Manifest| {
            let texts: Vec<_> = manifest.goals.iter().map(goal_text).collect();
            list(texts.iter().map(String::as_str))
        };
        differs("its goals", &goals(present), &goals(next));
    }
    for metric in next.metrics.iter().filter(|metric| !present.metrics.contains(metric)) {
        let (name, kind) = (shown(&metric.name), metric.kind.as_str());
        faults.push(format!("it declares the {kind} `{name}`, which the run has not planned for"));
    }
    for need in next.needs.iter().filter(|need| !present.needs.contains(need)) {
        let (kind, name) = (need.kind.as_str(), shown(&need.name));
        faults.push(format!("it asks for the {kind} `{name}`, which was not granted when the run began"));
    }
    if !faults.is_empty() {
        let hint = "(hint: stop the run and start it with this version)";
        faults.iter_mut().for_each(|fault| *fault = format!("{fault} {hint}"));
        return Err(faults);
    }
    let parts = [
        ("loads", present.stages == next.stages),
        ("targets of goals", present.goals == next.goals),
        ("fix priority", present.priority == next.priority),
    ];
    let changed = parts.into_iter().filter(|(_, same)| !same);
    Ok(changed.map(|(what, _)| format!("its {what} differ from the plan's, which stays")).collect())
}

/// What a goal is, whatever number it is to reach.
fn essence(goal: &Goal) -> (&str, &str, bool, Option<String>) {
    let measure = goal.measure.as_ref().map(|measure| format!("{} {}", measure.selector, measure.aggregate));
    (&goal.name, &goal.unit, goal.op.wants_less(), measure)
}

fn goal_text(goal: &Goal) -> String {
    let (name, unit, wants_less, measure) = essence(goal);
    let measure = measure.unwrap_or_else(|| "judged".to_owned());
    format!("{name}: {measure}, {} {unit}", if wants_less { "at most so many" } else { "at least so many" })
}

fn quoted(name: &str) -> String {
    format!("`{}`", shown(name))
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(quoted).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Metric, MetricKind, Need, NeedKind, Op, Place, Priority, StageSpec, Watch};

    fn manifest() -> Manifest {
        let goal = Goal {
            name: "fast".into(),
            unit: "ms".into(),
            op: Op::AtMost,
            target: 50.0,
            warn: None,
            measure: None,
            watch: Watch::default(),
        };
        let stage = |name: &str| StageSpec { name: name.into(), ..StageSpec::default() };
        Manifest {
            name: "shop".into(),
            place: Some(Place { number: 3, title: "Shop".into(), area: "Sales".into() }),
            stages: vec![stage("cold"), stage("warm")],
            goals: vec![goal],
            metrics: vec![Metric { name: "carts".into(), kind: MetricKind::Counter, unit: String::new() }],
            priority: Priority::High,
            needs: vec![Need { kind: NeedKind::Env, name: "path".into() }],
        }
    }

    fn verdict(change: impl FnOnce(&mut Manifest)) -> Result<Vec<String>, Vec<String>> {
        let mut next = manifest();
        change(&mut next);
        succession(&manifest(), &next)
    }

    #[test]
    fn the_same_scenario_may_say_other_numbers_and_ask_for_less() {
        assert_eq!(verdict(|_| ()), Ok(Vec::new()));
        let less = verdict(|next| {
            next.metrics.clear();
            next.needs.clear();
        });
        assert_eq!(less, Ok(Vec::new()));
        let notes = verdict(|next| {
            next.goals[0].target = 60.0;
            next.stages[1].vus = Some(7);
            next.priority = Priority::Low;
        });
        let notes = notes.expect("the same scenario").join("\n");
        for what in ["loads", "targets of goals", "fix priority"] {
            assert!(notes.contains(what), "{notes}");
        }
    }

    #[test]
    fn another_scenario_and_one_that_wants_more_are_refused_with_every_reason() {
        let faults = verdict(|next| {
            next.name = "blog\u{1b}[31m".into();
            next.place = None;
            next.stages.swap(0, 1);
            next.goals[0].op = Op::AtLeast;
            next.metrics[0].kind = MetricKind::Trend;
            next.needs.push(Need { kind: NeedKind::Secret, name: "token".into() });
        });
        let faults = faults.expect_err("another scenario");
        let said = faults.join("\n");
        for part in [
            "its name changed from `shop` to `blog\\u{1b}[31m`",
            "its layer changed from `3 · Sales · Shop` to none",
            "its stages changed from `cold`, `warm` to `warm`, `cold`",
            "its goals changed from `fast: judged, at most so many ms` to `fast: judged, at least so many ms`",
            "the trend `carts`",
            "the secret `token`, which was not granted",
        ] {
            assert!(said.contains(part), "{part}\n{said}");
        }
        assert!(faults.len() == 6 && faults.iter().all(|fault| fault.contains("(hint: ")), "{said}");
    }
}
