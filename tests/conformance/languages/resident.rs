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

/// What a run holds in memory that is nobody else's, in KiB.
struct Held {
    /// Of the memory of its guests: what instances have written. What they share of their initial memory is not in it.
    guests: u64,
    /// In all.
    own: u64,
    /// The largest initial memory that instances have mapped, which is not in the others.
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
    let strata = strata.args(["--target", &server.url(), "--quiet"]).args(load);
    let running = strata.start();
    gate.gather(vus);
    let held = look(running.id());
    gate.open();
    let ended = running.end().with(0);
    assert_eq!(ended.count("http_reqs"), vus * (ITERATIONS + 1));
    held
}

/// Reads the mappings of a process. The memory of an instance is a mapping of the component's initial memory, and the writable
/// ones that lie directly before and behind it.
fn look(process: u32) -> Held {
    let maps = fs::read_to_string(format!("/proc/{process}/smaps")).expect("a running process");
    let mut held = Held { guests: 0, own: 0, initial: 0 };
    // Of the writable mappings without a gap between them: where they end, what is in them, whether one is initial memory.
    let (mut end, mut written, mut guest) = (0, 0, false);
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (Some(first), Some(second)) = (words.next(), words.next()) else { continue };
        if first == "Anonymous:" {
            let kib: u64 = second.parse().expect("a number of KiB");
            held.own += kib;
            written += kib;
        } else if let Some((from, to)) = first.split_once('-') {
            let address = |text| u64::from_str_radix(text, 16).expect("an address");
            if !second.starts_with("rw") || address(from) != end {
                held.guests += if guest { written } else { 0 };
                (written, guest) = (0, false);
            }
            end = address(to);
            if line.contains("wasm-memory-image") {
                guest = true;
                held.initial = held.initial.max((end - address(from)) / 1024);
            }
        }
    }
    held.guests += if guest { written } else { 0 };
    held
}

/// What an instance has written of its memory is no more than was measured when the language was chosen, and a quarter; and
/// with all else that a VU takes it is less than half of the initial memory, the rest of which is there once for all.
pub fn shares(component: &Path, figure: u64) -> Result<(), String> {
    // Whoever compiles takes memory for it.
    let inspect = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["inspect"]).args([component]);
    drop(inspect.run().with(0));
    let (one, many) = (held(component, 1), held(component, MANY));
    let each = |one: u64, many: u64| many.saturating_sub(one) as f64 / (MANY - 1) as f64;
    let (guest, whole) = (each(one.guests, many.guests), each(one.own, many.own));
    let said = format!(
        "a VU has written {guest:.0} KiB of its memory and takes {whole:.0} KiB in all; {figure} KiB were measured, of {} KiB of initial memory",
        many.initial
    );
    println!("{said}");
    let shared = 2.0 * whole < many.initial as f64;
    if guest > 0.0 && guest <= 1.25 * figure as f64 && shared { Ok(()) } else { Err(said) }
}
