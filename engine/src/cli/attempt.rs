//! `strata try`: a few iterations of one virtual user, and everything that they do.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{ArgGroup, Args};
use strata_target::Echo;

use super::exit::Exit;
use super::gather::{self, Gathered, Sources};
use super::packs::TrustArguments;
use super::run::WebArguments;
use super::session::{compiler, runtime, signals};
use super::transport::TransportArguments;
use super::{Stop, build, console, shared};
use crate::conduct::{Attempt, attempt as conduct_attempt};
use crate::config::{Flags, parse_data, parse_limit, parse_pair};
use crate::event::{Outcome, Part, Trial};
use crate::plan::LayerPlan;
use crate::report::{trial_end, trial_heading, trial_json, trial_part};

/// How many bytes of a body are shown, and how many are in the JSON document.
const SHOWN_BODY: usize = 4 * 1024;
const WRITTEN_BODY: usize = 16 * 1024;
/// How many calls the JSON document holds.
const WRITTEN_CALLS: usize = 20_000;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata try shop.wasm --echo
  strata try shop.wasm --target http://127.0.0.1:8080 -n 3 --body
  strata try shop --target http://127.0.0.1:8080 --secret token=env:API_TOKEN --json")]
#[command(group(ArgGroup::new("system").required(true).args(["target", "echo"])))]
pub(super) struct AttemptArguments {
    /// A .wasm component, or a project's folder, which is built first
    #[arg(default_value = ".")]
    file: PathBuf,
    /// How many iterations
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    iterations: u32,
    /// Base URL of the system under test
    #[arg(long, short, value_name = "URL")]
    target: Option<String>,
    /// Instead of a system, one inside of this process that answers what it was sent, as JSON
    #[arg(long)]
    echo: bool,
    /// The stage that iterations are told [default: the first]
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// Show the bodies of requests and answers, or their beginnings
    #[arg(long)]
    body: bool,
    /// A value that the scenario can read; may be repeated
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = parse_pair)]
    env: Vec<(String, String)>,
    /// A file of rows for the scenarios that ask for it, .csv, .json or .jsonl; may be repeated
    #[arg(long, value_name = "NAME=FILE", value_parser = parse_data)]
    data: Vec<(String, PathBuf)>,
    /// A secret and where it is, as token=env:VARIABLE or token=file:FILE; may be repeated
    #[arg(long, value_name = "NAME=SOURCE")]
    secret: Vec<String>,
    /// A host besides the target that the scenario may reach; may be repeated
    #[arg(long, value_name = "HOST:PORT")]
    allow_host: Vec<String>,
    /// Let the names of those hosts mean private, loopback and link-local addresses though the target is public
    #[arg(long)]
    allow_private: bool,
    /// What a scenario may take: memory=64MiB, iteration=2s, ... (a wrong name lists all); may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_limit)]
    limit: Vec<(String, String)>,
    #[command(flatten)]
    web: WebArguments,
    /// What the random numbers of the scenario follow from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Write one JSON document (strata.try/1)
    #[arg(long)]
    json: bool,
    // The last, because its heading would go on.
    #[command(flatten)]
    connections: TransportArguments,
}

/// Tries a scenario. 99 when a check or an iteration failed, 107 when it trapped or its setup failed.
pub(super) fn attempt(arguments: &AttemptArguments) -> Result<Exit, Stop> {
    let sources = component(&arguments.file, &arguments.env)?;
    let echo = arguments.echo.then(Echo::start).transpose().context("the echo cannot be started")?;
    let flags = Flags {
        target: echo.as_ref().map(Echo::url).or_else(|| arguments.target.clone()),
        env: arguments.env.clone(),
        data: arguments.data.clone(),
        secrets: shared::secrets(&arguments.secret)?,
        limits: arguments.limit.clone(),
        hosts: arguments.allow_host.clone(),
        private: arguments.allow_private,
        transport: arguments.connections.settings()?,
        web: arguments.web.web(),
        seed: arguments.seed,
        workers: 1,
        ..Flags::default()
    };
    let trial = runtime()?.block_on(async {
        let ready = gather::plan(sources, &compiler().with_lines(), &flags).await?;
        show(ready, arguments).await
    })?;
    Ok(exit(&trial))
}

/// The component to be tried.
fn component(path: &Path, env: &[(String, String)]) -> Result<Sources, Stop> {
    let built = if path.is_dir() { Some(build::fresh(path, env)?) } else { None };
    let path = built.as_deref().unwrap_or(path);
    match gather::read(path, &TrustArguments::default(), &Flags::default())? {
        Sources::Phase(_) => Err(Stop::bad_input([format!(
            "{}: is a phase (hint: name one of its components)",
            path.display()
        )])),
        component @ Sources::Component(_) => Ok(component),
    }
}

async fn show(ready: Gathered, arguments: &AttemptArguments) -> Result<Trial, Stop> {
    let Gathered { plan, cast, target, granted, shared, transport, .. } = ready;
    let (Some(layer), Some(cast)) = (plan.layers.first(), cast.first()) else {
        return Err(Stop::bad_input(["there is nothing to try"]));
    };
    for warning in &plan.warnings {
        console::say(&format!("warning: {warning}"));
    }
    let stage = stage(layer, arguments.stage.as_deref())?;
    let (mut stream, width) = console::page();
    let mut broken = None;
    let mut write = |text: &str| {
        if broken.is_none() {
            broken = stream.write_all(text.as_bytes()).and_then(|()| stream.flush()).err();
        }
    };
    let signals = signals(false)?;
    let attempt = Attempt {
        layer,
        cast,
        target,
        granted,
        shared,
        transport,
        private: plan.private,
        seed: plan.seed,
        stage,
        iterations: arguments.iterations,
        bodies: match (arguments.body, arguments.json) {
            (false, _) => 0,
            (true, false) => SHOWN_BODY,
            (true, true) => WRITTEN_BODY,
        },
        keep: if arguments.json { WRITTEN_CALLS } else { 0 },
        signals,
    };
    let trial = if arguments.json {
        let trial = conduct_attempt(attempt, &mut |_: &Part| ()).await;
        write(&(trial_json(&trial) + "\n"));
        trial
    } else {
        let name = layer.stages.get(stage).map(|stage| stage.name.as_str()).unwrap_or_default();
        write(&trial_heading(&layer.scenario, &plan.target, name, width));
        let trial = conduct_attempt(attempt, &mut |part: &Part| write(&trial_part(part, width))).await;
        write(&trial_end(&trial, width));
        trial
    };
    broken.map_or(Ok(trial), |error| Err(anyhow::anyhow!("standard output: {error}").into()))
}

/// The index of the stage of that name, or of the first.
fn stage(layer: &LayerPlan, name: Option<&str>) -> Result<usize, Stop> {
    let Some(name) = name else { return Ok(0) };
    layer.stages.iter().position(|stage| stage.name == name).ok_or_else(|| {
        let known: Vec<_> = layer.stages.iter().map(|stage| stage.name.as_str()).collect();
        let name = name.escape_debug();
        Stop::bad_input([format!("--stage: the scenario has no stage `{name}` (hint: {})", known.join(", "))])
    })
}

fn exit(trial: &Trial) -> Exit {
    if trial.interrupted {
        Exit::Interrupted
    } else if trial.any(Outcome::Trapped) || trial.setup_failed() {
        Exit::ScenarioFailed
    } else if trial.any(Outcome::Failed) || trial.checks.failed > 0 {
        Exit::GoalsFailed
    } else {
        Exit::Passed
    }
}
