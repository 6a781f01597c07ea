//! One run from its plan to its exit code: runtime, signals, reporters, files.

use std::path::{Path, PathBuf};

use anyhow::Context;
use tokio::sync::mpsc::unbounded_channel;

use super::exit::Exit;
use super::gather::{Gathered, Sources, gather};
use super::{Stop, console, folder};
use crate::clock::unix_time;
use crate::conduct::{Outcome, Run, Signals, run};
use crate::config::Flags;
use crate::guest::Compiler;
use crate::report::{Reporters, write_folder, write_summary};

/// Where a run's results go.
pub(super) struct Destination<'a> {
    pub out: Option<&'a Path>,
    pub summary_export: Option<&'a Path>,
    pub quiet: bool,
}

/// Runs, reports, and says how it ended.
pub(super) fn session(
    sources: Sources,
    name: &str,
    flags: &Flags,
    destination: &Destination<'_>,
) -> Result<Exit, Stop> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime can be made")?;
    runtime.block_on(async {
        if let Some(path) = destination.summary_export {
            folder::check_export(path)?;
        }
        let ready = gather(sources, &compiler(), flags).await?;
        let id = folder::run_id(unix_time(), name);
        let folder = folder::make(destination.out, &id)?;
        let outcome = play(ready, id, destination.quiet).await?;
        write(&outcome, &folder, destination)?;
        Ok(Exit::of(&outcome))
    })
}

fn compiler() -> Compiler {
    let Some(folder) = console::cache_folder() else { return Compiler::without_cache() };
    Compiler::new(&folder).unwrap_or_else(|why| {
        console::say(&format!("warning: {why}; components are compiled anew each time"));
        Compiler::without_cache()
    })
}

async fn play(ready: Gathered, id: String, quiet: bool) -> anyhow::Result<Outcome> {
    let (sender, received) = unbounded_channel();
    for kind in [tokio::signal::unix::SignalKind::interrupt(), tokio::signal::unix::SignalKind::terminate()] {
        let mut signal = tokio::signal::unix::signal(kind).context("signals cannot be received")?;
        let sender = sender.clone();
        tokio::spawn(async move { while signal.recv().await.is_some() && sender.send(()).is_ok() {} });
    }
    let mut reporters = Reporters::default();
    reporters.add(console::terminal(quiet));
    let Gathered { plan, cast, target, granted } = ready;
    let run_of = Run { id, target, granted, cast, reporter: &mut reporters, signals: Signals::new(received) };
    Ok(run(&plan, run_of).await)
}

fn write(outcome: &Outcome, folder: &Path, destination: &Destination<'_>) -> anyhow::Result<()> {
    let failed = |(path, error): (PathBuf, std::io::Error)| {
        anyhow::Error::new(error).context(format!("{} cannot be written", path.display()))
    };
    write_folder(folder, &outcome.summary).map_err(failed)?;
    console::say(&format!("  run folder   {}", folder.display()));
    if let Some(path) = destination.summary_export {
        write_summary(path, &outcome.summary).map_err(failed)?;
        console::say(&format!("  summary      {}", path.display()));
    }
    Ok(())
}
