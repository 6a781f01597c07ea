//! `strata run`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use super::ci::{self, Annotation, Ci};
use super::exit::Exit;
use super::packs::TrustArguments;
use super::session::{Destination, session};
use super::transport::TransportArguments;
use super::watch::Watched;
use super::{Stop, build, compare, console, gather, report, shared};
use crate::config::{Flags, parse_data, parse_limit, parse_pair, parse_ramp};
use crate::event::{Summary, Validity};
use crate::judge::Comparison;
use crate::pack::{Project, Watch};
use crate::plan::{Ramp, Timeouts, Web, parse_compression, parse_duration, parse_redirects, parse_timeout};
use crate::report::{Detail, comparison, write_comparison};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata run shop.wasm --target http://127.0.0.1:8080 --vus 50 --duration 1m
  strata run shop.wasm --target http://127.0.0.1:8080 --rate 1000 --vus 100 --duration 30s
  strata run phase.toml --target https://staging.example --layer 8
  strata run oci://ghcr.io/team/pack@sha256:... --target https://staging.example --ci
  strata run pack.tar --target http://127.0.0.1:8080 --verify release.key.pub --max-vus 200
  strata run pack.tar --target http://127.0.0.1:8080 --ci --baseline main/summary.json")]
pub(super) struct RunArguments {
    /// A .wasm component, a phase.toml, or a pack: a folder, a .tar or oci://HOST/NAME@sha256:...
    source: PathBuf,
    /// Base URL of the system under test
    #[arg(long, short, value_name = "URL")]
    target: Option<String>,
    /// Virtual users of every stage
    #[arg(long, short = 'u', value_name = "N", allow_negative_numbers = true)]
    vus: Option<u32>,
    /// How long every stage starts iterations: 30s, 1m30s, 500ms
    #[arg(long, short, value_name = "TIME", value_parser = parse_duration, allow_hyphen_values = true)]
    duration: Option<Duration>,
    /// Iterations of every stage, shared by its virtual users
    #[arg(long, short, value_name = "N", allow_negative_numbers = true)]
    iterations: Option<u32>,
    /// Swap the components of layers when their files are saved; of a project's folder, build it on each save
    #[arg(long)]
    watch: bool,
    /// Take a saved version back if 3 of its first 10 iterations trap
    #[arg(long, requires = "watch")]
    rollback_on_trap: bool,
    #[command(flatten)]
    more: MoreArguments,
    /// Folder for the run's files; new or empty [default: a new one in strata-runs/]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write the summary to this file too
    #[arg(long, value_name = "FILE")]
    summary_export: Option<PathBuf>,
    /// Take commands on this loopback address too, with a token, or on this unix socket: 127.0.0.1:6565, ./strata.sock
    #[arg(long, value_name = "ADDR|PATH")]
    control: Option<String>,
    /// Show lines, no live view, also on a terminal
    #[arg(long)]
    plain: bool,
    /// Write JUnit XML to this file too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Hold the run against an earlier one, its folder or summary.json: what no longer passes fails
    #[arg(long, value_name = "RUN")]
    baseline: Option<PathBuf>,
    /// As a job of CI: no animation, details folded, annotations, a summary in $GITHUB_STEP_SUMMARY
    #[arg(long, conflicts_with = "quiet")]
    ci: bool,
    #[command(flatten)]
    trust: TrustArguments,
    /// Show only verdicts, warnings and errors
    #[arg(long, short)]
    quiet: bool,
    // The last, because their headings would go on.
    #[command(flatten)]
    load: LoadArguments,
    #[command(flatten)]
    connections: TransportArguments,
}

/// A load instead of the scenario's own stages.
#[derive(Debug, Args)]
#[command(next_help_heading = "A load instead of the scenario's own")]
struct LoadArguments {
    /// One stage of this executor: constant-vus, ramping-vus, constant-arrival-rate, ...
    #[arg(long, value_name = "NAME")]
    executor: Option<String>,
    /// Iterations started per --time-unit, at the start of a ramp
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    rate: Option<u32>,
    /// What --rate and its targets are relative to [default: 1s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration, allow_hyphen_values = true)]
    time_unit: Option<Duration>,
    /// A point of a ramp, such as 30s:100; may be repeated
    #[arg(long, short, value_name = "TIME:TARGET", value_parser = parse_ramp)]
    stage: Vec<Ramp>,
    /// Room for this many virtual users of each layer, to scale up to while it runs [default: those of its stages]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    room: Option<u32>,
    /// How arrivals lie in time: regular or poisson [default: regular]
    #[arg(long, value_name = "HOW")]
    arrival: Option<String>,
}

#[derive(Debug, Args)]
struct MoreArguments {
    /// Run only the layers of this number or name; may be repeated
    #[arg(long, value_name = "LAYER")]
    layer: Vec<String>,
    /// Leave out the layers of this number or name; may be repeated
    #[arg(long, value_name = "LAYER")]
    skip: Vec<String>,
    /// A value that the scenario can read; may be repeated
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = parse_pair)]
    env: Vec<(String, String)>,
    /// A file of rows for the scenarios that ask for it, .csv, .json or .jsonl; may be repeated
    #[arg(long, value_name = "NAME=FILE", value_parser = parse_data)]
    data: Vec<(String, PathBuf)>,
    /// A secret and where it is, as token=env:VARIABLE or token=file:FILE; may be repeated
    #[arg(long, value_name = "NAME=SOURCE")]
    secret: Vec<String>,
    /// A tag on every sample; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    tag: Vec<(String, String)>,
    /// A host besides the target that the scenario may reach; may be repeated
    #[arg(long, value_name = "HOST:PORT")]
    allow_host: Vec<String>,
    /// Refuse a run that asks for more virtual users at a time; of arrivals given here, their most [default: --vus]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_vus: Option<u32>,
    /// Refuse a run in which iterations may start for longer
    #[arg(long, value_name = "TIME", value_parser = parse_duration, allow_hyphen_values = true)]
    max_duration: Option<Duration>,
    /// Refuse a run that asks for more iterations per second; closed executors ask for none
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_rate: Option<u32>,
    /// Let the names of those hosts mean private, loopback and link-local addresses though the target is public
    #[arg(long)]
    allow_private: bool,
    #[command(flatten)]
    timeouts: TimeoutArguments,
    #[command(flatten)]
    web: WebArguments,
    /// What a scenario may take: memory=64MiB, iteration=2s, ... (a wrong name lists all); may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_limit)]
    limit: Vec<(String, String)>,
    /// What the random numbers of scenarios follow from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Enter dropped iterations into iteration_response_time, at the age they had when a virtual user was free again
    #[arg(long)]
    censor_dropped: bool,
}

/// Of requests that say nothing themselves.
#[derive(Debug, Args)]
struct TimeoutArguments {
    /// How long opening a connection may take [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = parse_timeout, allow_hyphen_values = true)]
    connect_timeout: Option<Duration>,
    /// How long the first byte of an answer may take [default: as the request]
    #[arg(long, value_name = "TIME", value_parser = parse_timeout, allow_hyphen_values = true)]
    first_byte_timeout: Option<Duration>,
    /// How long a request may take in all [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = parse_timeout, allow_hyphen_values = true)]
    request_timeout: Option<Duration>,
}

/// The same.
#[derive(Debug, Args)]
pub(super) struct WebArguments {
    /// How many redirects of a request are followed [default: 10]
    #[arg(long, value_name = "N", value_parser = parse_redirects, allow_hyphen_values = true)]
    max_redirects: Option<u32>,
    /// Keep no cookies
    #[arg(long)]
    no_cookies: bool,
    /// What answers may be compressed with: gzip, br, zstd, deflate, or all [default: none]
    #[arg(long, value_name = "LIST", value_parser = parse_compression)]
    compression: Option<String>,
}

impl WebArguments {
    pub(super) fn web(&self) -> Web {
        Web {
            redirects: self.max_redirects,
            cookies: self.no_cookies.then_some(false),
            compression: self.compression.clone(),
        }
    }
}

pub(super) fn run(arguments: &RunArguments) -> Result<Exit, Stop> {
    if !arguments.ci {
        let earlier = arguments.baseline.as_deref().map(baseline).transpose()?;
        let summary = play(arguments)?;
        if let Some(earlier) = &earlier {
            against(earlier, &summary)?;
        }
        let compared = earlier.as_ref().map(|earlier| (earlier, comparison(earlier, &summary)));
        return Ok(judged(&summary, compared.as_ref().map(|(earlier, comparison)| (*earlier, comparison))));
    }
    let mut ci = Ci::begin();
    match in_ci(arguments, &mut ci) {
        Ok((exit, annotations)) => {
            ci.end(&annotations);
            Ok(exit)
        }
        // Said here, while nothing in it is a command.
        Err(stop) => {
            ci.below(|| console::errors(&stop.faults));
            ci.end(&ci::refused(&stop.faults));
            Ok(stop.exit)
        }
    }
}

/// A run in the log of a job: everything folded, then the verdicts.
fn in_ci(arguments: &RunArguments, ci: &mut Ci) -> Result<(Exit, Vec<Annotation>), Stop> {
    let earlier = arguments.baseline.as_deref().map(baseline).transpose()?;
    let summary = play(arguments)?;
    ci.below(|| report::show(&summary, console::terminal(Detail::Layers, false)));
    if let Some(earlier) = &earlier {
        against(earlier, &summary)?;
    }
    ci::summarise(&summary, earlier.as_ref())?;
    let compared = earlier.as_ref().map(|earlier| (earlier, comparison(earlier, &summary)));
    let compared = compared.as_ref().map(|(earlier, comparison)| (*earlier, comparison));
    Ok((judged(&summary, compared), ci::missed(&summary, compared)))
}

fn play(arguments: &RunArguments) -> Result<Summary, Stop> {
    let flags = Flags {
        target: arguments.target.clone(),
        vus: arguments.vus,
        duration: arguments.duration,
        iterations: arguments.iterations,
        executor: arguments.load.executor.clone(),
        rate: arguments.load.rate,
        time_unit: arguments.load.time_unit,
        max_vus: arguments.more.max_vus,
        max_duration: arguments.more.max_duration,
        max_rate: arguments.more.max_rate,
        ramps: arguments.load.stage.clone(),
        arrival: arguments.load.arrival.clone(),
        layers: arguments.more.layer.clone(),
        skipped: arguments.more.skip.clone(),
        censor_dropped: arguments.more.censor_dropped,
        env: arguments.more.env.clone(),
        tags: arguments.more.tag.clone(),
        data: arguments.more.data.clone(),
        secrets: shared::secrets(&arguments.more.secret)?,
        hosts: arguments.more.allow_host.clone(),
        private: arguments.more.allow_private,
        timeouts: Timeouts {
            connect: arguments.more.timeouts.connect_timeout,
            first_byte: arguments.more.timeouts.first_byte_timeout,
            request: arguments.more.timeouts.request_timeout,
        },
        transport: arguments.connections.settings()?,
        web: arguments.more.web.web(),
        limits: arguments.more.limit.clone(),
        room: arguments.load.room,
        seed: arguments.more.seed,
        workers: workers(),
    };
    let project = Some(&arguments.source).filter(|folder| arguments.watch && folder.is_dir());
    let project = project.map(|folder| Project::open(folder)).transpose();
    let project = project.map_err(|error| Stop::bad_input(error.faults))?;
    // Before it is built, so that what changes meanwhile is seen.
    let watch = project.as_ref().map(Watch::new).transpose();
    let watch = watch.map_err(|error| Stop::bad_input(error.faults))?;
    let source = match &project {
        Some(_) => build::fresh(&arguments.source, &arguments.more.env)?,
        None => arguments.source.clone(),
    };
    let watched = arguments.watch.then(|| Watched {
        project: project.zip(watch),
        env: arguments.more.env.clone(),
        rollback_on_trap: arguments.rollback_on_trap,
    });
    let sources = gather::read(&source, &arguments.trust, &flags)?;
    let destination = Destination {
        watch: watched.into(),
        out: arguments.out.as_deref(),
        summary_export: arguments.summary_export.as_deref(),
        junit: arguments.junit.as_deref(),
        detail: console::detail(arguments.quiet),
        control: arguments.control.as_deref(),
        plain: arguments.plain || arguments.ci,
    };
    session(sources, &gather::name(&source), &flags, &destination)
}

/// What a run came to, held against the earlier one: something that no longer passes is a goal that failed.
fn judged(summary: &Summary, baseline: Option<(&Summary, &Comparison)>) -> Exit {
    match (Exit::of(summary), baseline) {
        (Exit::Passed, Some((_, comparison))) if comparison.regressed() => Exit::GoalsFailed,
        (exit, _) => exit,
    }
}

/// Shows this run against the earlier one.
fn against(earlier: &Summary, summary: &Summary) -> Result<(), Stop> {
    console::say("");
    let (mut stream, width) = console::aside();
    let written = write_comparison(&mut stream, (width, Detail::Layers), earlier, summary);
    written.map(drop).context("standard error").map_err(Stop::from)
}

/// The run that this one will be held against.
fn baseline(path: &Path) -> Result<Summary, Stop> {
    let bad = |why: String| Stop::bad_input([format!("--baseline {why}")]);
    let summary = compare::read(path).map_err(bad)?;
    if summary.run.validity == Validity::Invalid {
        let why = "its measurement is INVALID, so that nothing can be held against it";
        return Err(bad(format!("{}: {why}", path.display())));
    }
    Ok(summary)
}

/// One worker for each core that this process may use.
pub(super) fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
