//! `strata man` and `strata completions`: what a package puts beside the binary.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

use super::exit::Exit;
use super::{Stop, console};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata man | man -l -
  strata man /usr/local/share/man/man1")]
pub(super) struct ManArguments {
    /// Folder for one page for each command [default: the first page, on standard output]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata completions bash > /etc/bash_completion.d/strata
  strata completions zsh > ~/.zfunc/_strata
  strata completions fish > ~/.config/fish/completions/strata.fish")]
pub(super) struct CompletionArguments {
    /// Whose
    shell: Shell,
}

pub(super) fn manual(command: Command, arguments: &ManArguments) -> Result<Exit, Stop> {
    if let Some(folder) = &arguments.folder {
        let failed = |error: std::io::Error| {
            Stop::bad_input([format!("{}: cannot be written: {error}", folder.display())])
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        clap_mangen::generate_to(command, folder).map_err(failed)?;
        return Ok(Exit::Passed);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(|error| anyhow::anyhow!("the page: {error}"))?;
    answer(&page)
}

pub(super) fn completions(mut command: Command, arguments: &CompletionArguments) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "strata", &mut script);
    answer(&script)
}

fn answer(text: &[u8]) -> Result<Exit, Stop> {
    let text = String::from_utf8_lossy(text);
    console::answer(text.trim_end()).map_err(|error| anyhow::anyhow!("standard output: {error}"))?;
    Ok(Exit::Passed)
}
