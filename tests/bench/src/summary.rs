//! A run of strata, and the summary that it wrote.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::Suite;
use crate::machine::pinned;
use crate::process::{self, Ended};
use crate::server::Server;
use crate::tools::{Tool, forget};

/// Runs a scenario against the server on the generator's core, with more arguments.
///
/// # Errors
/// When strata cannot be started, or ends without a summary.
pub fn run(suite: &Suite, server: &Server, scenario: &Path, more: &[&str]) -> Result<(Ended, Value)> {
    let out = suite.folder.path().join("out");
    forget(&out)?;
    let program = Tool::Strata.program().map_err(anyhow::Error::msg)?;
    let mut argv = pinned(suite.machine.generator_core, program);
    argv.extend(["run".into(), scenario.into(), "--quiet".into(), "--target".into(), server.url().into()]);
    argv.extend(["--out".into(), out.as_os_str().to_owned()]);
    argv.extend(more.iter().map(Into::into));
    let ended = process::run(&argv, suite.folder.path())?;
    if !matches!(ended.code, 0 | 99 | 111) {
        bail!("strata ended with {}: {}", ended.code, ended.last_words());
    }
    let text = fs::read_to_string(out.join("summary.json")).context("no summary")?;
    Ok((ended, serde_json::from_str(&text).context("a summary that is no JSON")?))
}

/// A metric of a summary as a whole.
pub fn whole<'a>(summary: &'a Value, name: &str) -> Option<&'a Value> {
    let untagged = |row: &&Value| row.get("tags").and_then(Value::as_array).is_some_and(Vec::is_empty);
    summary
        .get("metrics")?
        .as_array()?
        .iter()
        .filter(untagged)
        .find(|row| row.get("name").is_some_and(|n| n == name))
}

/// A number of such a metric; not a number if there is none.
pub fn figure(summary: &Value, metric: &str, name: &str) -> f64 {
    whole(summary, metric).and_then(|row| row.get(name)?.as_f64()).unwrap_or(f64::NAN)
}
