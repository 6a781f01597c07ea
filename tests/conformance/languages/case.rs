//! One case: what a probe is told to do, and what must come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;
use serde_json::Value;
use strata_support::{Answering, Ended, Strata, missing, repository};

use super::guests::Guest;

/// A file of `cases/`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    #[serde(skip)]
    pub name: String,
    /// What must be true.
    says: String,
    /// Of `strata run`, apart from the probe and the target; `{nobody}` is a URL on which nobody listens.
    #[serde(default)]
    arguments: String,
    /// Files beside it, by their names.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Variables of strata's own environment.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// The exit codes that are right.
    #[serde(default = "passed")]
    exit: Vec<i32>,
    iterations: Option<u64>,
    /// As the target counted them.
    requests: Option<u64>,
    /// How often each check was made; all must hold, and there may be no others.
    #[serde(default)]
    checks: BTreeMap<String, u64>,
    /// How many iterations failed with each code.
    #[serde(default)]
    failures: BTreeMap<String, u64>,
    /// The counts of metrics.
    #[serde(default)]
    counts: BTreeMap<String, u64>,
    /// What standard error, or a failure's message, has in it.
    #[serde(default)]
    says_so: Vec<String>,
    /// The rows of the finding, which must all have passed.
    rows: Option<usize>,
    /// A trend whose numbers are the same for the same seed, and others for another.
    seeded: Option<String>,
    /// An env with which `strata inspect` gives the manifest in `CASE.json beside it`.
    manifest: Option<String>,
    /// Of an iteration: less than what its requests would take one after another.
    shorter_than_ms: Option<f64>,
    /// Languages in which it cannot work, and why.
    #[serde(default)]
    cannot: BTreeMap<String, String>,
}

fn passed() -> Vec<i32> {
    vec![0]
}

impl Case {
    /// Every case, in the order of their names.
    pub fn all() -> Vec<Case> {
        let folder = repository().join("tests/conformance/cases");
        let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let mut cases: Vec<Case> = files
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .map(|path| {
                let text = fs::read_to_string(&path).expect("a text");
                let mut case: Case =
                    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                case.name = path.file_stem().expect("a name").to_string_lossy().into_owned();
                case
            })
            .collect();
        cases.sort_by(|one, other| one.name.cmp(&other.name));
        assert!(cases.len() >= 25, "{} cases", cases.len());
        cases
    }

    /// Whether it holds in a language, or does not where it cannot.
    pub fn hold(&self, guest: &Guest) -> Result<(), String> {
        let component = match guest.component() {
            Ok(component) => component,
            Err(why) => {
                missing(&why);
                return Ok(());
            }
        };
        println!("{}", self.says);
        let faults = self.faults(&component);
        match (self.cannot.get(guest.name), faults.as_slice()) {
            (None, []) => Ok(()),
            (None, faults) => Err(faults.join("\n")),
            (Some(reason), []) => Err(format!("it works, and was said not to: {reason}")),
            (Some(reason), faults) => {
                println!("cannot work, as the {reason}:\n{}", faults.join("\n"));
                Ok(())
            }
        }
    }

    fn faults(&self, component: &std::path::Path) -> Vec<String> {
        if let Some(env) = &self.manifest {
            return self.manifest_faults(component, env);
        }
        let ended = |seed: &str| {
            let server = Answering::start();
            (self.run(component, &server, seed), server)
        };
        let (first, server) = ended("1");
        let mut faults = self.outcome(&first, &server);
        if let Some(metric) = &self.seeded {
            let numbers = |ended: &Ended| ended.metric(metric).map(|metric| metric["avg"].clone());
            let (again, other) = (ended("1").0, ended("2").0);
            if numbers(&first) != numbers(&again) {
                faults.push(format!("{metric} differs with the same seed"));
            }
            if numbers(&first) == numbers(&other) {
                faults.push(format!("{metric} is the same with another seed"));
            }
        }
        faults
    }

    fn run(&self, component: &std::path::Path, server: &Answering, seed: &str) -> Ended {
        let nobody = nobody();
        let words = self.arguments.split_whitespace().map(|word| {
            word.replace("{nobody-host}", nobody.trim_start_matches("http://")).replace("{nobody}", &nobody)
        });
        let mut strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([component]);
        for (name, text) in &self.files {
            strata = strata.file(name, text);
        }
        for (name, value) in &self.environment {
            strata = strata.env(name, value);
        }
        strata.args(["--target", &server.url(), "--seed", seed]).args(words).run()
    }

    fn outcome(&self, ended: &Ended, server: &Answering) -> Vec<String> {
        let mut faults = Vec::new();
        let mut expect = |what: &str, found: String, wanted: String| {
            if found != wanted {
                faults.push(format!("{what}: {found}, and not {wanted}"));
            }
        };
        if !self.exit.contains(&ended.code) {
            expect("exit code", ended.code.to_string(), format!("one of {:?}", self.exit));
        }
        if ended.runs().is_empty() {
            faults.push(format!("there was no run; it said:\n{}", ended.stderr));
            return faults;
        }
        let summary = ended.summary();
        if let Some(wanted) = self.iterations {
            expect("iterations", ended.count("iterations").to_string(), wanted.to_string());
        }
        if let Some(wanted) = self.requests {
            expect("requests by the server's count", server.count().to_string(), wanted.to_string());
            expect("requests by strata's count", ended.count("http_reqs").to_string(), wanted.to_string());
        }
        expect("checks", format!("{:?}", tagged(&summary, "checks", "check")), format!("{:?}", self.checks));
        let broken = broken(&summary);
        expect("checks that do not hold", format!("{broken:?}"), "{}".to_owned());
        if !self.failures.is_empty() {
            let found = tagged(&summary, "iterations_failed", "error_code");
            expect("failures", format!("{found:?}"), format!("{:?}", self.failures));
        }
        for (metric, wanted) in &self.counts {
            expect(metric, ended.count(metric).to_string(), wanted.to_string());
        }
        if let Some(wanted) = self.rows {
            let rows = summary["layers"][0]["breakdown"].as_array().cloned().unwrap_or_default();
            expect("rows of the finding", rows.len().to_string(), wanted.to_string());
            let wrong: Vec<_> = rows.iter().filter(|row| row["passed"] != true).collect();
            expect("rows that have not passed", format!("{wrong:?}"), "[]".to_owned());
        }
        if let Some(most) = self.shorter_than_ms {
            let took = ended.metric("iteration_duration").and_then(|metric| metric["max"].as_f64());
            expect("an iteration is short", took.is_some_and(|took| took < most).to_string(), "true".into());
        }
        let messages = texts(&summary["layers"][0]["failures"]).join(" ");
        let said = one_line(&format!("{} {messages}", ended.stderr));
        for wanted in &self.says_so {
            if !said.contains(&one_line(wanted)) {
                faults.push(format!("it does not say `{wanted}` but: {said}"));
            }
        }
        faults
    }

    fn manifest_faults(&self, component: &std::path::Path, env: &str) -> Vec<String> {
        let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["inspect", "--json", "--env", env]);
        let ended = strata.args([component]).run();
        let Ok(said) = serde_json::from_str::<Value>(&ended.stdout) else {
            return vec![format!("it gives no JSON: {}{}", ended.stdout, ended.stderr)];
        };
        let path = repository().join(format!("tests/conformance/cases/{}.json", self.name));
        let wanted: Value =
            serde_json::from_str(&fs::read_to_string(path).expect("a manifest")).expect("JSON");
        if said["manifest"] == wanted { Vec::new() } else { vec![format!("{:#}", said["manifest"])] }
    }
}

/// How many samples a metric has for each value of a tag.
fn tagged(summary: &Value, metric: &str, tag: &str) -> BTreeMap<String, u64> {
    let metrics = summary["metrics"].as_array().cloned().unwrap_or_default();
    let own = metrics.iter().filter(|found| found["name"] == metric);
    own.filter_map(|found| {
        let tags = found["tags"].as_array()?;
        let [only] = tags.as_slice() else { return None };
        let count = found["count"].as_f64()? as u64;
        (only[0] == tag).then(|| (only[1].as_str().unwrap_or_default().to_owned(), count))
    })
    .collect()
}

fn broken(summary: &Value) -> BTreeSet<String> {
    let metrics = summary["metrics"].as_array().cloned().unwrap_or_default();
    let broken =
        metrics.iter().filter(|found| found["name"] == "checks" && found["rate"].as_f64() < Some(1.0));
    broken.map(|found| found["tags"].to_string()).filter(|tags| tags != "[]").collect()
}

/// Every text in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Terminals break lines where they like.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A URL on which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", listener.local_addr().expect("an address"))
}
