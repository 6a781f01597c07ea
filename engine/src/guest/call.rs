//! One instance, and calls of its exports.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{
    ComponentExportIndex, ComponentNamedList, Instance, Lift, Lower, ResourceTableError, TypedFunc,
};
use wasmtime::{AsContextMut, Store, UpdateDeadline, WasmBacktrace};

use super::access::Access;
use super::backtrace;
use super::bindings::types;
use super::errand::Errands;
use super::trace::{self, Traced, What, timed};
use super::turns::Next;
use super::{Context, LoadError, Program, Source, Surroundings, Vu, manifest};
use crate::clock::Nanos;
use crate::judge::Finding;
use crate::measure::{Journal, JournalFull};
use crate::plan::{Limits, Manifest, NeedKind, bytes_text};

/// The codes of traps: of its own doing, and for each bound that it ran into.
pub const TRAPS: [&str; 8] = [
    "trap",
    "trap-time",
    "trap-memory",
    "trap-table",
    "trap-stack",
    "trap-handed",
    "trap-resources",
    "trap-samples",
];

/// A guest has run into a bound of the host's: the error that ends its call.
#[derive(Debug)]
pub(super) struct Beyond {
    /// One of [`TRAPS`].
    pub code: &'static str,
    pub text: String,
}

impl std::fmt::Display for Beyond {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Beyond {}

/// A call that did not return. The instance is broken: drop the guest and make a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    /// What kind of end it was: one of [`TRAPS`].
    pub code: &'static str,
    /// What the guest wrote last, and what wasmtime says.
    pub message: String,
}

impl std::fmt::Display for Trap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Trap {}

impl Trap {
    /// One that is not the guest's doing alone.
    pub fn other(message: String) -> Trap {
        Trap { code: "trap", message }
    }
}

/// What an export returned instead of success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A stable word; one of [`TRAPS`] for a [`Trap`].
    pub code: String,
    /// A sentence.
    pub message: String,
}

impl Failure {
    /// What the scenario said, for people.
    fn of(failure: &types::Failure, access: &Access) -> Failure {
        let code = access.name(&failure.code);
        let code: String = code.chars().filter(|c| !c.is_control()).take(64).collect();
        let code = if code.is_empty() { "failure".to_owned() } else { code };
        Failure { code, message: access.line(&failure.message) }
    }
}

impl From<Trap> for Failure {
    fn from(trap: Trap) -> Failure {
        Failure { code: trap.code.to_owned(), message: trap.message }
    }
}

impl Failure {
    /// Whether it was a [`Trap`].
    pub fn trapped(&self) -> bool {
        TRAPS.contains(&self.code.as_str())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// What wasmtime says when more is copied out of a guest than it may hand over.
const FUEL: &str = "fuel allocated for hostcalls";

type Fallible<T> = (Result<T, types::Failure>,);

/// One instance of a program.
pub struct Guest {
    store: Store<Vu>,
    instance: Instance,
    iteration: TypedFunc<(Context,), Fallible<()>>,
    errands: Errands,
    program: Program,
}

impl Guest {
    /// Makes an instance. Takes about 10 µs.
    ///
    /// # Errors
    /// When there is no room for it, when its start traps, or when an export has another type than the contract's.
    pub async fn new(program: &Program, vu: Vu) -> Result<Guest, Trap> {
        let mut store = Store::new(program.engine(), vu);
        store.limiter(|vu| &mut vu.limits);
        store.set_hostcall_fuel(store.data().around.limits.call);
        let ticker = Arc::clone(&program.ticker);
        store.epoch_deadline_callback(move |mut store| {
            let vu = store.data_mut();
            let clock = vu.around.clock;
            match vu.computing.look(clock.now()) {
                Next::On => Ok(UpdateDeadline::Continue(1)),
                Next::Others(away) => {
                    ticker.hurry();
                    Ok(UpdateDeadline::YieldCustom(1, Box::pin(away.wait(clock))))
                }
                Next::End => {
                    let budget = time_text(vu.computing.budget());
                    let text = format!("it computed for more than {budget} without an end");
                    Err(Beyond { code: "trap-time", text }.into())
                }
            }
        });
        let now = store.data().around.clock.now();
        let longest = store.data().around.limits.iteration;
        begin(&mut store, longest, now);
        let errands = store.data().errands.clone();
        // Its start may call imports: what it computes is counted as of a call, and its waiting is not without an end.
        let most = longest.saturating_mul(2);
        let made = errands.serve(program.pre.instantiate_async(&mut store));
        let instance = match tokio::time::timeout(most, made).await {
            Ok(made) => made.map_err(|error| trap(store.data_mut(), &error))?,
            Err(_) => {
                let message = format!("its start did not end within {}", time_text(most));
                return Err(Trap { code: "trap-time", message });
            }
        };
        let iteration = instance
            .get_typed_func(&mut store, program.exports.iteration)
            .map_err(|error| Trap::other(format!("`iteration` is not the contract's: {error}")))?;
        Ok(Guest { store, instance, iteration, errands, program: program.clone() })
    }

    /// One iteration, started at `now`. Costs about a quarter of a microsecond besides what the guest does.
    ///
    /// # Errors
    /// The outer ones break the instance, the inner ones do not.
    pub async fn iteration(&mut self, context: Context, now: Nanos) -> Result<Result<(), Failure>, Trap> {
        let longest = self.limits().iteration;
        self.store.data_mut().client.begin_iteration();
        begin(&mut self.store, longest, now);
        let call = self.iteration.call_async(&mut self.store, (context,));
        match self.errands.serve(call).await {
            Ok((result,)) => Ok(result.map_err(|failure| self.failure(&failure))),
            Err(error) => Err(trap(self.store.data_mut(), &error)),
        }
    }

    /// As [`Guest::iteration`], and with a trace by the watch too.
    ///
    /// # Errors
    /// The outer ones break the instance, the inner ones do not.
    pub async fn iteration_traced(
        &mut self,
        context: Context,
        now: Nanos,
    ) -> Result<Result<(), Failure>, Trap> {
        let watch = self.store.data().trace.as_ref().map(|trace| trace.watch());
        let longest = self.limits().iteration;
        self.store.data_mut().client.begin_iteration();
        begin(&mut self.store, longest, now);
        let call = timed(watch, self.iteration.call_async(&mut self.store, (context,)));
        match self.errands.serve(call).await {
            Ok((result,)) => Ok(result.map_err(|failure| self.failure(&failure))),
            Err(error) => Err(trap(self.store.data_mut(), &error)),
        }
    }

    fn failure(&self, failure: &types::Failure) -> Failure {
        Failure::of(failure, &self.store.data().around.access)
    }

    fn limits(&self) -> Limits {
        self.store.data().around.limits
    }

    /// What the instance has asked for since the last time; nothing if no trace is kept.
    pub fn take_trace(&mut self) -> Traced {
        self.store.data_mut().take_trace()
    }

    /// The bytes of the instance's linear memories.
    pub fn memory(&self) -> usize {
        self.store.data().limits.memory
    }

    /// What the present iteration has recorded.
    pub fn journal(&mut self) -> &mut Journal {
        self.store.data_mut().journal()
    }

    /// How long the guest has held the thread up since the last time.
    pub fn take_held(&mut self) -> Duration {
        self.store.data_mut().take_held()
    }

    /// What the instance's host functions worked on.
    pub fn into_vu(self) -> Vu {
        self.store.into_data()
    }

    /// Replaces what the host functions tell of the run, for `judge` and `teardown`.
    pub fn surround(&mut self, around: Arc<Surroundings>) {
        self.store.data_mut().around = around;
    }

    /// Asks the scenario what it is.
    ///
    /// # Errors
    /// When it does not answer, or everything that is wrong with its answer.
    pub async fn describe(&mut self, source: &Source) -> Result<Manifest, LoadError> {
        let wrong = |why: String| LoadError::new(&source.path, why);
        self.expect_types().map_err(&wrong)?;
        let index = self.program.exports.describe;
        let answer = self.once::<(types::Manifest,)>(index, self.limits().describe).await;
        let (manifest,) = answer.map_err(|trap| wrong(format!("`describe` failed: {trap}")))?;
        manifest::read(manifest).map_err(|faults| LoadError { path: source.path.clone(), faults })
    }

    /// The keys that `describe` has asked for and the manifest does not name.
    pub(super) fn unnamed_keys(&self, manifest: &Manifest) -> Vec<String> {
        let keys = self.store.data().keys.iter();
        keys.filter(|key| !manifest.needed(NeedKind::Env).any(|known| known == *key)).cloned().collect()
    }

    /// Prepares the run; the bytes are for every VU.
    ///
    /// # Errors
    /// What the scenario says, or a trap, a time-out, or more than 16 MiB.
    pub async fn setup(&mut self) -> Result<Vec<u8>, Failure> {
        let Some(index) = self.program.exports.setup else { return Ok(Vec::new()) };
        let (data,) = self.once::<Fallible<Vec<u8>>>(index, self.limits().setup).await?;
        let data = data.map_err(|failure| self.failure(&failure))?;
        let most = self.limits().setup_data;
        if data.len() > most {
            let message =
                format!("it returned {} bytes, and at most {} are accepted", data.len(), bytes_text(most));
            return Err(Failure { code: "setup-data".to_owned(), message });
        }
        Ok(data)
    }

    /// Asks the scenario for its conclusions.
    ///
    /// # Errors
    /// What the scenario says, or a trap or a time-out.
    pub async fn judge(&mut self) -> Result<Vec<Finding>, Failure> {
        let Some(index) = self.program.exports.judge else { return Ok(Vec::new()) };
        let (findings,) = self.once::<Fallible<Vec<types::Finding>>>(index, self.limits().judge).await?;
        let findings = findings.map_err(|failure| self.failure(&failure))?;
        Ok(manifest::findings(findings, &self.store.data().around.access))
    }

    /// Lets the scenario clean up.
    ///
    /// # Errors
    /// What the scenario says, or a trap or a time-out.
    pub async fn teardown(&mut self) -> Result<(), Failure> {
        let Some(index) = self.program.exports.teardown else { return Ok(()) };
        let (done,) = self.once::<Fallible<()>>(index, self.limits().teardown).await?;
        done.map_err(|failure| self.failure(&failure))
    }

    /// Whether every export has the contract's type, so that a wrong one is found before the run.
    fn expect_types(&mut self) -> Result<(), String> {
        let exports = self.program.exports;
        let mut wrong = Vec::new();
        let mut note = |name: &str, result: Result<(), wasmtime::Error>| {
            if let Err(error) = result {
                wrong.push(format!(
                    "`{name}` is not the contract's: {}",
                    super::vu::plain(&format!("{error:#}"))
                ));
            }
        };
        note("describe", self.typed::<(types::Manifest,)>(exports.describe).map(drop));
        if let Some(index) = exports.setup {
            note("setup", self.typed::<Fallible<Vec<u8>>>(index).map(drop));
        }
        if let Some(index) = exports.judge {
            note("judge", self.typed::<Fallible<Vec<types::Finding>>>(index).map(drop));
        }
        if let Some(index) = exports.teardown {
            note("teardown", self.typed::<Fallible<()>>(index).map(drop));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }

    fn typed<R>(&mut self, index: ComponentExportIndex) -> wasmtime::Result<TypedFunc<(), R>>
    where
        R: ComponentNamedList + Lift + Send + Sync + 'static,
        (): Lower,
    {
        self.instance.get_typed_func(&mut self.store, index)
    }

    /// Calls an export without parameters that may take `longest`, waiting included.
    async fn once<R>(&mut self, index: ComponentExportIndex, longest: Duration) -> Result<R, Trap>
    where
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let func = self.typed::<R>(index).map_err(|error| Trap::other(format!("{error:#}")))?;
        let now = self.store.data().around.clock.now();
        // The time-out is what ends it, at the tick after it: it counts waiting too.
        begin(&mut self.store, longest.saturating_mul(2), now);
        let watch = self.store.data().trace.as_ref().map(|trace| trace.watch());
        let call = self.errands.serve(timed(watch, func.call_async(&mut self.store, ())));
        match tokio::time::timeout(longest, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(trap(self.store.data_mut(), &error)),
            Err(_) => {
                let message = format!("it did not return within {}", time_text(longest));
                Err(Trap { code: "trap-time", message })
            }
        }
    }
}

/// Makes ready for a call at `now` that may compute for `budget`.
fn begin(store: &mut Store<Vu>, budget: Duration, now: Nanos) {
    store.set_epoch_deadline(1);
    let mut store = store.as_context_mut();
    let vu = store.data_mut();
    vu.computing.begin(now, budget);
    vu.handed = 0;
}

/// A trap's message: what the guest wrote to standard error, which is where a panic says its line; what happened;
/// and where, if the component has names.
fn trap(vu: &mut Vu, error: &wasmtime::Error) -> Trap {
    let said = vu.stderr.take();
    for line in &said {
        vu.line("stderr", line);
    }
    if let Some(trace) = &mut vu.trace {
        let (at, frames) = (trace.now(), backtrace::frames(error));
        let message = trace::text(&cause(error, &vu.around.limits));
        trace.note(at, Duration::ZERO, What::Trap { message, frames });
    }
    let mut message = {
        let lines: Vec<_> = said.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        lines.split_at(lines.len().saturating_sub(4)).1.join(" ")
    };
    let cause = cause(error, &vu.around.limits);
    if !message.is_empty() {
        message.push_str(" · ");
    }
    message.push_str(cause.trim_start_matches("wasm trap: "));
    let frame = error.downcast_ref::<WasmBacktrace>().and_then(|trace| trace.frames().first());
    if let Some(name) = frame.and_then(|frame| frame.func_name()) {
        message.push_str(" in ");
        message.push_str(&backtrace::plain_name(name));
    }
    Trap { code: code(vu, error), message: vu.around.access.line(message.trim()) }
}

/// Which of [`TRAPS`] it was.
fn code(vu: &Vu, error: &wasmtime::Error) -> &'static str {
    if let Some(refused) = vu.limits.refused {
        refused
    } else if let Some(beyond) = error.downcast_ref::<Beyond>() {
        beyond.code
    } else if error.is::<JournalFull>() {
        "trap-samples"
    } else if matches!(error.downcast_ref::<ResourceTableError>(), Some(ResourceTableError::Full)) {
        "trap-resources"
    } else if matches!(error.downcast_ref::<wasmtime::Trap>(), Some(wasmtime::Trap::StackOverflow)) {
        "trap-stack"
    } else if error.root_cause().to_string().contains(FUEL) {
        "trap-handed"
    } else {
        "trap"
    }
}

fn time_text(time: Duration) -> String {
    match time.subsec_millis() {
        0 => format!("{} s", time.as_secs()),
        _ => format!("{} ms", time.as_millis()),
    }
}

/// What wasmtime says, or a plainer sentence for what it says of one of its bounds.
fn cause(error: &wasmtime::Error, limits: &Limits) -> String {
    let cause = error.root_cause().to_string();
    if cause.contains(FUEL) {
        return format!(
            "it handed over more than {} at a time, the most that is taken from a component",
            bytes_text(limits.call)
        );
    }
    cause
}
