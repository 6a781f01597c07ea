//! `strata run`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::exit::Exit;
use super::session::{Destination, session};
use super::{Stop, gather};
use crate::config::{Flags, parse_pair};
use crate::plan::parse_duration;

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// A .wasm component or a phase.toml
    source: PathBuf,
    /// Base URL of the system under test
    #[arg(long, short, value_name = "URL")]
    target: Option<String>,
    /// Virtual users of every stage
    #[arg(long, short = 'u', value_name = "N")]
    vus: Option<u32>,
    /// How long every stage starts iterations: 30s, 1m30s, 500ms
    #[arg(long, short, value_name = "TIME", value_parser = parse_duration)]
    duration: Option<Duration>,
    /// Iterations of every stage, shared by its virtual users
    #[arg(long, short, value_name = "N")]
    iterations: Option<u32>,
    #[command(flatten)]
    more: MoreArguments,
    /// Folder for the run's files; new or empty [default: a new one in strata-runs/]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write the summary to this file too
    #[arg(long, value_name = "FILE")]
    summary_export: Option<PathBuf>,
    /// Show only verdicts, warnings and errors
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Args)]
struct MoreArguments {
    /// A value that the scenario can read; may be repeated
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = parse_pair)]
    env: Vec<(String, String)>,
    /// A tag on every sample; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    tag: Vec<(String, String)>,
    /// A host besides the target that the scenario may reach; may be repeated
    #[arg(long, value_name = "HOST:PORT")]
    allow_host: Vec<String>,
    /// What the random numbers of scenarios follow from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

pub(super) fn run(arguments: &RunArguments) -> Result<Exit, Stop> {
    let flags = Flags {
        target: arguments.target.clone(),
        vus: arguments.vus,
        duration: arguments.duration,
        iterations: arguments.iterations,
        env: arguments.more.env.clone(),
        tags: arguments.more.tag.clone(),
        hosts: arguments.more.allow_host.clone(),
        seed: arguments.more.seed,
        workers: workers(),
    };
    let destination = Destination {
        out: arguments.out.as_deref(),
        summary_export: arguments.summary_export.as_deref(),
        quiet: arguments.quiet,
    };
    let sources = gather::read(&arguments.source)?;
    session(sources, &gather::name(&arguments.source), &flags, &destination)
}

/// One worker for each core that this process may use.
pub(super) fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
