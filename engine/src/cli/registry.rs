//! Registries: how they are spoken to, and as whom.

use std::io::ErrorKind;
use std::path::PathBuf;

use clap::Args;

use super::{Stop, console};
use crate::pack::PackError;
use crate::pack::artifact::{Credentials, RegistryOptions, Remote};

/// The largest configuration of Docker.
const CONFIG_BYTES: u64 = 1024 * 1024;

#[derive(Clone, Debug, Default, Args)]
pub(super) struct RegistryArguments {
    /// Speak with the registry without TLS, as with one on this machine
    #[arg(long)]
    plain_http: bool,
}

/// A name in a registry, and who asks: STRATA_REGISTRY_TOKEN, STRATA_REGISTRY_USERNAME with STRATA_REGISTRY_PASSWORD, or what
/// Docker's configuration says, by itself or through the helper that it names.
pub(super) fn remote(name: &str, arguments: &RegistryArguments) -> Result<Remote, Stop> {
    let remote = Remote::new(name, |registry| {
        Ok(RegistryOptions { plain_http: arguments.plain_http, credentials: credentials(registry)? })
    });
    remote.map_err(|error| Stop::bad_input(error.faults))
}

fn credentials(registry: &str) -> Result<Credentials, PackError> {
    let given = |name: &str| -> Result<Option<String>, PackError> {
        let value = console::variable(name).filter(|value| !value.is_empty());
        let text = value.map(|value| value.into_string()).transpose();
        text.map_err(|_| PackError { faults: vec![format!("the variable {name} is not UTF-8")] })
    };
    if let Some(token) = given("STRATA_REGISTRY_TOKEN")? {
        return Ok(Credentials::Token(token));
    }
    match (given("STRATA_REGISTRY_USERNAME")?, given("STRATA_REGISTRY_PASSWORD")?) {
        (Some(user), Some(password)) => return Ok(Credentials::Password(user, password)),
        (None, None) => {}
        _ => {
            let why = "one of STRATA_REGISTRY_USERNAME and STRATA_REGISTRY_PASSWORD is set without the other";
            return Err(PackError { faults: vec![why.to_owned()] });
        }
    }
    let folder = |name: &str| console::variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let docker = folder("DOCKER_CONFIG").or_else(|| folder("HOME").map(|home| home.join(".docker")));
    let Some(path) = docker.map(|folder| folder.join("config.json")) else { return Ok(Credentials::None) };
    let at = |why: String| PackError { faults: vec![format!("{}: {why}", path.display())] };
    let file = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Credentials::None);
        }
        Err(error) => return Err(at(format!("cannot be read: {error}"))),
    };
    let config = console::whole(file, CONFIG_BYTES).map_err(at)?;
    Credentials::of_docker(&config, registry).map_err(|error| at(error.faults.join("; ")))
}
