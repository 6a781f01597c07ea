//! `strata new`.

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::{Stop, console};
use crate::pack::{Language, NewProject, create};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata new shop --lang rust
  strata new layers/feed --lang python --layer 15")]
pub(super) struct NewArguments {
    /// The folder to make; its last part is the scenario's name
    name: PathBuf,
    /// What it is written in: rust, js, ts, python, c, cpp, zig or go
    #[arg(long, short, value_name = "LANG")]
    lang: Language,
    /// The scenario is this layer of a phase
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    layer: Option<u32>,
}

pub(super) fn new(arguments: &NewArguments) -> Result<Exit, Stop> {
    let new = NewProject { folder: &arguments.name, language: arguments.lang, layer: arguments.layer };
    let files = create(&new).map_err(|error| Stop::bad_input(error.faults))?;
    for file in &files {
        console::say(&format!("  wrote {}", file.display()));
    }
    let shown = arguments.name.display();
    console::say(&format!("  wrote {}, the SDK", arguments.name.join("strata-sdk").display()));
    console::say(&format!("next: `strata build {shown}`, then `strata try {shown} --echo`"));
    Ok(Exit::Passed)
}
