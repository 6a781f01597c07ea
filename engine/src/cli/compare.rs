//! `strata compare`: what was expected against what was reached.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::{Stop, console};
use crate::event::{Summary, Validity};
use crate::report::{Detail, comparison, of_version, read_summary, render_comparison, write_comparison};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata compare main/summary.json strata-runs/20261124t223723z-hello
  strata compare before after --format markdown > change.md
  strata compare strata-runs/20261124t223723z-hello --versions 0f5ac1 d79434")]
pub(super) struct CompareArguments {
    /// The run that says what is expected: its folder, or its summary.json
    expected: PathBuf,
    /// The run that is held against it
    #[arg(required_unless_present = "versions")]
    reached: Option<PathBuf>,
    /// Hold a version of the run against another, by the beginnings of their digests
    #[arg(long, value_names = ["DIGEST", "DIGEST"], num_args = 2, conflicts_with = "reached")]
    versions: Option<Vec<String>>,
    /// Write the comparison in this form
    #[arg(long, value_name = "FORM", default_value = "text")]
    format: Form,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For a terminal
    Text,
    /// For a document
    Markdown,
}

/// Compares; 99 when something that passed no longer does, 111 when one of the runs is INVALID and so says nothing.
pub(super) fn compare(arguments: &CompareArguments) -> Result<Exit, Stop> {
    let (before, after) = match sides(arguments) {
        (Ok(before), Ok(after)) => (before, after),
        (before, after) => {
            return Err(Stop::bad_input([before.err(), after.err()].into_iter().flatten()));
        }
    };
    let comparison = match arguments.format {
        Form::Text => {
            let (mut stream, width) = console::page();
            let mut page = Vec::new();
            let comparison = write_comparison(&mut page, (width, Detail::Whole), &before, &after);
            console::unless_gone(stream.write_all(&page)).context("standard output")?;
            comparison.context("standard output")?
        }
        Form::Markdown => {
            console::answer(render_comparison(&before, &after).trim_end()).context("standard output")?;
            comparison(&before, &after)
        }
    };
    let invalid = |summary: &Summary| summary.run.validity == Validity::Invalid;
    Ok(if invalid(&before) || invalid(&after) {
        Exit::Invalid
    } else if comparison.regressed() {
        Exit::GoalsFailed
    } else {
        Exit::Passed
    })
}

/// Two runs, or two versions of one.
fn sides(arguments: &CompareArguments) -> (Result<Summary, String>, Result<Summary, String>) {
    let expected = read(&arguments.expected);
    match (arguments.versions.as_deref(), &arguments.reached) {
        (Some([one, other]), _) => {
            let version = |digest: &str| {
                expected.clone().and_then(|run| {
                    let found = of_version(&run, digest);
                    found.map_err(|why| format!("{}: {why}", arguments.expected.display()))
                })
            };
            (version(one), version(other))
        }
        (_, Some(reached)) => (expected, read(reached)),
        (_, None) => (expected, Err("name the run that is held against it".to_owned())),
    }
}

/// Reads a run by its folder or its `summary.json`.
pub(super) fn read(path: &Path) -> Result<Summary, String> {
    read_summary(path).map_err(|(file, error)| {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound if path.is_dir() => {
                " (hint: `strata report DIR` writes it for a run that was killed)"
            }
            std::io::ErrorKind::NotFound => {
                " (hint: name the folder of a run, such as one in strata-runs/, or its summary.json)"
            }
            _ => "",
        };
        format!("{}: cannot be read: {error}{hint}", file.display())
    })
}
