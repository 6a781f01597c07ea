//! Rows and secrets, read before a run.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use super::{Stop, console};
use crate::config::{Fault, Given, PhaseFile, SecretSource, parse_secret};
use crate::plan::{Manifest, NeedKind};
use crate::store::{AtEnd, Secrets, Shared, read_rows};

/// The largest secret.
const SECRET_BYTES: usize = 4096;

/// Reads `--secret`. Not while the arguments are read: what is wrong there is shown with its value.
pub(super) fn secrets(arguments: &[String]) -> Result<Vec<(String, SecretSource)>, Stop> {
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for text in arguments {
        match parse_secret(text) {
            Ok(secret) => read.push(secret),
            Err(why) => faults.push(format!("--secret: {why}")),
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(Stop::bad_input(faults)) }
}

/// Reads what scenarios ask for of what was given; the rest is left alone.
pub(super) fn load<'m>(
    given: &Given,
    file: Option<&PhaseFile>,
    manifests: impl Iterator<Item = &'m Manifest> + Clone,
    faults: &mut Vec<Fault>,
) -> Shared {
    let asked =
        |kind| -> BTreeSet<&str> { manifests.clone().flat_map(|manifest| manifest.needed(kind)).collect() };
    let mut named = Vec::new();
    let wanted = asked(NeedKind::Secret);
    for entry in given.secrets.iter().filter(|entry| wanted.contains(entry.name.as_str())) {
        match secret(&entry.source).and_then(|value| Secrets::check(&value).map(|()| value)) {
            Ok(value) => named.push((entry.name.clone(), value)),
            Err(why) => {
                faults.push(Given::fault(file, entry.spot, format!("the secret `{}`: {why}", entry.name)))
            }
        }
    }
    let mut shared = Shared::new(Secrets::new(named));
    let wanted = asked(NeedKind::Data);
    for entry in given.data.iter().filter(|entry| wanted.contains(entry.name.as_str())) {
        match read_rows(&entry.file) {
            Ok(rows) => {
                let at_end = if entry.stop { AtEnd::Stop } else { AtEnd::Wrap };
                shared.give(entry.name.clone(), rows, at_end);
            }
            Err(why) => {
                let why = format!("the data `{}`: {}: {why}", entry.name, entry.file.display());
                faults.push(Given::fault(file, entry.spot, why));
            }
        }
    }
    shared
}

fn secret(source: &SecretSource) -> Result<String, String> {
    let value = match source {
        SecretSource::Env(variable) => {
            let shown = variable.escape_debug();
            let value =
                console::variable(variable).ok_or_else(|| format!("the variable `{shown}` is not set"))?;
            value.into_string().map_err(|_| format!("the variable `{shown}` is not UTF-8"))?
        }
        SecretSource::File(path) => contents(path)?,
    };
    if value.len() > SECRET_BYTES {
        return Err(format!("has {} bytes, and at most {SECRET_BYTES} are accepted", value.len()));
    }
    Ok(value)
}

fn contents(path: &Path) -> Result<String, String> {
    let unreadable = |why: String| format!("{}: {why}", path.display());
    let file = std::fs::File::open(path).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    let mut text = String::new();
    let most = SECRET_BYTES as u64 + 3;
    file.take(most)
        .read_to_string(&mut text)
        .map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(text.to_owned())
}
