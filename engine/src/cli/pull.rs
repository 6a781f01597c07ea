//! `strata pull`: a pack out of a registry.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::packs::{TrustArguments, is_remote, opened};
use super::{Stop, console};
use crate::pack::PackError;
use crate::pack::artifact::{write_archive, write_folder};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata pull ghcr.io/team/phase-3@sha256:... -o phase-3.tar
  strata pull ghcr.io/team/phase-3@sha256:... -o pack/ --verify release.key.pub")]
pub(super) struct PullArguments {
    /// HOST/NAME@sha256:...
    name: String,
    /// The pack to write: a file that ends with .tar, or a folder [default: NAME.tar]
    #[arg(long, short, value_name = "PATH")]
    out: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustArguments,
    /// Show only errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn pull(arguments: &PullArguments) -> Result<Exit, Stop> {
    let name = &arguments.name;
    let source = if is_remote(Path::new(name)) { name.clone() } else { format!("oci://{name}") };
    let pack = opened(Path::new(&source), &arguments.trust, false)?.pack;
    let last = name.split('@').next().and_then(|name| name.rsplit('/').next()).unwrap_or("pack");
    let out = arguments.out.clone().unwrap_or_else(|| format!("{last}.tar").into());
    let bad = |error: PackError| Stop::bad_input(error.faults);
    if out.extension().is_some_and(|extension| extension == "tar") {
        write_archive(&pack, &out).map_err(bad)?;
    } else {
        write_folder(&pack, &out).map_err(bad)?;
    }
    if !arguments.quiet {
        console::say(&format!("wrote {} · {} scenarios", out.display(), pack.lock().scenarios.len()));
    }
    console::answer(pack.digest()).map_err(|error| anyhow::anyhow!("standard output: {error}"))?;
    Ok(Exit::Passed)
}
