//! `strata push`: a pack into a registry.

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::packs::{TrustArguments, is_pack, opened};
use super::registry::{RegistryArguments, remote};
use super::{Stop, console, pack, session};
use crate::pack::artifact::push as put;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata push phase-3.tar ghcr.io/team/phase-3:1.2.0
  strata push phase-3/phase.toml 127.0.0.1:5000/phase-3:latest      packs it first

The name by digest is written to standard output: it is what `strata run` takes.
Credentials are those of `docker login`, or STRATA_REGISTRY_USERNAME and STRATA_REGISTRY_PASSWORD, or STRATA_REGISTRY_TOKEN.")]
pub(super) struct PushArguments {
    /// A pack, or a phase.toml
    source: PathBuf,
    /// Where to: HOST/NAME:TAG
    to: String,
    #[command(flatten)]
    registry: RegistryArguments,
    /// Show only errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn push(arguments: &PushArguments) -> Result<Exit, Stop> {
    let remote = remote(&arguments.to, &arguments.registry)?;
    let pack = if is_pack(&arguments.source) {
        opened(&arguments.source, &TrustArguments::default(), false)?.pack
    } else {
        session::runtime()?.block_on(pack::packed(&arguments.source))?
    };
    session::runtime()?.block_on(put(&pack, &remote)).map_err(|error| Stop::bad_input(error.faults))?;
    if !arguments.quiet {
        console::say(&format!("pushed {} · {} bytes", arguments.to, pack.size()));
    }
    let name = format!("oci://{}@{}", remote.name(), pack.digest());
    console::answer(&name).map_err(|error| anyhow::anyhow!("standard output: {error}"))?;
    Ok(Exit::Passed)
}
