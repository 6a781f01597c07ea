//! What a virtual user of a heavy guest adds to the memory of a run: an interpreter brings megabytes of initial memory along,
//! and only the pages that a VU has written may be its own.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use strata_support::{Hostile, Strata};

/// What each VU has been through when it is looked at.
const ITERATIONS: u64 = 10;
const MANY: u64 = 200;
/// Until all of them have been through it, at most.
const PATIENCE: Duration = Duration::from_secs(300);

/// A run that is looked at.
struct Held {
    /// KiB that are in memory and are this process's alone, without what it has of files as they are.
    own: u64,
    /// KiB of the largest initial memory that instances have mapped.
    initial: u64,
}

/// The number of those who wait for an answer, and whether they get it.
#[derive(Default)]
struct Gate {
    state: Mutex<(u64, bool)>,
    changed: Condvar,
}

impl Gate {
    fn wait(&self) {
        let mut state = self.state.lock().expect("nobody panicked");
        state.0 += 1;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |(_, open)| !*open).expect("nobody panicked"));
    }

    /// Waits until so many wait here.
    fn gather(&self, number: u64) {
        let state = self.state.lock().expect("nobody panicked");
        let waited = self.changed.wait_timeout_while(state, PATIENCE, |(waiting, _)| *waiting < number);
        let (state, _) = waited.expect("nobody panicked");
        assert!(state.0 == number, "{} of {number} VUs came to their last request", state.0);
    }

    fn open(&self) {
        self.state.lock().expect("nobody panicked").1 = true;
        self.changed.notify_all();
    }
}

/// The memory of a run whose VUs have been through [`ITERATIONS`] each, a request and a check in each of them, and all wait
/// for the answer to one request more: with their connections, recorders and stacks.
fn held(component: &Path, vus: u64) -> Held {
    let gate = Arc::<Gate>::default();
    let at_gate = Arc::clone(&gate);
    let server = Hostile::start(move |visit| {
        let mut requests = 0;
        while visit.request().is_some() {
            requests += 1;
            if requests > ITERATIONS {
                at_gate.wait();
            }
            if !visit.answer("") {
                return;
            }
        }
    });
    let (number, iterations) = (vus.to_string(), (ITERATIONS + 1).to_string());
    let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([component]);
    let load = ["--executor", "per-vu-iterations", "--iterations", &iterations, "--vus", &number];
    let strata = strata.args(["--target", &server.url(), "--env", "mode=ok", "--quiet"]).args(load);
    let running = strata.start();
    gate.gather(vus);
    let held = look(running.id());
    gate.open();
    let ended = running.end().with(0);
    assert_eq!(ended.count("http_reqs"), vus * (ITERATIONS + 1));
    held
}

fn look(process: u32) -> Held {
    let maps = fs::read_to_string(format!("/proc/{process}/smaps")).expect("a running process");
    let (mut held, mut image) = (Held { own: 0, initial: 0 }, false);
    for line in maps.lines() {
        let kib = || line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0);
        if line.starts_with("Anonymous:") {
            held.own += kib();
        } else if line.starts_with("Size:") && image {
            held.initial = held.initial.max(kib());
        } else if line.split(' ').next().is_some_and(|range| range.contains('-')) {
            image = line.contains("wasm-memory-image");
        }
    }
    held
}

/// What one VU more takes, and the initial memory.
fn per_vu(component: &Path) -> (f64, u64) {
    // Whoever compiles takes memory for it.
    let inspect = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["inspect"]).args([component]);
    drop(inspect.run().with(0));
    let (one, many) = (held(component, 1), held(component, MANY));
    (many.own.saturating_sub(one.own) as f64 / (MANY - 1) as f64, many.initial)
}

/// What a VU of this guest takes beyond what one of another takes, which is connections, recorders and the like besides
/// an instance, is less than half of its initial memory: the rest of that is there once for all.
pub fn shares(guest: &Path, other: &Path) -> Result<(), String> {
    let ((takes, initial), (basis, _)) = (per_vu(guest), per_vu(other));
    let said = format!(
        "a VU takes {takes:.0} KiB, {:.0} more than one of Rust, and has {initial} KiB of initial memory",
        takes - basis
    );
    println!("{said}");
    if 2.0 * (takes - basis) < initial as f64 { Ok(()) } else { Err(said) }
}
