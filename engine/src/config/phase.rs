//! `phase.toml`.
//!
//! ```toml
//! [phase]
//! number = 3
//! title = "Community site"
//! target = "http://127.0.0.1:8080"
//! success-rate = 100
//!
//! [[layer]]
//! scenario = "../pack/layer-08-api-throughput.wasm"
//! env = { region = "eu" }
//!
//! [[layer.stage]]
//! name = "feed"
//! vus = 4
//!
//! [[layer.goal]]
//! name = "throughput"
//! target = "60 req/s"
//! ```

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{Document, Fault, Spot, number};
use crate::plan::parse_quantity;

/// The most layers of a phase.
const MOST_LAYERS: usize = 200;

/// What `[phase]` says.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseHead {
    /// Its number.
    pub number: Option<u32>,
    /// What reports call it.
    pub title: String,
    /// The base URL of the system under test, if the file names it.
    pub target: Option<String>,
    /// Percent of layers that must pass.
    pub success_rate: f64,
}

/// A `[[layer]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerEntry {
    /// The component, as written.
    pub scenario: PathBuf,
    /// Where that is written.
    pub spot: Spot,
    /// What `run.env` answers.
    pub env: Vec<(String, String)>,
    /// What is different from the scenario's own stages.
    pub stages: Vec<StageChange>,
    /// What is different from the scenario's own goals.
    pub goals: Vec<GoalChange>,
}

/// A `[[layer.stage]]`: parameters that replace those of the scenario's stage of that name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageChange {
    /// Which stage.
    pub name: String,
    /// Where it is written.
    pub spot: Spot,
    /// Another executor.
    pub executor: Option<String>,
    /// VUs.
    pub vus: Option<u32>,
    /// Iterations.
    pub iterations: Option<u32>,
    /// How long iterations may start.
    pub duration: Option<Duration>,
    /// How long they may go on after that.
    pub graceful_stop: Option<Duration>,
}

/// A `[[layer.goal]]`: another target for the scenario's goal of that name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GoalChange {
    /// Which goal.
    pub name: String,
    /// Where it is written.
    pub spot: Spot,
    /// The number to reach.
    pub target: Option<Quantity>,
    /// How far a miss is only a warning.
    pub warn: Option<Quantity>,
}

/// A number and the unit that was written with it; an empty one means the goal's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantity {
    /// The number.
    pub value: f64,
    /// The unit.
    pub unit: String,
    /// Where it is written.
    pub spot: Spot,
}

/// A whole file.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// The phase.
    pub head: PhaseHead,
    /// The layers, in order; not empty.
    pub layers: Vec<LayerEntry>,
}

impl PhaseFile {
    /// Reads a phase file's text.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file.
    pub fn parse(path: &Path, text: &str) -> Result<PhaseFile, Vec<Fault>> {
        let (mut document, table) = Document::parse(path, text);
        let whole = table.get_ref();
        document.only(whole, "a phase file", &["phase", "layer"]);
        let head = head(&mut document, whole);
        let entries = document.tables(whole, "layer");
        if entries.is_empty() {
            document.fault(0..0, "the phase has no layer (hint: add a `[[layer]]` with its `scenario`)");
        }
        if entries.len() > MOST_LAYERS {
            let at = entries.last().map_or(0..0, |(_, at)| at.clone());
            document.fault(at, format!("{} layers, and at most {MOST_LAYERS} are accepted", entries.len()));
        }
        let layers =
            entries.into_iter().take(MOST_LAYERS).filter_map(|(table, at)| layer(&mut document, table, at));
        let layers: Vec<_> = layers.collect();
        let faults = document.into_faults();
        match head {
            Some(head) if faults.is_empty() => Ok(PhaseFile { path: path.to_owned(), head, layers }),
            _ => Err(faults),
        }
    }

    /// A fault at a place of this file.
    pub fn fault(&self, spot: Spot, message: impl Into<String>) -> Fault {
        Fault { path: Some(self.path.clone()), spot: Some(spot), message: message.into() }
    }
}

fn head(document: &mut Document<'_>, whole: &DeTable<'_>) -> Option<PhaseHead> {
    let Some(phase) = whole.get("phase") else {
        document.fault(0..0, "the table `[phase]` is missing (hint: add `[phase]` with a `title`)");
        return None;
    };
    let Some(table) = phase.get_ref().as_table() else {
        document.wrong(phase, "phase", "a table");
        return None;
    };
    document.only(table, "[phase]", &["number", "title", "target", "success-rate"]);
    if !table.contains_key("title") {
        document.fault(phase.span(), "the phase has no `title`");
    }
    let success_rate = document.number(table, "success-rate").unwrap_or(100.0);
    if !(0.0..=100.0).contains(&success_rate) {
        let at = table.get("success-rate").map_or(0..0, Spanned::span);
        document.fault(at, format!("`success-rate` is {success_rate}, not a percentage from 0 to 100"));
    }
    Some(PhaseHead {
        number: document.count(table, "number"),
        title: document.string(table, "title").map(|(title, _)| title).unwrap_or_default(),
        target: document.string(table, "target").map(|(target, _)| target),
        success_rate,
    })
}

fn layer(document: &mut Document<'_>, table: &DeTable<'_>, at: Range<usize>) -> Option<LayerEntry> {
    document.only(table, "a [[layer]]", &["scenario", "env", "stage", "goal"]);
    let scenario = document.string(table, "scenario");
    if !table.contains_key("scenario") {
        document.fault(at, "the layer has no `scenario` (hint: the path of a .wasm component)");
    }
    let env = env(document, table);
    let mut stages = Vec::new();
    for (stage, at) in document.tables(table, "stage") {
        stages.extend(stage_change(document, stage, at));
    }
    let mut goals = Vec::new();
    for (goal, at) in document.tables(table, "goal") {
        goals.extend(goal_change(document, goal, at));
    }
    let (scenario, at) = scenario?;
    Some(LayerEntry { scenario: scenario.into(), spot: document.spot(at), env, stages, goals })
}

fn env(document: &mut Document<'_>, table: &DeTable<'_>) -> Vec<(String, String)> {
    let Some(value) = table.get("env") else { return Vec::new() };
    let Some(entries) = value.get_ref().as_table() else {
        document.wrong(value, "env", "a table of texts");
        return Vec::new();
    };
    let mut env = Vec::new();
    for (key, value) in entries.iter() {
        match value.get_ref().as_str() {
            Some(text) => env.push((key.get_ref().to_string(), text.to_owned())),
            None => document.wrong(value, key.get_ref(), "a text"),
        }
    }
    env
}

fn named(
    document: &mut Document<'_>,
    table: &DeTable<'_>,
    at: Range<usize>,
    what: &str,
) -> Option<(String, Spot)> {
    if !table.contains_key("name") {
        document.fault(at, format!("a `[[layer.{what}]]` without the `name` of the {what} that it changes"));
    }
    let (name, at) = document.string(table, "name")?;
    Some((name, document.spot(at)))
}

fn stage_change(document: &mut Document<'_>, table: &DeTable<'_>, at: Range<usize>) -> Option<StageChange> {
    let known = ["name", "executor", "vus", "iterations", "duration", "graceful-stop"];
    document.only(table, "a [[layer.stage]]", &known);
    let name = named(document, table, at, "stage");
    let change = StageChange {
        executor: document.string(table, "executor").map(|(executor, _)| executor),
        vus: document.count(table, "vus"),
        iterations: document.count(table, "iterations"),
        duration: document.duration(table, "duration"),
        graceful_stop: document.duration(table, "graceful-stop"),
        ..StageChange::default()
    };
    name.map(|(name, spot)| StageChange { name, spot, ..change })
}

fn goal_change(document: &mut Document<'_>, table: &DeTable<'_>, at: Range<usize>) -> Option<GoalChange> {
    document.only(table, "a [[layer.goal]]", &["name", "target", "warn"]);
    let name = named(document, table, at, "goal");
    let target = quantity(document, table, "target");
    let warn = quantity(document, table, "warn");
    name.map(|(name, spot)| GoalChange { name, spot, target, warn })
}

fn quantity(document: &mut Document<'_>, table: &DeTable<'_>, key: &str) -> Option<Quantity> {
    let value: &Spanned<DeValue<'_>> = table.get(key)?;
    let spot = document.spot(value.span());
    if let Some(number) = number(value.get_ref()) {
        return Some(Quantity { value: number, unit: String::new(), spot });
    }
    let Some(text) = value.get_ref().as_str() else {
        document.wrong(value, key, "a number, or a text such as \"50 ms\"");
        return None;
    };
    match parse_quantity(text) {
        Ok((number, unit)) => Some(Quantity { value: number, unit: unit.to_owned(), spot }),
        Err(why) => {
            document.fault(value.span(), format!("`{key}`: {why}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let faults = PhaseFile::parse(Path::new("phase.toml"), text).expect_err("faults");
        faults.iter().map(Fault::to_string).collect()
    }

    #[test]
    fn a_whole_file_is_read() {
        let text = r#"
            [phase]
            number = 3
            title = "Site"
            target = "http://h"
            success-rate = 45.5
            [[layer]]
            scenario = "a.wasm"
            env = { path = "/x" }
            [[layer.stage]]
            name = "main"
            vus = 0x10
            duration = "1m30s"
            [[layer.goal]]
            name = "p95"
            target = "50 ms"
            warn = 80
            [[layer]]
            scenario = "b.wasm"
        "#;
        let file = PhaseFile::parse(Path::new("phase.toml"), text).expect("a phase");
        assert_eq!((file.head.number, file.head.success_rate, file.layers.len()), (Some(3), 45.5, 2));
        let layer = &file.layers[0];
        assert_eq!(layer.env, [("path".to_owned(), "/x".to_owned())]);
        assert_eq!(layer.stages[0].vus, Some(16));
        assert_eq!(layer.stages[0].duration, Some(Duration::from_secs(90)));
        assert_eq!(layer.goals[0].target.as_ref().map(|q| (q.value, q.unit.as_str())), Some((50.0, "ms")));
        assert_eq!(layer.goals[0].warn.as_ref().map(|q| (q.value, q.unit.as_str())), Some((80.0, "")));
    }

    #[test]
    fn all_faults_are_said_at_once_with_their_places() {
        let text = "[phase]\ntitel = \"x\"\nnumber = -1\nsuccess-rate = 101\n\n[[layer]]\nscenario = 7\n\
                    turbo = true\n[[layer.stage]]\nduration = \"5 parsecs\"\nvus = \"many\"\n\
                    [[layer.goal]]\nname = \"p95\"\ntarget = \"fast\"\n";
        assert_eq!(
            faults(text),
            [
                "phase.toml:1:1: the phase has no `title`",
                "phase.toml:2:1: unknown key `titel` of [phase] (hint: number, title, target, success-rate)",
                "phase.toml:3:10: `number` is -1, which is not between 0 and 4294967295",
                "phase.toml:4:16: `success-rate` is 101, not a percentage from 0 to 100",
                "phase.toml:7:12: `scenario` is not a text but of the type integer",
                "phase.toml:8:1: unknown key `turbo` of a [[layer]] (hint: scenario, env, stage, goal)",
                "phase.toml:9:1: a `[[layer.stage]]` without the `name` of the stage that it changes",
                "phase.toml:10:12: `duration`: `5 parsecs` is not a duration: `parsecs` is not a unit of time \
                 (hint: `30s`, `1m30s`, `500ms`)",
                "phase.toml:11:7: `vus` is not a whole number but of the type string",
                "phase.toml:14:10: `target`: `fast` is not a number with a unit (hint: `50 ms`)",
            ]
        );
    }

    #[test]
    fn what_is_no_toml_is_placed_and_the_rest_is_still_read() {
        let found = faults("[phase]\ntitle = \n[[layer]]\nscenario = \"a.wasm\"\nx = 1\n");
        assert!(found.iter().any(|fault| fault.starts_with("phase.toml:2:")), "{found:?}");
        assert!(found.iter().any(|fault| fault.contains("unknown key `x`")), "{found:?}");
        let empty = faults("");
        assert!(empty.iter().any(|fault| fault.contains("`[phase]` is missing")), "{empty:?}");
        assert!(empty.iter().any(|fault| fault.contains("no layer")), "{empty:?}");
    }

    #[test]
    fn columns_count_characters() {
        let found = faults("[phase]\ntitle = \"ñ\"\n[[layer]]\nscenario = \"a\"\nenv = { \"ñ\" = 1 }\n");
        assert_eq!(found, ["phase.toml:5:15: `ñ` is not a text but of the type integer"]);
    }
}
