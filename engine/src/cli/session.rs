//! One run from its plan to its exit code: runtime, signals, reporters, files.

use std::path::Path;

use anyhow::Context;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::gather::{Gathered, Sources, gather};
use super::{Stop, console, folder};
use crate::clock::unix_time;
use crate::conduct::{Commands, Run, Signals, run};
use crate::config::Flags;
use crate::event::Summary;
use crate::guest::Compiler;
use crate::report::{Detail, FileError, Recorder, Reporters, write_folder, write_summary};

/// Where a run's results go.
pub(super) struct Destination<'a> {
    pub out: Option<&'a Path>,
    pub summary_export: Option<&'a Path>,
    pub detail: Detail,
}

/// Runs and reports.
pub(super) fn session(
    sources: Sources,
    name: &str,
    flags: &Flags,
    destination: &Destination<'_>,
) -> Result<Summary, Stop> {
    runtime()?.block_on(async {
        if let Some(path) = destination.summary_export {
            folder::check_export(path)?;
        }
        let ready = gather(sources, &compiler(), flags).await?;
        let id = folder::run_id(unix_time(), name);
        let folder = folder::make(destination.out, &id)?;
        let recorder = Recorder::new(&folder).map_err(|error| Stop::bad_input([unwritten(&error)]))?;
        let summary = play(ready, id, recorder, destination.detail).await?;
        write(&summary, &folder, destination)?;
        Ok(summary)
    })
}

/// What everything that waits runs on.
pub(super) fn runtime() -> anyhow::Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().context("no runtime can be made")
}

/// A compiler that remembers, wherever it can.
pub(super) fn compiler() -> Compiler {
    let Some(folder) = console::cache_folder() else { return Compiler::without_cache() };
    Compiler::new(&folder).unwrap_or_else(|why| {
        console::say(&format!("warning: {why}; components are compiled anew each time"));
        Compiler::without_cache()
    })
}

async fn play(
    ready: Gathered,
    id: String,
    mut recorder: Recorder,
    detail: Detail,
) -> anyhow::Result<Summary> {
    let signals = signals()?;
    let mut terminal = console::terminal(detail);
    let mut reporters = Reporters(vec![&mut terminal, &mut recorder]);
    let commands = Commands::default();
    let Gathered { plan, cast, target, granted, shared, transport } = ready;
    let run_of =
        Run { id, target, granted, shared, transport, cast, reporter: &mut reporters, signals, commands };
    let summary = run(&plan, run_of).await;
    if let Some(error) = recorder.failed() {
        console::say(&format!("warning: {:#}; the run was recorded up to then", unwritten(error)));
    }
    Ok(summary)
}

/// From now on signals do not end the process.
pub(super) fn signals() -> anyhow::Result<Signals> {
    let (sender, received) = watch::channel(0);
    for kind in [tokio::signal::unix::SignalKind::interrupt(), tokio::signal::unix::SignalKind::terminate()] {
        let mut signal = tokio::signal::unix::signal(kind).context("signals cannot be received")?;
        let sender = sender.clone();
        tokio::spawn(async move {
            while signal.recv().await.is_some() {
                sender.send_modify(|count: &mut u32| *count = count.saturating_add(1));
            }
        });
    }
    Ok(Signals::new(received))
}

pub(super) fn unwritten((path, error): &FileError) -> anyhow::Error {
    anyhow::anyhow!("{} cannot be written: {error}", path.display())
}

fn write(summary: &Summary, folder: &Path, destination: &Destination<'_>) -> anyhow::Result<()> {
    write_folder(folder, summary).map_err(|error| unwritten(&error))?;
    console::say(&format!("  run folder   {}", folder.display()));
    if let Some(path) = destination.summary_export {
        write_summary(path, summary).map_err(|error| unwritten(&error))?;
        console::say(&format!("  summary      {}", path.display()));
    }
    Ok(())
}
