//! What a scenario says of itself.

use std::sync::Arc;

use super::{Compiler, Guest, LoadError, Program, Role, Source, Surroundings, Vu};
use crate::clock::Clock;
use crate::http::Target;
use crate::plan::Manifest;

/// Compiles a component and asks it what it is, with these values for `run.env`. It cannot reach anything else while it
/// answers.
///
/// # Errors
/// Everything that is wrong with the component or its answer.
pub async fn inspect(
    compiler: &Compiler,
    source: &Source,
    env: &[(String, String)],
) -> Result<(Program, Manifest), LoadError> {
    let wrong = |why: String| LoadError::new(&source.path, why);
    let program = compiler.compile(source)?;
    let target = Target::parse("http://target.invalid").map_err(|error| wrong(error.message))?;
    let around = Arc::new(Surroundings {
        target,
        granted: Vec::new(),
        env: env.to_vec(),
        setup_data: Vec::new(),
        stages: Vec::new(),
        metrics: Vec::new(),
        results: None,
        clock: Clock::start(),
        seed: 0,
    });
    let guest = Guest::new(&program, Vu::new(around, Role::Describe)).await;
    let mut guest = guest.map_err(|trap| wrong(format!("cannot be started: {trap}")))?;
    let manifest = guest.describe(source).await?;
    Ok((program, manifest))
}
