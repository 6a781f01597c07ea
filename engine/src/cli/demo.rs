//! `strata demo`: the reference target in a process of its own, the phase run against it as it was found and as it was
//! mended, and both held against each other.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use strata_target::{Options, Profile, Server};

use super::exit::Exit;
use super::run::workers;
use super::session::{Destination, session};
use super::{Stop, console, gather};
use crate::config::Flags;
use crate::event::Summary;
use crate::guest::Source;
use crate::plan::parse_duration;
use crate::report::{Detail, write_comparison};

/// A component of the pack, by its name in the phase.
macro_rules! packed {
    ($name:literal) => {
        (
            concat!("../pack/", $name, ".wasm"),
            include_bytes!(concat!("../../../scenarios-wasm/pack/", $name, ".wasm")),
        )
    };
}

/// The phase, and the components that it names, as they were when this program was built.
const PHASE: &str = include_str!("../../../scenarios-wasm/phase-3/phase.toml");
const PACK: [(&str, &[u8]); 11] = [
    packed!("layer-01-database-connection"),
    packed!("layer-02-user-registration"),
    packed!("layer-03-memory-management"),
    packed!("layer-08-api-throughput"),
    packed!("layer-10-automations"),
    packed!("layer-11-cache"),
    packed!("layer-15-group-assignment"),
    packed!("layer-15-feed-performance"),
    packed!("layer-18-stress-handling"),
    packed!("layer-19-graceful-degradation"),
    packed!("layer-20-recovery"),
];

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata demo
  strata demo --profile as-found --layer 8 --verbose
  strata demo --serve fixed --port 8080")]
pub(super) struct DemoArguments {
    /// Run against this profile only: as-found, fixed or one defect [default: one after the other]
    #[arg(long, value_name = "PROFILE", conflicts_with = "serve")]
    profile: Option<Profile>,
    /// Serve the reference target alone, until a signal: as-found, fixed or one defect
    #[arg(long, value_name = "PROFILE")]
    serve: Option<Profile>,
    /// Port to serve on [default: any that is free]
    #[arg(long, value_name = "PORT", requires = "serve")]
    port: Option<u16>,
    /// The time that one statement spends on the way to the database and back
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "2ms")]
    round_trip: Duration,
    /// Run only the layers of this number or name; may be repeated
    #[arg(long, value_name = "LAYER", conflicts_with = "serve")]
    layer: Vec<String>,
    /// Show everything of each layer
    #[arg(long, short, conflicts_with = "quiet")]
    verbose: bool,
    /// Folder for the run's files, of the only run [default: new ones in strata-runs/]
    #[arg(long, short, value_name = "DIR", requires = "profile")]
    out: Option<PathBuf>,
    /// Show only verdicts, warnings and errors
    #[arg(long, short)]
    quiet: bool,
    /// End when standard input does: how a parent makes sure that its target goes with it
    #[arg(long, hide = true, requires = "serve")]
    until_stdin_closes: bool,
}

pub(super) fn demo(arguments: &DemoArguments) -> Result<Exit, Stop> {
    if let Some(profile) = arguments.serve {
        return serve(profile, arguments);
    }
    if let Some(profile) = arguments.profile {
        return Ok(Exit::of(&against(profile, arguments)?));
    }
    let found = against(Profile::AsFound, arguments)?;
    let exit = Exit::of(&found);
    // Failing as found is what the demo is about; anything else ends it.
    if !matches!(exit, Exit::Passed | Exit::GoalsFailed) {
        return Ok(exit);
    }
    let fixed = against(Profile::Fixed, arguments)?;
    let exit = Exit::of(&fixed);
    if matches!(exit, Exit::Passed | Exit::GoalsFailed) {
        console::say("");
        let (mut stream, width) = console::aside();
        write_comparison(&mut stream, (width, detail(arguments)), &found, &fixed)
            .context("standard error")?;
    }
    Ok(exit)
}

fn detail(arguments: &DemoArguments) -> Detail {
    match (arguments.quiet, arguments.verbose) {
        (true, _) => Detail::Verdicts,
        (false, true) => Detail::Whole,
        (false, false) => Detail::Layers,
    }
}

/// Runs the phase against one profile.
fn against(profile: Profile, arguments: &DemoArguments) -> Result<Summary, Stop> {
    let target =
        Target::start(profile, arguments.round_trip).context("the reference target cannot be started")?;
    if !arguments.quiet {
        console::say(&format!("\nreference target `{profile}` at {}", target.url));
    }
    let flags = Flags {
        target: Some(target.url.clone()),
        tags: vec![("profile".to_owned(), profile.to_string())],
        layers: arguments.layer.clone(),
        workers: workers(),
        ..Flags::default()
    };
    let sources = gather::phase(Path::new("phase-3/phase.toml"), PHASE, |scenario| {
        let packed = PACK.iter().find(|(name, _)| Path::new(name) == scenario);
        let (name, bytes) = packed.ok_or_else(|| format!("{} is not in the pack", scenario.display()))?;
        Source::new(Path::new(name), bytes.to_vec()).map_err(|error| error.to_string())
    });
    let (out, detail) = (arguments.out.as_deref(), detail(arguments));
    let destination = Destination {
        watch: None.into(),
        out,
        summary_export: None,
        junit: None,
        detail,
        control: None,
        plain: false,
    };
    session(sources, &format!("demo-{profile}"), &flags, &destination)
}

/// Serves in this process; the address is the only line on standard output.
fn serve(profile: Profile, arguments: &DemoArguments) -> Result<Exit, Stop> {
    let options =
        Options { profile, round_trip: arguments.round_trip, port: arguments.port.unwrap_or_default() };
    let server = Server::start(options).map_err(|error| Stop::bad_input([format!("{error:#}")]))?;
    console::answer(&server.url()).context("standard output")?;
    if arguments.until_stdin_closes {
        let mut stdin = std::io::stdin().lock();
        let mut ignored = [0; 64];
        while matches!(stdin.read(&mut ignored), Ok(read) if read > 0) {}
    } else {
        wait_for_signal(|| {
            console::say(&format!("serving the reference target `{profile}`; a signal ends it"));
        })
        .context("signals cannot be received")?;
    }
    server.stop();
    Ok(Exit::Passed)
}

/// Waits, and says so when signals are received and not before.
fn wait_for_signal(say: impl FnOnce()) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        say();
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

/// The reference target in a process of its own, which goes when this does.
struct Target {
    url: String,
    process: Child,
}

impl Target {
    fn start(profile: Profile, round_trip: Duration) -> anyhow::Result<Target> {
        let program = std::env::current_exe()?;
        let process = Command::new(program)
            .args(["demo", "--until-stdin-closes", "--serve", &profile.to_string()])
            .args(["--round-trip", &crate::plan::duration_text(round_trip)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A group of its own: a signal from the keyboard is for the run, which then stops its target.
            .process_group(0)
            .spawn()?;
        let mut target = Target { url: String::new(), process };
        let stdout = target.process.stdout.take();
        let mut line = String::new();
        let read = stdout.map(|stdout| BufReader::new(stdout.take(1000)).read_line(&mut line));
        match read {
            Some(Ok(bytes)) if bytes > 0 => line.trim().clone_into(&mut target.url),
            _ => anyhow::bail!("it did not say where it listens"),
        }
        Ok(target)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // One that has ended by itself cannot be killed, and either way it is waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
