//! `strata report`: a run that is over, or was killed, from its folder.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::session::unwritten;
use super::{Stop, console};
use crate::conduct::{Replayed, replay};
use crate::event::{Event, Reporter, Summary, Validity};
use crate::report::{Format, Terminal, read_records, read_summary, render, render_against, write_folder};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata report strata-runs/20261124t223723z-hello
  strata report strata-runs/20261124t223723z-hello --format html > report.html
  strata report after --format markdown --against before > report.md")]
pub(super) struct ReportArguments {
    /// The folder of a run
    folder: PathBuf,
    /// Write the report to standard output in this form, instead of showing it
    #[arg(long, value_name = "FORM")]
    format: Option<Form>,
    /// An earlier run, or its summary.json: the Markdown says what was expected after it and what this one reached
    #[arg(long, value_name = "RUN")]
    against: Option<PathBuf>,
    /// Show only verdicts, warnings and errors
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// summary.json
    Json,
    /// report.md
    Markdown,
    /// report.html
    Html,
    /// junit.xml
    Junit,
}

impl From<Form> for Format {
    fn from(form: Form) -> Format {
        match form {
            Form::Json => Format::Json,
            Form::Markdown => Format::Markdown,
            Form::Html => Format::Html,
            Form::Junit => Format::Junit,
        }
    }
}

/// Shows a run again. One that was killed is put together from what it had recorded, and its files are written.
pub(super) fn report(arguments: &ReportArguments) -> Result<Exit, Stop> {
    let folder = &arguments.folder;
    let earlier = earlier(arguments)?;
    let summary = match read_summary(folder) {
        Ok(summary) => summary,
        Err((path, error)) if error.kind() == std::io::ErrorKind::NotFound => {
            if !folder.is_dir() {
                return Err(Stop::bad_input([format!(
                    "{}: is not the folder of a run (hint: runs are in strata-runs/ unless `--out` said otherwise)",
                    folder.display()
                )]));
            }
            let summary = recorded(folder, &path)?;
            write_folder(folder, &summary).map_err(|error| unwritten(&error))?;
            summary
        }
        Err((path, error)) => {
            return Err(Stop::bad_input([format!("{}: cannot be read: {error}", path.display())]));
        }
    };
    match arguments.format {
        Some(_) if let Some(earlier) = &earlier => answer(&render_against(&summary, earlier))?,
        Some(form) => answer(&render(&summary, form.into()))?,
        None => {
            show(&summary, console::terminal(console::detail(arguments.quiet), true));
        }
    }
    Ok(Exit::of(&summary))
}

/// Shows a run that is over as if it had just ended.
pub(super) fn show(summary: &Summary, mut terminal: Terminal) {
    if summary.run.validity == Validity::Invalid {
        terminal.on_event(&Event::Invalidated);
    }
    for (layer, report) in summary.layers.iter().enumerate() {
        terminal.on_event(&Event::LayerFinished { layer, report: Box::new(report.clone()) });
    }
    terminal.on_event(&Event::RunFinished(Box::new(summary.clone())));
}

/// The run that this one is held against.
fn earlier(arguments: &ReportArguments) -> Result<Option<Summary>, Stop> {
    let Some(path) = &arguments.against else { return Ok(None) };
    if !matches!(arguments.format, Some(Form::Markdown)) {
        let hint = "(hint: `--format markdown`, or `strata compare`)";
        return Err(Stop::bad_input([format!(
            "--against {}: is for the Markdown report {hint}",
            path.display()
        )]));
    }
    read_summary(path).map(Some).map_err(|(path, error)| {
        Stop::bad_input([format!("--against {}: cannot be read: {error}", path.display())])
    })
}

fn answer(text: &str) -> anyhow::Result<()> {
    console::answer(text.trim_end_matches('\n')).map_err(|error| anyhow::anyhow!("standard output: {error}"))
}

/// The summary of a run that did not write one.
fn recorded(folder: &std::path::Path, missing: &std::path::Path) -> Result<Summary, Stop> {
    let (records, intervals) = read_records(folder).map_err(|(path, error)| {
        let nothing = if error.kind() == std::io::ErrorKind::NotFound { " and neither can" } else { ", and" };
        Stop::bad_input([format!(
            "{}: there is no {}{nothing} {}: {error} (hint: name the folder of a run, such as one in strata-runs/)",
            folder.display(),
            missing.file_name().unwrap_or_default().to_string_lossy(),
            path.file_name().unwrap_or_default().to_string_lossy(),
        )])
    })?;
    match replay(records, intervals) {
        Ok(Replayed::Whole(summary) | Replayed::Part(summary)) => Ok(*summary),
        Err(why) => Err(Stop::bad_input([format!("{}: events.jsonl {why}", folder.display())])),
    }
}
