//! The confusion matrix of phase 3: eleven layers against the eight profiles of the reference target.
//!
//! A layer must find the defect that it is about, and must not blame it for anything else. The binary runs the
//! committed pack, two profiles at a time: round trips govern what is measured, not the processor.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says why and ends"
)]

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::scope;

use serde_json::Value;
use strata::clock::Clock;
use strata_support::{Strata, repository};
use strata_target::{Defect, Options, Profile, Server};

/// Profiles that run at the same time.
const AT_ONCE: usize = 2;
/// Requests that are not counted: of `setup` in layers 10 and 11, of `teardown` in layers 19 and 20, and the one that
/// fills the cache in layer 19.
const UNCOUNTED: u64 = 5;

/// A layer, the defect that keeps it from passing, and what it is then.
struct Row {
    number: u64,
    title: &'static str,
    defect: Option<(Defect, &'static str)>,
}

const fn row(number: u64, title: &'static str, defect: Option<(Defect, &'static str)>) -> Row {
    Row { number, title, defect }
}

/// The phase, with the statuses of its analysis.
const PHASE: [Row; 11] = [
    row(1, "Database Connection", Some((Defect::Pool, "WARNING"))),
    row(2, "User Registration", Some((Defect::Registration, "FAILED"))),
    row(3, "Memory Management", None),
    row(8, "Throughput", Some((Defect::Blocking, "FAILED"))),
    row(10, "Automations", Some((Defect::AutomationRace, "FAILED"))),
    row(11, "Cache", Some((Defect::Cache, "FAILED"))),
    row(15, "Group Assignment", Some((Defect::NPlusOne, "FAILED"))),
    row(15, "Feed Performance", None),
    row(18, "Stress Handling", None),
    row(19, "Graceful Degradation", None),
    row(20, "Recovery", None),
];

impl Row {
    fn expected(&self, profile: Profile) -> &'static str {
        match self.defect {
            Some((defect, status)) if profile.has(defect) => status,
            _ => "PASSED",
        }
    }
}

/// What came of a profile.
struct Column {
    profile: Profile,
    summary: Value,
    code: i32,
    /// What is known to the target and not to strata, or the other way round.
    miscounted: Option<String>,
}

impl Column {
    /// Runs the phase against this profile.
    fn run(profile: Profile) -> Column {
        let target = Server::start(Options { profile, ..Options::default() }).expect("a target");
        let phase = repository().join("scenarios-wasm/phase-3/phase.toml");
        let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run", "--quiet"]).args([phase]);
        let ended = strata.args(["--target", &target.url()]).run();
        let (counted, arrived) = (ended.count("http_reqs"), target.arrivals().count);
        let miscounted = (counted + UNCOUNTED != arrived)
            .then(|| format!("{counted} requests and {UNCOUNTED} uncounted ones are not {arrived} arrivals"));
        Column { profile, summary: ended.summary(), code: ended.code, miscounted }
    }

    fn layer(&self, row: &Row) -> &Value {
        let layers = self.summary["layers"].as_array().expect("layers");
        let found = layers.iter().find(|layer| layer["number"] == row.number && layer["title"] == row.title);
        found.unwrap_or_else(|| panic!("no layer {} {} in {:#}", row.number, row.title, self.summary))
    }

    fn status(&self, row: &Row) -> &str {
        self.layer(row)["status"].as_str().expect("a status")
    }

    /// Everything that is not as it should be.
    fn faults(&self) -> Vec<String> {
        let mut faults: Vec<String> =
            self.miscounted.iter().map(|why| format!("{}: {why}", self.profile)).collect();
        for row in &PHASE {
            let (status, expected) = (self.status(row), row.expected(self.profile));
            if status != expected {
                faults.push(format!(
                    "{}: layer {} {} is {status} and not {expected}: {:#}",
                    self.profile,
                    row.number,
                    row.title,
                    self.layer(row)
                ));
            }
        }
        let passed = PHASE.iter().filter(|row| row.expected(self.profile) == "PASSED").count();
        let code = if passed == PHASE.len() { 0 } else { 99 };
        // A machine that stood still for a second makes a measurement INVALID, and says so; verdicts must hold anyway.
        if self.code != code && self.summary["run"]["validity"] != "INVALID" {
            faults.push(format!("{}: the exit code is {} and not {code}", self.profile, self.code));
        }
        faults
    }
}

/// Says something now, also while the test passes.
fn say(text: &str) {
    let mut stderr = std::io::stderr().lock();
    writeln!(stderr, "{text}").expect("standard error");
}

/// Layers down, profiles across; each status with the number that it follows from.
fn matrix(columns: &[Column]) -> String {
    let mut text = format!("{:<24}", "");
    for column in columns {
        let _ = write!(text, "{:>17}", column.profile.to_string());
    }
    for row in &PHASE {
        let _ = write!(text, "\n{:>2} {:<21}", row.number, row.title);
        for column in columns {
            let value = column.layer(row)["result"]["value"].as_f64().unwrap_or(f64::NAN);
            let _ = write!(text, "{:>17}", format!("{} {value:.2}", column.status(row)));
        }
    }
    let _ = write!(text, "\n{:<24}", "success rate");
    for column in columns {
        let rate = column.summary["phase"]["success_rate"].as_f64().expect("a rate");
        let _ = write!(text, "{:>17}", format!("{rate:.2} %"));
    }
    text
}

#[test]
fn each_layer_finds_its_defect_and_no_other() {
    let clock = Clock::start();
    let seconds = || format!("{:.0} s", clock.now().as_ms() / 1000.0);
    let waiting: Mutex<VecDeque<Profile>> = Mutex::new(Profile::all().into());
    let columns: Mutex<Vec<Column>> = Mutex::default();
    scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(profile) = waiting.lock().expect("no panic").pop_front() else { break };
                    say(&format!("phase: {profile} runs ({})", seconds()));
                    let column = Column::run(profile);
                    say(&format!("phase: {profile} is done ({})", seconds()));
                    columns.lock().expect("no panic").push(column);
                }
            });
        }
    });
    let mut columns = columns.into_inner().expect("no panic");
    columns.sort_by_key(|column| Profile::all().iter().position(|profile| *profile == column.profile));
    assert_eq!(columns.len(), Profile::all().len());
    say(&matrix(&columns));
    let faults: Vec<String> = columns.iter().flat_map(Column::faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let rate = |profile| {
        let column = columns.iter().find(|column| column.profile == profile).expect("a column");
        column.summary["phase"]["success_rate"].as_f64()
    };
    assert_eq!((rate(Profile::AsFound), rate(Profile::Fixed)), (Some(45.45), Some(100.0)));
}

/// Issue 4: three runs in a row agree, also while something else uses up a core.
#[test]
fn issue_4_three_runs_in_a_row_agree_with_a_core_busy() {
    let over = AtomicBool::new(false);
    let rounds = scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
        let round = |_| {
            let runs =
                [Profile::AsFound, Profile::Fixed].map(|profile| scope.spawn(move || Column::run(profile)));
            runs.map(|run| run.join())
        };
        let rounds = [1, 2, 3].map(round);
        // Nothing before this may panic: the other thread would go on for ever.
        over.store(true, Ordering::Relaxed);
        rounds
    });
    let mut faults = Vec::new();
    for columns in rounds {
        let columns = columns.map(|column| column.expect("a run with results"));
        say(&format!("phase: with a core busy\n{}", matrix(&columns)));
        faults.extend(columns.iter().flat_map(Column::faults));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
