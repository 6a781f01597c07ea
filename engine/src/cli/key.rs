//! `strata key`: a pair of keys for packs.

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::{Stop, console};
use crate::pack::artifact::new_key;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata key release.key
  strata pack phase.toml --sign release.key
  strata run phase.tar --verify release.key.pub --target http://127.0.0.1:8080")]
pub(super) struct KeyArguments {
    /// File for the private key; the public one goes beside it as FILE.pub
    file: PathBuf,
}

pub(super) fn key(arguments: &KeyArguments) -> Result<Exit, Stop> {
    let (private, public) = new_key(&arguments.file).map_err(|error| Stop::bad_input(error.faults))?;
    console::say(&format!("wrote {}, to sign with: keep it secret", private.display()));
    console::say(&format!("wrote {}, to verify with: give it to everybody", public.display()));
    Ok(Exit::Passed)
}
