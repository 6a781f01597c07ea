//! One run from its plan to its exit code: runtime, signals, reporters, files.

use std::cell::RefCell;
use std::path::Path;

use anyhow::Context;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::gather::{Gathered, Sources, gather};
use super::live::Live;
use super::watch::Watched;
use super::{Stop, commanded, console, folder, live};
use crate::clock::unix_time;
use crate::conduct::{Commands, Run, Signals, run};
use crate::config::Flags;
use crate::event::{Reporter, Summary};
use crate::guest::Compiler;
use crate::report::{Detail, FileError, Format, Recorder, Reporters, write_folder, write_report};

/// Where a run's results go.
pub(super) struct Destination<'a> {
    /// What is swapped when it is saved.
    pub watch: RefCell<Option<Watched>>,
    pub out: Option<&'a Path>,
    pub summary_export: Option<&'a Path>,
    pub junit: Option<&'a Path>,
    pub detail: Detail,
    /// Where commands are taken besides the folder's socket.
    pub control: Option<&'a str>,
    /// Lines, also on a terminal.
    pub plain: bool,
}

/// Runs and reports.
pub(super) fn session(
    sources: Sources,
    name: &str,
    flags: &Flags,
    destination: &Destination<'_>,
) -> Result<Summary, Stop> {
    runtime()?.block_on(async {
        for (flag, path) in [("--summary-export", destination.summary_export), ("--junit", destination.junit)]
        {
            path.map_or(Ok(()), |path| folder::check_export(flag, path))?;
        }
        let place = destination.control.map(commanded::place).transpose()?;
        let ready = gather(sources, &compiler(), flags).await?;
        let id = folder::run_id(unix_time(), name);
        let folder = folder::make(destination.out, &id)?;
        let recorder = Recorder::new(&folder).map_err(|error| Stop::bad_input([unwritten(&error)]))?;
        let (commanded, commands) = commanded::open(&folder, place);
        if let Some(watched) = destination.watch.take() {
            let asking = commanded.control.by("watch");
            super::watch::start(watched, &ready.plan, asking).context("nothing can be watched")?;
        }
        let looks = !destination.plain && destination.detail == Detail::Whole && live::wanted();
        let view = if looks { Live::start(commanded.control.clone()).ok() } else { None };
        let summary = play(ready, id, recorder, destination, (view, commands)).await?;
        drop(commanded);
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
    to: &Destination<'_>,
    (mut view, commands): (Option<Live>, Commands),
) -> anyhow::Result<Summary> {
    let signals = signals(view.is_some())?;
    let mut terminal = console::terminal(to.detail, !to.plain);
    let shown: &mut dyn Reporter = match &mut view {
        Some(view) => view,
        None => &mut terminal,
    };
    let mut reporters = Reporters(vec![shown, &mut recorder]);
    let Gathered { plan, cast, compiler, target, granted, shared, transport } = ready;
    let reporter = &mut reporters;
    let run_of = Run { id, target, granted, shared, transport, cast, compiler, reporter, signals, commands };
    let summary = run(&plan, run_of).await;
    drop(view);
    if let Some(error) = recorder.failed() {
        console::say(&format!("warning: {:#}; the run was recorded up to then", unwritten(error)));
    }
    Ok(summary)
}

/// From now on signals do not end the process; neither do those that would leave a terminal as the view has it.
pub(super) fn signals(with_view: bool) -> anyhow::Result<Signals> {
    let (sender, received) = watch::channel(0);
    let always = [SignalKind::interrupt(), SignalKind::terminate()];
    let others = [SignalKind::hangup(), SignalKind::quit()];
    for kind in always.into_iter().chain(others.into_iter().filter(|_| with_view)) {
        let mut signal = signal(kind).context("signals cannot be received")?;
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
        write_report(path, summary, Format::Json).map_err(|error| unwritten(&error))?;
        console::say(&format!("  summary      {}", path.display()));
    }
    if let Some(path) = destination.junit {
        write_report(path, summary, Format::Junit).map_err(|error| unwritten(&error))?;
        console::say(&format!("  junit        {}", path.display()));
    }
    Ok(())
}
