//! A scenario's words in the engine's: manifests and findings, checked.

use std::time::Duration;

use super::access::Access;
use super::bindings::types;
use super::limits;
use super::vu::plain;
use crate::judge::{Finding, Row};
use crate::measure::{StatError, answerable};
use crate::plan::{
    Goal, Manifest, Measure, Metric, MetricKind, Need, NeedKind, Place, Priority, Ramp, Selector, StageSpec,
    SyntaxError, Watch, WatchSpec, parse_duration,
};

/// The most rows of a breakdown, and of findings.
const MOST_ROWS: usize = 100;
/// The most faults of a manifest that are said.
const MOST_FAULTS: usize = 100;

/// The manifest, or everything that is wrong with it.
pub(super) fn read(manifest: types::Manifest) -> Result<Manifest, Vec<String>> {
    let mut faults = Vec::new();
    if !is_name(&manifest.name, "-_") {
        faults.push(format!(
            "the scenario's name `{}` is not 1 to 64 letters, digits, `-` and `_`",
            plain(&manifest.name)
        ));
    }
    bounded("stages", &manifest.stages, &mut faults);
    bounded("goals", &manifest.goals, &mut faults);
    bounded("metrics", &manifest.metrics, &mut faults);
    bounded("needs", &manifest.needs, &mut faults);
    if manifest.stages.is_empty() {
        faults.push("the scenario has no stage: at least one is needed".to_owned());
    }
    no_options("the manifest", &manifest.options, &[], &mut faults);
    let metrics = metrics(&manifest.metrics, &mut faults);
    let goals = goals(&manifest.goals, &metrics, &mut faults);
    let stages = stages(manifest.stages, &mut faults);
    let needs = needs(&manifest.needs, &mut faults);
    if let more @ 1.. = faults.len().saturating_sub(MOST_FAULTS) {
        faults.truncate(MOST_FAULTS);
        faults.push(format!("and {more} more faults like these"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Manifest {
        name: manifest.name,
        place: manifest.layer.map(|layer| Place {
            number: layer.number,
            title: plain(&layer.title),
            area: plain(&layer.area),
        }),
        stages,
        goals,
        metrics,
        priority: match manifest.fix_priority {
            types::Priority::Critical => Priority::Critical,
            types::Priority::High => Priority::High,
            types::Priority::Medium => Priority::Medium,
            types::Priority::Low => Priority::Low,
        },
        needs,
    })
}

/// What the scenario concluded, bounded; findings for goals that do not exist are left to the judge to ignore.
pub(super) fn findings(findings: Vec<types::Finding>, access: &Access) -> Vec<Finding> {
    let row = |row: types::Row| Row {
        label: access.line(&row.label),
        value: row.value,
        unit: access.line(&row.unit),
        passed: row.passed,
    };
    findings
        .into_iter()
        .take(MOST_ROWS)
        .map(|finding| Finding {
            goal: access.name(&finding.goal).into_owned(),
            value: finding.value,
            text: finding.text.as_deref().map(|text| access.line(text)),
            analysis: access.line(&finding.analysis),
            breakdown: finding.breakdown.into_iter().take(MOST_ROWS).map(row).collect(),
        })
        .collect()
}

fn is_name(name: &str, more: &str) -> bool {
    (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

fn bounded<T>(what: &str, list: &[T], faults: &mut Vec<String>) {
    if list.len() > limits::MANIFEST_ENTRIES {
        faults.push(format!(
            "the scenario has {} {what}: at most {} are accepted",
            list.len(),
            limits::MANIFEST_ENTRIES
        ));
    }
}

/// Says of each option that is not among the known ones that it is unknown.
fn no_options(of: &str, options: &[types::Pair], known: &[&str], faults: &mut Vec<String>) {
    bounded(&format!("options of {of}"), options, faults);
    let odd = options.iter().take(limits::MANIFEST_ENTRIES);
    for option in odd.filter(|option| !known.contains(&option.name.as_str())) {
        faults
            .push(format!("{of} has the option `{}`, which this version does not know", plain(&option.name)));
    }
}

fn duplicates<'a>(what: &str, names: impl Iterator<Item = &'a str>, faults: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            faults.push(format!("two {what} are called `{}`", plain(name)));
        }
    }
}

fn metrics(metrics: &[types::Metric], faults: &mut Vec<String>) -> Vec<Metric> {
    let mut known = Vec::new();
    for metric in metrics.iter().take(limits::MANIFEST_ENTRIES) {
        let shown = plain(&metric.name);
        let named = (1..=128).contains(&metric.name.len())
            && metric.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !named {
            faults.push(format!("metric `{shown}`: a name has 1 to 128 letters, digits and `_`"));
        }
        if crate::measure::BUILTIN.iter().any(|builtin| builtin.name == metric.name) {
            faults.push(format!("metric `{shown}`: the engine has a metric of that name"));
        }
        match MetricKind::from_name(&metric.kind) {
            Some(kind) => known.push(Metric { name: metric.name.clone(), kind, unit: plain(&metric.unit) }),
            None => faults.push(format!(
                "metric `{shown}`: `{}` is not a kind (hint: counter, gauge, rate or trend)",
                plain(&metric.kind)
            )),
        }
    }
    duplicates("metrics", known.iter().map(|metric| metric.name.as_str()), faults);
    known
}

fn goals(goals: &[types::Goal], metrics: &[Metric], faults: &mut Vec<String>) -> Vec<Goal> {
    let mut known = Vec::new();
    for goal in goals.iter().take(limits::MANIFEST_ENTRIES) {
        match read_goal(goal, metrics) {
            Ok(goal) => known.push(goal),
            Err(why) => {
                faults.extend(why.into_iter().map(|why| format!("goal `{}`: {why}", plain(&goal.name))));
            }
        }
    }
    duplicates("goals", known.iter().map(|goal| goal.name.as_str()), faults);
    known
}

fn read_goal(goal: &types::Goal, metrics: &[Metric]) -> Result<Goal, Vec<String>> {
    let mut faults = Vec::new();
    if !is_name(&goal.name, "-_") {
        faults.push("a name has 1 to 64 letters, digits, `-` and `_`".to_owned());
    }
    if !goal.target.is_finite() {
        faults.push(format!("the target is {}, not a number to reach", goal.target));
    }
    if goal.warn.is_some_and(|warn| !warn.is_finite()) {
        faults.push("the warn bound is not a number".to_owned());
    }
    let op = goal.op.parse().map_err(|why| faults.push(why)).ok();
    let measure = match &goal.measure {
        None => None,
        Some(measure) => {
            let selector = measure.selector.parse::<Selector>();
            let selector = selector.map_err(|why: SyntaxError| faults.push(why.to_string())).ok();
            let aggregate = measure.aggregate.parse().map_err(|why| faults.push(why)).ok();
            let measure =
                selector.zip(aggregate).map(|(selector, aggregate)| Measure { selector, aggregate });
            // A metric that nobody emits is said before the run; a number that its kind does not have is a mistake.
            let asked = measure.as_ref().map(|m| answerable(&m.selector.metric, m.aggregate, metrics));
            if let Some(Err(why @ StatError::NoSuchNumber(_))) = asked {
                faults.push(why.to_string());
            }
            measure
        }
    };
    let watch = watch(&goal.options, goal.measure.is_some(), &mut faults);
    match op.zip(watch) {
        Some((op, watch)) if faults.is_empty() => Ok(Goal {
            name: goal.name.clone(),
            unit: plain(&goal.unit),
            op,
            target: goal.target,
            warn: goal.warn,
            measure,
            watch,
        }),
        _ => Err(faults),
    }
}

/// The options of a goal: `over`, `met`, `abort-on-fail`, `delay`.
fn watch(options: &[types::Pair], measured: bool, faults: &mut Vec<String>) -> Option<Watch> {
    let mut spec = WatchSpec::default();
    bounded("options of the goal", options, faults);
    for option in options.iter().take(limits::MANIFEST_ENTRIES) {
        let (name, value) = (option.name.as_str(), option.value.as_str());
        let understood = match name {
            "over" => parse_duration(value).map(|over| spec.over = Some(over)),
            "delay" => parse_duration(value).map(|delay| spec.delay = Some(delay)),
            "met" => match value.trim_end_matches('%').trim().parse() {
                Ok(met) => {
                    spec.met = Some(met);
                    Ok(())
                }
                Err(_) => Err(format!("`{}` is not a percentage", plain(value))),
            },
            "abort-on-fail" => match value.parse() {
                Ok(abort) => {
                    spec.abort_on_fail = Some(abort);
                    Ok(())
                }
                Err(_) => Err(format!("`{}` is neither `true` nor `false`", plain(value))),
            },
            _ => Err("this version does not know it (hint: over, met, abort-on-fail, delay)".to_owned()),
        };
        if let Err(why) = understood {
            faults.push(format!("the option `{}`: {why}", plain(name)));
        }
    }
    spec.check(measured).map_err(|why| faults.extend(why)).ok()
}

fn stages(stages: Vec<types::Stage>, faults: &mut Vec<String>) -> Vec<StageSpec> {
    let all = stages.iter().take(limits::MANIFEST_ENTRIES);
    duplicates("stages", all.map(|stage| stage.name.as_str()), faults);
    let mut known = Vec::new();
    for stage in stages.into_iter().take(limits::MANIFEST_ENTRIES) {
        let of = format!("stage `{}`", plain(&stage.name));
        no_options(&of, &stage.options, &["arrival"], faults);
        bounded(&format!("tags of {of}"), &stage.tags, faults);
        bounded(&format!("ramps of {of}"), &stage.ramps, faults);
        let ms = |ms: u32| Duration::from_millis(u64::from(ms));
        let arrival = stage.options.iter().find(|option| option.name == "arrival");
        let ramps =
            stage.ramps.iter().map(|ramp| Ramp { duration: ms(ramp.duration_ms), target: ramp.target });
        known.push(StageSpec {
            name: plain(&stage.name),
            executor: plain(&stage.executor),
            vus: stage.vus,
            max_vus: stage.max_vus,
            iterations: stage.iterations,
            duration: stage.duration_ms.map(ms),
            rate: stage.rate,
            time_unit: stage.time_unit_ms.map(ms),
            arrival: arrival.map(|option| plain(&option.value)),
            start_time: stage.start_time_ms.map(ms),
            graceful_stop: stage.graceful_stop_ms.map(ms),
            graceful_ramp_down: stage.graceful_ramp_down_ms.map(ms),
            warm_up: stage.warm_up,
            ramps: (!stage.ramps.is_empty()).then(|| ramps.take(limits::MANIFEST_ENTRIES).collect()),
            tags: stage
                .tags
                .into_iter()
                .take(limits::MANIFEST_ENTRIES)
                .map(|tag| (plain(&tag.name), plain(&tag.value)))
                .collect(),
        });
    }
    known
}

fn needs(needs: &[types::Need], faults: &mut Vec<String>) -> Vec<Need> {
    let mut known: Vec<Need> = Vec::new();
    for need in needs.iter().take(limits::MANIFEST_ENTRIES) {
        let shown = plain(&need.name);
        let Some(kind) = NeedKind::from_name(&need.kind) else {
            let kinds = NeedKind::ALL.map(NeedKind::as_str).join(", ");
            let kind = plain(&need.kind);
            faults.push(format!(
                "the scenario needs `{shown}` of the kind `{kind}`, which this version does not offer (hint: {kinds})"
            ));
            continue;
        };
        if let Some(why) = misnamed(kind, &need.name) {
            faults.push(format!("the scenario needs the {} `{shown}`: {why}", kind.as_str()));
            continue;
        }
        let need = Need { kind, name: need.name.clone() };
        if !known.contains(&need) {
            known.push(need);
        }
    }
    known
}

/// Why nothing of a kind can have that name.
fn misnamed(kind: NeedKind, name: &str) -> Option<&'static str> {
    match kind {
        NeedKind::Host | NeedKind::Env => {
            let good = (1..=limits::NAME_BYTES).contains(&name.len())
                && !name.contains(|c: char| c == '=' || c.is_control());
            (!good).then_some("a name has 1 to 256 bytes, no `=` and no control characters")
        }
        NeedKind::Data | NeedKind::Kv | NeedKind::Secret => {
            (!is_name(name, "-_.")).then_some("a name has 1 to 64 letters, digits, `-`, `_` and `.`")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &str) -> types::Stage {
        types::Stage {
            name: name.into(),
            executor: "per-vu-iterations".into(),
            vus: None,
            max_vus: None,
            iterations: None,
            rate: None,
            time_unit_ms: None,
            duration_ms: None,
            graceful_stop_ms: None,
            graceful_ramp_down_ms: None,
            start_time_ms: None,
            ramps: Vec::new(),
            warm_up: false,
            tags: Vec::new(),
            options: Vec::new(),
        }
    }

    fn manifest() -> types::Manifest {
        types::Manifest {
            name: "shop".into(),
            layer: None,
            stages: vec![stage("main")],
            goals: Vec::new(),
            metrics: Vec::new(),
            fix_priority: types::Priority::High,
            needs: Vec::new(),
            options: Vec::new(),
        }
    }

    fn goal(name: &str, op: &str, selector: &str) -> types::Goal {
        let measure = types::Measure { selector: selector.into(), aggregate: "p(95)".into() };
        types::Goal {
            name: name.into(),
            unit: "ms".into(),
            op: op.into(),
            target: f64::NAN,
            warn: None,
            measure: Some(measure),
            options: vec![types::Pair { name: "over".into(), value: "soon".into() }],
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let mut bad = manifest();
        bad.name = "a shop".into();
        bad.stages = vec![stage("main"), stage("main")];
        bad.goals = vec![goal("fast", "=<", "http_req_duration{"), goal("b", "<", "nonsense")];
        bad.metrics =
            vec![types::Metric { name: "http_reqs".into(), kind: "sum".into(), unit: String::new() }];
        bad.needs = vec![
            types::Need { kind: "disk".into(), name: "users".into() },
            types::Need { kind: "kv".into(), name: "a b".into() },
        ];
        bad.options = vec![types::Pair { name: "turbo".into(), value: String::new() }];
        let faults = read(bad).expect_err("faults").join("\n");
        for why in [
            "`a shop` is not",
            "two stages are called `main`",
            "goal `fast`: `=<` is not a comparison",
            "goal `fast`: `http_req_duration{` is not a selector",
            "goal `fast`: the target is NaN",
            "goal `b`: the option `over`: `soon` is not a duration",
            "the engine has a metric of that name",
            "`sum` is not a kind",
            "needs `users` of the kind `disk`, which this version does not offer (hint: host, data, kv, env, secret)",
            "needs the kv `a b`: a name has 1 to 64",
            "the option `turbo`",
        ] {
            assert!(faults.contains(why), "{faults}\nlacks {why}");
        }
    }

    #[test]
    fn a_flood_of_entries_is_refused_without_reading_it() {
        let mut bad = manifest();
        bad.stages = (0..1_000_000).map(|number| stage(&number.to_string())).collect();
        let faults = read(bad).expect_err("faults");
        assert_eq!(faults, ["the scenario has 1000000 stages: at most 1000 are accepted"]);
    }

    #[test]
    fn issue_2_lists_inside_a_stage_or_goal_are_bounded_and_so_are_the_faults() {
        let pair = |number: usize| types::Pair { name: format!("n{number}"), value: String::new() };
        let flood: Vec<_> = (0..100_000).map(pair).collect();
        let mut bad = manifest();
        bad.stages = vec![types::Stage { tags: flood.clone(), ..stage("main") }];
        let faults = read(bad).expect_err("faults");
        assert_eq!(faults, ["the scenario has 100000 tags of stage `main`: at most 1000 are accepted"]);
        for of in ["stage", "manifest", "goal"] {
            let mut bad = manifest();
            match of {
                "stage" => bad.stages = vec![types::Stage { options: flood.clone(), ..stage("main") }],
                "manifest" => bad.options = flood.clone(),
                _ => bad.goals = vec![types::Goal { options: flood.clone(), ..goal("g", "<", "checks") }],
            }
            let faults = read(bad).expect_err("faults");
            assert_eq!(faults.len(), MOST_FAULTS + 1, "{of}");
            assert!(faults.iter().any(|fault| fault.contains("100000 options of")), "{faults:?}");
            assert!(faults.last().expect("a fault").ends_with("more faults like these"), "{faults:?}");
        }
    }

    #[test]
    fn findings_are_bounded_and_plain() {
        let row = types::Row { label: "a\nb".into(), value: 1.0, unit: String::new(), passed: None };
        let finding = types::Finding {
            goal: "g".into(),
            value: Some(f64::NAN),
            text: Some("\x1b[2J".into()),
            analysis: String::new(),
            breakdown: vec![row; 5000],
            options: Vec::new(),
        };
        let read = findings(vec![finding; 500], &Access::default());
        assert_eq!((read.len(), read[0].breakdown.len()), (MOST_ROWS, MOST_ROWS));
        assert_eq!(read[0].text.as_deref(), Some("\u{FFFD}[2J"));
        assert_eq!(read[0].breakdown[0].label, "a\u{FFFD}b");
    }
}
