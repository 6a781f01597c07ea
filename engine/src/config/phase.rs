//! `phase.toml`.
//!
//! ```toml
//! [phase]
//! number = 3
//! title = "Community site"
//! target = "http://127.0.0.1:8080"
//! success-rate = 100
//! connect-timeout = "2s"       # of requests that say nothing themselves; a layer's own are stronger
//! first-byte-timeout = "5s"
//! request-timeout = "30s"
//! max-redirects = 10           # these too
//! cookies = true
//! compression = "gzip, br"
//!
//! [limits]                     # of every scenario's instances
//! memory = "64MiB"
//! iteration = "2s"
//! resources = 100
//!
//! [data.users]                 # see `given`
//! file = "users.csv"
//!
//! [secrets.token]
//! env = "API_TOKEN"
//! [http]                       # how connections are made, kept and shared
//! ca-cert = "ca.pem"           # a file beside this one; or a list
//! tls-min = "1.3"
//! connections = "shared"
//! max-per-host = 6
//!
//! [[layer]]
//! scenario = "../pack/layer-08-api-throughput.wasm"
//! name = "throughput"          # the scenario's own unless given
//! env = { region = "eu" }
//! start-time = "5s"            # after the layers before it have ended
//!
//! [[layer.stage]]              # changes the scenario's stage of that name
//! name = "feed"
//! executor = "ramping-arrival-rate"
//! rate = 10
//! ramps = ["30s:100", "1m:0"]
//! vus = 50
//! max-vus = 200
//!
//! [[layer.goal]]               # changes the scenario's goal of that name, or adds one
//! name = "throughput"
//! target = "60 req/s"
//!
//! [[layer.goal]]
//! name = "steady"
//! measure = "http_req_duration{stage:feed} p(95)"
//! op = "<="
//! target = "250 ms"
//! over = "10s"                 # in windows of 10 seconds,
//! met = 95                     # 95 % of which must meet it
//! abort-on-fail = true
//! delay = "30s"
//!
//! [[layer]]
//! scenario = "../pack/hello.wasm"
//! after = "throughput"         # or a list; all layers before it unless given
//! only-if = "throughput"       # it is not run unless that one has passed
//!
//! [[layer]]
//! scenario = "../pack/cache.wasm"
//! with = "hello"               # begins when that one begins
//! ```

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::DeTable;

use super::changes::{GoalChange, StageChange, goal_change, stage_change};
use super::document::{Document, Fault, Spot};
use super::given::Given;
use super::limits::limits;
use super::transport::transport;
use crate::plan::{Limits, Timeouts, Transport, Web, shown};

/// The most layers of a phase.
const MOST_LAYERS: usize = 200;

/// The keys of [`Timeouts`], in the order of its fields.
const TIMEOUTS: [&str; 3] = ["connect-timeout", "first-byte-timeout", "request-timeout"];
/// The keys of [`Web`].
const WEB: [&str; 3] = ["max-redirects", "cookies", "compression"];

/// What `[phase]` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PhaseHead {
    /// Its number.
    pub number: Option<u32>,
    /// What reports call it.
    pub title: String,
    /// The base URL of the system under test, if the file names it.
    pub target: Option<Named>,
    /// Percent of layers that must pass.
    pub success_rate: f64,
    /// Of requests that say nothing themselves.
    pub timeouts: Timeouts,
    /// The same: redirects, cookies, compression.
    pub web: Web,
}

/// A `[[layer]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerEntry {
    /// The component, as written.
    pub scenario: PathBuf,
    /// Where that is written.
    pub spot: Spot,
    /// The name of the layer, if it is not to be the scenario's.
    pub name: Option<Named>,
    /// The layers after which it begins; `None` for all before it in the file.
    pub after: Option<Vec<Named>>,
    /// The layer with which it begins.
    pub with: Option<Named>,
    /// The layers that must have passed for it to run.
    pub only_if: Vec<Named>,
    /// How long after that it begins.
    pub start_time: Option<Duration>,
    /// What `run.env` answers.
    pub env: Vec<(String, String)>,
    /// Of requests that say nothing themselves.
    pub timeouts: Timeouts,
    /// The same: redirects, cookies, compression.
    pub web: Web,
    /// What is different from the scenario's own stages.
    pub stages: Vec<StageChange>,
    /// What is different from the scenario's own goals.
    pub goals: Vec<GoalChange>,
}

/// A name, and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Where.
    pub spot: Spot,
}

/// A whole file.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// The phase.
    pub head: PhaseHead,
    /// What scenarios may take.
    pub limits: Limits,
    /// Rows and secrets.
    pub given: Given,
    /// How connections are made, kept and shared.
    pub transport: Transport,
    /// The layers, in order; not empty.
    pub layers: Vec<LayerEntry>,
}

impl PhaseFile {
    /// Reads a phase file's text.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file.
    pub fn parse(path: &Path, text: &str) -> Result<PhaseFile, Vec<Fault>> {
        let (file, faults) = PhaseFile::read(path, text);
        if faults.is_empty() { Ok(file) } else { Err(faults) }
    }

    /// What can be read of a phase file's text, and everything that is wrong with it, in the order of the file.
    pub fn read(path: &Path, text: &str) -> (PhaseFile, Vec<Fault>) {
        let (mut document, table) = Document::parse(path, text);
        let whole = table.get_ref();
        document.only(whole, "a phase file", &["phase", "limits", "http", "data", "secrets", "layer"]);
        let head = head(&mut document, whole);
        let limits = limits(&mut document, whole);
        let given = super::given::read(&mut document, whole, path);
        let transport = transport(&mut document, whole, path);
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
        (PhaseFile { path: path.to_owned(), head, limits, given, transport, layers }, document.into_faults())
    }

    /// A fault at a place of this file.
    pub fn fault(&self, spot: Spot, message: impl Into<String>) -> Fault {
        Fault { path: Some(self.path.clone()), spot: Some(spot), message: message.into() }
    }
}

fn head(document: &mut Document<'_>, whole: &DeTable<'_>) -> PhaseHead {
    let Some(phase) = whole.get("phase") else {
        document.fault(0..0, "the table `[phase]` is missing (hint: add `[phase]` with a `title`)");
        return PhaseHead::default();
    };
    let Some(table) = phase.get_ref().as_table() else {
        document.wrong(phase, "phase", "a table");
        return PhaseHead::default();
    };
    let known = ["number", "title", "target", "success-rate"];
    document.only(table, "[phase]", &[&known[..], &TIMEOUTS, &WEB].concat());
    if !table.contains_key("title") {
        document.fault(phase.span(), "the phase has no `title`");
    }
    let success_rate = document.number(table, "success-rate").unwrap_or(100.0);
    if !(0.0..=100.0).contains(&success_rate) {
        let at = table.get("success-rate").map_or(0..0, Spanned::span);
        document.fault(at, format!("`success-rate` is {success_rate}, not a percentage from 0 to 100"));
    }
    PhaseHead {
        number: document.count(table, "number"),
        title: document.string(table, "title").map(|(title, _)| title).unwrap_or_default(),
        target: document.string(table, "target").map(|(name, at)| Named { name, spot: document.spot(at) }),
        success_rate,
        timeouts: timeouts(document, table),
        web: document.web(table),
    }
}

fn timeouts(document: &mut Document<'_>, table: &DeTable<'_>) -> Timeouts {
    let [connect, first_byte, request] = TIMEOUTS.map(|key| document.timeout(table, key));
    Timeouts { connect, first_byte, request }
}

fn layer(document: &mut Document<'_>, table: &DeTable<'_>, at: Range<usize>) -> Option<LayerEntry> {
    let known = ["scenario", "name", "after", "with", "only-if", "start-time", "env", "stage", "goal"];
    document.only(table, "a [[layer]]", &[&known[..], &TIMEOUTS, &WEB].concat());
    let scenario = document.string(table, "scenario");
    if !table.contains_key("scenario") {
        document.fault(at, "the layer has no `scenario` (hint: the path of a .wasm component)");
    }
    let name = layer_name(document, table);
    let after = table.contains_key("after").then(|| document.names(table, "after"));
    let with = document.string(table, "with").map(|(name, at)| Named { name, spot: document.spot(at) });
    if let (Some(_), Some(with)) = (&after, table.get("with")) {
        document.fault(with.span(), "`with` and `after` contradict each other: a layer has one of them");
    }
    let only_if = document.names(table, "only-if");
    let start_time = document.duration(table, "start-time");
    let env = env(document, table);
    let timeouts = timeouts(document, table);
    let web = document.web(table);
    let mut stages = Vec::new();
    for (stage, at) in document.tables(table, "stage") {
        stages.extend(stage_change(document, stage, at));
    }
    once(document, "stage", stages.iter().map(|stage| (stage.spec.name.as_str(), stage.spot)));
    let mut goals = Vec::new();
    for (goal, at) in document.tables(table, "goal") {
        goals.extend(goal_change(document, goal, at));
    }
    once(document, "goal", goals.iter().map(|goal| (goal.name.as_str(), goal.spot)));
    let (scenario, at) = scenario?;
    let spot = document.spot(at);
    Some(LayerEntry {
        scenario: scenario.into(),
        spot,
        name,
        after,
        with,
        only_if,
        start_time,
        env,
        timeouts,
        web,
        stages,
        goals,
    })
}

/// Says of each stage or goal that is changed twice in a layer where it was before.
fn once<'n>(document: &mut Document<'_>, what: &str, names: impl Iterator<Item = (&'n str, Spot)>) {
    let mut known = BTreeMap::new();
    for (name, spot) in names {
        let first = *known.entry(name).or_insert(spot);
        if first != spot {
            let message = format!(
                "the {what} `{}` stands here a second time, after line {}, column {} (hint: write all of it there)",
                shown(name),
                first.line,
                first.column
            );
            document.fault_at(spot, message);
        }
    }
}

fn layer_name(document: &mut Document<'_>, table: &DeTable<'_>) -> Option<Named> {
    let (name, at) = document.string(table, "name")?;
    let good = (1..=64).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !good {
        let shown = shown(&name);
        document.fault(at.clone(), format!("`name` is `{shown}`, not 1 to 64 letters, digits, `-` and `_`"));
    }
    Some(Named { name, spot: document.spot(at) })
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
        assert_eq!(layer.stages[0].spec.vus, Some(16));
        assert_eq!(layer.stages[0].spec.duration, Some(Duration::from_secs(90)));
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
                "phase.toml:2:1: unknown key `titel` of [phase] (hint: number, title, target, success-rate, \
                 connect-timeout, first-byte-timeout, request-timeout, max-redirects, cookies, compression)",
                "phase.toml:3:10: `number` is -1, which is not between 0 and 4294967295",
                "phase.toml:4:16: `success-rate` is 101, not a percentage from 0 to 100",
                "phase.toml:7:12: `scenario` is not a text but of the type integer",
                "phase.toml:8:1: unknown key `turbo` of a [[layer]] (hint: scenario, name, after, with, only-if, \
                 start-time, env, stage, goal, connect-timeout, first-byte-timeout, request-timeout, max-redirects, cookies, compression)",
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
    fn limits_are_read_and_their_faults_are_placed() {
        let rest = "[phase]\ntitle = \"x\"\n[[layer]]\nscenario = \"a.wasm\"\n";
        let text = format!("{rest}[limits]\nmemory = \"64MiB\"\nresources = 100\n");
        let file = PhaseFile::parse(Path::new("phase.toml"), &text).expect("a phase");
        assert_eq!((file.limits.memory, file.limits.resources), (64 * 1024 * 1024, 100));
        let found = faults(&format!("{rest}[limits]\nmemory = \"lots\"\ntable = 0\njudge = true\nx = 1\n"));
        assert_eq!(found.len(), 4, "{found:?}");
        for (fault, why) in found.iter().zip([
            "phase.toml:6:10: `lots` is not a size",
            "phase.toml:7:9: `table` is 0, not between",
            "phase.toml:8:9: `judge` is not a text or a whole number but of the type boolean",
            "phase.toml:9:1: unknown key `x` of [limits] (hint: memory, table,",
        ]) {
            assert!(fault.starts_with(why), "{fault}");
        }
    }

    #[test]
    fn an_order_is_read_and_contradictions_are_said() {
        let text = "[phase]\ntitle = \"x\"\n[[layer]]\nscenario = \"a.wasm\"\nname = \"a\"\nafter = []\n\
                    [[layer]]\nscenario = \"b.wasm\"\nwith = \"a\"\nstart-time = \"5s\"\n\
                    [[layer]]\nscenario = \"c.wasm\"\nafter = [\"a\", \"b\"]\nonly-if = \"a\"\n";
        let file = PhaseFile::parse(Path::new("phase.toml"), text).expect("a phase");
        let [a, b, c] = &file.layers[..] else { panic!("three layers") };
        let names = |names: &[Named]| names.iter().map(|named| named.name.clone()).collect::<Vec<_>>();
        assert_eq!(
            (a.name.as_ref().map(|named| named.name.as_str()), a.after.as_deref()),
            (Some("a"), Some(&[][..]))
        );
        assert_eq!((b.with.as_ref().map(|named| named.name.as_str()), b.after.is_none()), (Some("a"), true));
        assert_eq!(b.start_time, Some(Duration::from_secs(5)));
        assert_eq!(
            (names(c.after.as_deref().unwrap_or_default()), names(&c.only_if)),
            (vec!["a".into(), "b".into()], vec!["a".into()])
        );
        let found = faults(
            "[phase]\ntitle = \"x\"\n[[layer]]\nscenario = \"a.wasm\"\nname = \"a b\"\nwith = \"b\"\nafter = 3\n",
        );
        assert_eq!(
            found,
            [
                "phase.toml:5:8: `name` is `a b`, not 1 to 64 letters, digits, `-` and `_`",
                "phase.toml:6:8: `with` and `after` contradict each other: a layer has one of them",
                "phase.toml:7:9: `after` is not a text or a list of texts but of the type integer",
            ]
        );
    }

    #[test]
    fn goals_and_loads_of_the_files_own_are_read_and_their_faults_are_placed() {
        let text = "[phase]\ntitle = \"x\"\n[[layer]]\nscenario = \"a.wasm\"\n\
                    [[layer.stage]]\nname = \"main\"\nramps = [\"30s:5\", \"x\"]\n\
                    [[layer.goal]]\nname = \"p\"\nmeasure = \"http_req_duration{a p(95)\"\nop = \"=<\"\nover = \"x\"\n\
                    [[layer.goal]]\nname = \"q\"\nmeasure = \"http_reqs p(x)\"\nmet = true\nabort-on-fail = 1\n";
        assert_eq!(
            faults(text),
            [
                "phase.toml:7:19: `ramps`: `x` is not a duration and a target: the `:` is missing (hint: `30s:100`)",
                "phase.toml:10:31: `measure`: `http_req_duration{a` is not a selector (hint: `metric{tag:value}`): \
                 the closing `}` is missing",
                "phase.toml:11:6: `op`: `=<` is not a comparison (hint: `<`, `<=`, `>` or `>=`)",
                "phase.toml:12:8: `over`: `x` is not a duration: a number is missing (hint: `30s`, `1m30s`, `500ms`)",
                "phase.toml:15:22: `measure`: `p(x)` is not an aggregate (hint: avg, min, med, max, p(95), count, \
                 rate or value)",
                "phase.toml:16:7: `met` is not a number but of the type boolean",
                "phase.toml:17:17: `abort-on-fail` is not true or false but of the type integer",
            ]
        );
    }

    #[test]
    fn issue_3_a_stage_or_goal_that_is_changed_twice_is_refused_with_both_places() {
        let text = "[phase]\ntitle = \"x\"\n[[layer]]\nscenario = \"a.wasm\"\n[[layer.stage]]\nname = \"main\"\n\
                    [[layer.goal]]\nname = \"main\"\n[[layer.stage]]\nname = \"main\"\n[[layer.goal]]\n  name = \"main\"\n\
                    [[layer]]\nscenario = \"b.wasm\"\n[[layer.stage]]\nname = \"main\"\n";
        assert_eq!(
            faults(text),
            [
                "phase.toml:10:8: the stage `main` stands here a second time, after line 6, column 8 (hint: write all of \
                 it there)",
                "phase.toml:12:10: the goal `main` stands here a second time, after line 8, column 8 (hint: write all \
                 of it there)",
            ]
        );
    }

    #[test]
    fn columns_count_characters() {
        let found = faults("[phase]\ntitle = \"ñ\"\n[[layer]]\nscenario = \"a\"\nenv = { \"ñ\" = 1 }\n");
        assert_eq!(found, ["phase.toml:5:15: `ñ` is not a text but of the type integer"]);
    }
}
