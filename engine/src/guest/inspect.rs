//! What a scenario says of itself, and what its component shows.

use std::sync::Arc;
use std::time::Duration;

use super::access::Access;
use super::engine::PACKAGE;
use super::producers::producers;
use super::{Compiler, Guest, LoadError, Producer, Program, Role, Source, Surroundings, Vu};
use crate::clock::Clock;
use crate::http::{Target, Timeouts};
use crate::plan::{Manifest, Web};

/// What a component's file shows, apart from what it says.
#[derive(Clone, Debug)]
pub struct Anatomy {
    /// Its bytes.
    pub size: usize,
    /// The contract's version that it was built against, if it imports anything of it.
    pub contract: Option<String>,
    /// The interfaces that it imports: `strata:scenario/http@0.1.0`.
    pub imports: Vec<String>,
    /// Which of the contract's exports it has.
    pub exports: Vec<&'static str>,
    /// What it was made with.
    pub producers: Vec<Producer>,
    /// How long it took to have its code.
    pub compiling: Duration,
    /// Whether the code was on disk already.
    pub cached: bool,
}

/// Compiles a component and asks it what it is, twice: who knows different answers has none. It cannot reach anything
/// while it answers; `env` is what `run.env` tells it.
///
/// # Errors
/// Everything that is wrong with the component or its answer.
pub async fn inspect(
    compiler: &Compiler,
    source: &Source,
    env: &[(String, String)],
) -> Result<(Program, Manifest), LoadError> {
    let program = compiler.compile(source)?;
    let manifest = describe(&program, source, env).await?;
    Ok((program, manifest))
}

/// Another version of a component that runs, compiled, linked and asked what it is as by [`inspect`], on this thread
/// alone; `instances` of it are to have room.
///
/// # Errors
/// Everything that is wrong with the component or its answer.
pub async fn successor(
    compiler: &Compiler,
    running: &Program,
    source: &Source,
    env: &[(String, String)],
    instances: u32,
) -> Result<(Program, Manifest), LoadError> {
    let program = compiler.replace(running, source, instances)?;
    let manifest = describe(&program, source, env).await?;
    Ok((program, manifest))
}

/// As [`inspect`], with what the component's file shows.
///
/// # Errors
/// Everything that is wrong with the component or its answer.
pub async fn anatomy(
    compiler: &Compiler,
    source: &Source,
    env: &[(String, String)],
) -> Result<(Anatomy, Manifest), LoadError> {
    let (clock, found) = (Clock::start(), compiler.found());
    let program = compiler.compile(source)?;
    let compiling = clock.now().since(crate::clock::Nanos(0));
    let cached = compiler.found() > found;
    let manifest = describe(&program, source, env).await?;
    let imports = program.imports();
    let version = |import: &String| Some(import.strip_prefix(PACKAGE)?.split_once('@')?.1.to_owned());
    let exports = program.exports;
    let optional =
        [("setup", exports.setup), ("judge", exports.judge), ("teardown", exports.teardown)].into_iter();
    let optional = optional.filter(|(_, index)| index.is_some()).map(|(name, _)| name);
    let anatomy = Anatomy {
        size: source.bytes.len(),
        contract: imports.iter().filter_map(version).max(),
        exports: ["describe", "iteration"].into_iter().chain(optional).collect(),
        imports,
        producers: producers(&source.bytes),
        compiling,
        cached,
    };
    Ok((anatomy, manifest))
}

async fn describe(
    program: &Program,
    source: &Source,
    env: &[(String, String)],
) -> Result<Manifest, LoadError> {
    let wrong = |why: String| LoadError::new(&source.path, why);
    let target = Target::parse("http://target.invalid").map_err(|error| wrong(error.message))?;
    let around = Arc::new(Surroundings {
        target,
        granted: Vec::new(),
        private: false,
        timeouts: Timeouts::default(),
        access: Arc::new(Access::describing(env)),
        transport: Arc::default(),
        web: Web::default(),
        setup_data: bytes::Bytes::new(),
        stages: Vec::new(),
        metrics: Vec::new(),
        results: None,
        clock: Clock::start(),
        seed: 0,
        limits: program.limits(),
    });
    let guest = Guest::new(program, Vu::new(around, Role::Describe)).await;
    let mut guest = guest.map_err(|trap| wrong(format!("cannot be started: {trap}")))?;
    let manifest = guest.describe(source).await?;
    let again = guest.describe(source).await?;
    let unnamed = guest.unnamed_keys(&manifest);
    match difference(&manifest, &again) {
        None if unnamed.is_empty() => Ok(manifest),
        None => {
            let say = |key| {
                format!(
                    "`describe` reads the env `{key}`, which its `needs` do not name (hint: a need of the kind `env`)"
                )
            };
            Err(LoadError { path: source.path.clone(), faults: unnamed.iter().map(say).collect() })
        }
        Some(what) => Err(wrong(format!(
            "`describe` gave two answers when it was asked twice: {what} differ (hint: a manifest must not depend on \
             random numbers, on time or on earlier calls)"
        ))),
    }
}

/// The first part of a manifest in which two differ.
fn difference(one: &Manifest, other: &Manifest) -> Option<&'static str> {
    let parts = [
        ("the names", one.name == other.name),
        ("the layers", one.place == other.place),
        ("the stages", one.stages == other.stages),
        ("the goals", one.goals == other.goals),
        ("the metrics", one.metrics == other.metrics),
        ("the priorities", one.priority == other.priority),
        ("the needs", one.needs == other.needs),
    ];
    parts.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
}
