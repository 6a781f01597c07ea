//! What the host functions of one instance work on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxView, WasiView};

use super::access::Access;
use super::call::Beyond;
use super::errand::Errands;
use super::host::{Outgoing, Stream};
use super::limits::{self, Bounds};
use super::stderr::Stderr;
use super::trace::{self, Trace, Traced, What};
use super::turns::Computing;
use crate::clock::{Clock, Nanos, unix_time};
use crate::http::{Alarm, Answer, Client, Guard, Jar, Origin, Pool, Target, Timeouts, Transport};
use crate::measure::{Journal, LogLine, Results};
use crate::plan::{Limits, Metric, Web, bytes_text};

/// What all instances of a layer see alike.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The system under test.
    pub target: Target,
    /// Where else requests may go.
    pub granted: Vec<Origin>,
    /// Whether a granted name may mean an address within, though the target is public.
    pub private: bool,
    /// Of requests that say nothing else.
    pub timeouts: Timeouts,
    /// What can be reached besides the target, and what was refused.
    pub access: Arc<Access>,
    /// Of requests that say nothing else: redirects, cookies, compression.
    pub web: Web,
    /// How connections are made, kept and shared.
    pub transport: Arc<Transport>,
    /// What `setup` returned.
    pub setup_data: Bytes,
    /// The names of the stages.
    pub stages: Vec<String>,
    /// The scenario's own metrics.
    pub metrics: Vec<Metric>,
    /// The results so far; only for `judge`.
    pub results: Option<Results>,
    /// The run's time.
    pub clock: Clock,
    /// Where random numbers follow from.
    pub seed: u64,
    /// What an instance may take.
    pub limits: Limits,
}

/// What an instance is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `describe`: nothing may be sent.
    Describe,
    /// `setup`, `judge` and `teardown`.
    Once,
    /// `iteration`, as this VU.
    Vu(u32),
}

/// The host's half of an instance.
pub struct Vu {
    pub(super) role: Role,
    pub(super) around: Arc<Surroundings>,
    pub(super) client: Client,
    pub(super) jar: Jar,
    pub(super) alarm: Alarm,
    /// Where exchanges are left for whoever polls the guest.
    pub(super) errands: Errands,
    /// The answers of the newest request or requests; the first `kept` ones count.
    pub(super) answers: Vec<Answer>,
    pub(super) kept: usize,
    /// Streamed answers of the present iteration, and how many there were in all.
    pub(super) streams: Vec<Stream>,
    pub(super) stream_number: u64,
    pub(super) journal: Journal,
    /// What stands behind `wasi:http`.
    pub(super) outgoing: Outgoing,
    pub(super) random: StdRng,
    pub(super) table: ResourceTable,
    pub(super) limits: Bounds,
    pub(super) stdout: Stderr,
    pub(super) stderr: Stderr,
    pub(super) computing: Computing,
    /// Bytes that the guest has handed over in the present call of an export.
    pub(super) handed: usize,
    /// The keys that `describe` has asked `run.env` for.
    pub(super) keys: BTreeSet<String>,
    /// Nothing in a run.
    pub(super) trace: Option<Box<Trace>>,
    wasi: WasiCtx,
}

impl Vu {
    /// The host's half of a new instance, with no connections.
    pub fn new(around: Arc<Surroundings>, role: Role) -> Vu {
        let stream = match role {
            Role::Describe | Role::Once => 0,
            Role::Vu(vu) => u64::from(vu),
        };
        // Streams of neighbouring seeds and VUs have nothing in common: the generator hashes its seed.
        let mut seeds = StdRng::seed_from_u64(around.seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (stdout, stderr) = (Stderr::default(), Stderr::default());
        let mut wasi = WasiCtx::builder();
        wasi.stdout(stdout.clone())
            .stderr(stderr.clone())
            .wall_clock(WallClock {
                clock: around.clock,
                began: unix_time().saturating_sub(around.clock.now().since(Nanos(0))),
            })
            .monotonic_clock(MonotonicClock(around.clock))
            .secure_random(StdRng::from_rng(&mut seeds))
            .insecure_random(StdRng::from_rng(&mut seeds))
            .insecure_random_seed(seeds.random())
            .max_random_size(64 * 1024)
            .allow_blocking_current_thread(false)
            .allow_tcp(false)
            .allow_udp(false);
        let mut table = ResourceTable::new();
        table.set_max_capacity(around.limits.resources);
        Vu {
            role,
            client: Client::guarded(
                Guard::new(Arc::clone(&around.target.origin), around.private),
                Arc::clone(&around.transport),
            ),
            jar: Jar::default(),
            alarm: Alarm::default(),
            errands: Errands::default(),
            answers: Vec::new(),
            kept: 0,
            streams: Vec::new(),
            stream_number: 0,
            journal: Journal::new(&around.limits),
            outgoing: Outgoing::default(),
            random: StdRng::from_rng(&mut seeds),
            table,
            limits: Bounds::new(&around.limits),
            stdout,
            stderr,
            computing: Computing::default(),
            handed: 0,
            keys: BTreeSet::new(),
            trace: None,
            wasi: wasi.build(),
            around,
        }
    }

    /// Takes connections from the pool of all VUs of a worker, if the settings say so.
    #[must_use]
    pub fn beside(mut self, pool: &Pool) -> Vu {
        self.client.join(pool);
        self
    }

    /// The same VU for a new instance: connections and cookies move over, everything of the old instance is left
    /// behind.
    pub fn renewed(self) -> Vu {
        let mut vu = Vu::new(self.around, self.role);
        (vu.client, vu.jar, vu.alarm, vu.random) = (self.client, self.jar, self.alarm, self.random);
        (vu.answers, vu.journal, vu.trace) = (self.answers, self.journal, self.trace);
        vu
    }

    /// The same VU for an instance of another version, in the surroundings of that.
    pub fn moved(self, around: Arc<Surroundings>) -> Vu {
        Vu { around, ..self }.renewed()
    }

    /// What `run.env` answers. A key that the scenario has not asked for is not there; `describe` may look at all, and
    /// what it looked at is noted.
    pub(super) fn env_of(&mut self, name: &str) -> Option<String> {
        if self.role == Role::Describe {
            if self.keys.len() < limits::MANIFEST_ENTRIES {
                self.keys.insert(plain(name));
            }
            return self.around.access.given_env(name).map(str::to_owned);
        }
        self.around.access.env(name).map(str::to_owned)
    }

    /// How long the guest has held the thread up since the last time.
    pub fn take_held(&mut self) -> Duration {
        self.computing.take_held()
    }

    /// What the present iteration has recorded, which is over now: streamed answers are given up, what was printed becomes log lines first.
    pub fn journal(&mut self) -> &mut Journal {
        self.leave_streams();
        self.take_outgoing();
        for line in self.stdout.take() {
            self.line("info", &line);
        }
        for line in self.stderr.take() {
            self.line("stderr", &line);
        }
        &mut self.journal
    }

    pub(super) fn line(&mut self, level: &'static str, text: &str) {
        let vu = match self.role {
            Role::Vu(vu) => vu,
            Role::Describe | Role::Once => 0,
        };
        if let Some(trace) = &mut self.trace {
            let (at, text) = (trace.now(), trace::text(text));
            trace.note(at, Duration::ZERO, What::Line { level, text });
        }
        let text = self.around.access.bounded(text, self.around.limits.log_line);
        self.journal.line(LogLine { vu, level, text });
    }

    /// Keeps a trace of what the guest asks for, with the first `keep` bytes of each body.
    #[must_use]
    pub fn with_trace(mut self, keep: usize) -> Vu {
        self.trace = Some(Box::new(Trace::new(&self.around, keep)));
        self
    }

    /// The trace since the last time, if one is kept.
    pub(super) fn take_trace(&mut self) -> Traced {
        self.trace.as_mut().map(|trace| trace.take()).unwrap_or_default()
    }

    /// A host function begins. Nothing, unless a trace is kept.
    pub(super) fn enter(&mut self) -> Option<Nanos> {
        self.trace.as_ref().map(|trace| trace.enter())
    }

    /// A host function that began at `at` returns this.
    pub(super) fn leave(&mut self, at: Option<Nanos>, what: impl FnOnce() -> What) {
        if let (Some(at), Some(trace)) = (at, &mut self.trace) {
            trace.leave(at, what());
        }
    }

    /// A host function that only answers returns: what it was asked about, and the answer.
    pub(super) fn asked(
        &mut self,
        at: Option<Nanos>,
        function: &'static str,
        said: impl FnOnce() -> (String, Option<String>),
    ) {
        self.leave(at, || {
            let (about, answer) = said();
            What::Asked { function, about: trace::text(&about), answer: answer.as_deref().map(trace::text) }
        });
    }

    /// Takes bytes from the guest. The error is a trap.
    pub(super) fn take(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.handed = self.handed.saturating_add(bytes);
        if self.handed > self.around.limits.handed {
            let most = bytes_text(self.around.limits.handed);
            let text = format!("it handed over more than {most} in one call, the most that is taken in all");
            return Err(Beyond { code: "trap-handed", text }.into());
        }
        Ok(())
    }

    /// Notes that the guest computes again after the host has waited for something.
    pub(super) fn waited(&mut self) {
        let now = self.around.clock.now();
        self.computing.entered(now);
    }
}

/// The longest beginning of at most so many bytes that does not split a character.
pub(super) fn clip(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

/// A text on one line, cut to the bound of a log line, without control characters.
pub(super) fn plain(text: &str) -> String {
    plain_within(text, limits::LINE_BYTES)
}

/// The same, cut to another bound.
pub(super) fn plain_within(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most));
    for c in text.chars() {
        if out.len() + c.len_utf8() > most {
            out.push('…');
            break;
        }
        out.push(if c == '\t' || !c.is_control() { c } else { '\u{FFFD}' });
    }
    out
}

impl WasiView for Vu {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// The run's clock as a guest's wall clock.
struct WallClock {
    clock: Clock,
    /// The wall clock's time when the instance was made, less the run's time.
    began: Duration,
}

impl HostWallClock for WallClock {
    fn resolution(&self) -> Duration {
        Duration::from_micros(1)
    }

    fn now(&self) -> Duration {
        self.began + self.clock.now().since(Nanos(0))
    }
}

struct MonotonicClock(Clock);

impl HostMonotonicClock for MonotonicClock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        self.0.now().0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_plain_and_bounded() {
        assert_eq!(plain("a\x1b[31mb\r\nc"), "a\u{FFFD}[31mb\u{FFFD}\u{FFFD}c");
        assert_eq!(plain(&"ñ".repeat(600)).chars().count(), limits::LINE_BYTES / 2 + 1);
    }
}
