//! What scenarios ask for, against what was given.

use std::path::Path;

use super::phase::PhaseFile;
use super::{Fault, Flags};
use crate::plan::{LayerPlan, Manifest, NeedKind, needed};

/// Says of each need that was not given that it is missing. An env value may be: the scenario sees that it is not there.
pub(super) fn check(
    source: &Path,
    manifest: &Manifest,
    (file, flags): (Option<&PhaseFile>, &Flags),
    faults: &mut Vec<Fault>,
) {
    let mut missing = |message: String| {
        faults.push(Fault { path: Some(source.to_owned()), spot: None, message });
    };
    for host in manifest.needed(NeedKind::Host).filter(|host| !flags.hosts.iter().any(|given| given == host))
    {
        missing(format!("needs the host `{host}` besides the target (hint: `--allow-host {host}`)"));
    }
    let given = super::given(file, flags);
    let or = |table: &str| file.map(|_| format!(", or `[{table}]` in the phase file")).unwrap_or_default();
    for set in manifest.needed(NeedKind::Data).filter(|set| !given.data.iter().any(|one| one.name == *set)) {
        let or = or(&format!("data.{set}"));
        missing(format!("needs the data `{set}`, which is not given (hint: `--data {set}=FILE`{or})"));
    }
    for name in
        manifest.needed(NeedKind::Secret).filter(|name| !given.secrets.iter().any(|one| one.name == *name))
    {
        let or = or(&format!("secrets.{name}"));
        missing(format!(
            "needs the secret `{name}`, which is not given (hint: `--secret {name}=env:VARIABLE`{or})"
        ));
    }
}

/// What was given and reaches nobody: it was misspelt, or no scenario asks for it. The layers are those of the
/// file that `kept` names.
pub(super) fn unread(
    file: Option<&PhaseFile>,
    flags: &Flags,
    layers: &[LayerPlan],
    kept: &[usize],
) -> Vec<String> {
    let mut warnings = Vec::new();
    let given = super::given(file, flags);
    let data = given.data.iter().map(|one| (NeedKind::Data, &one.name));
    for (kind, name) in data.chain(given.secrets.iter().map(|one| (NeedKind::Secret, &one.name))) {
        if !layers.iter().any(|layer| needed(&layer.needs, kind).any(|known| known == name)) {
            let kind = kind.as_str();
            warnings.push(format!("the {kind} `{name}` reaches no scenario: none has a need for it"));
        }
    }
    for (name, _) in flags.env.iter().filter(|(name, _)| !layers.iter().any(|layer| reads(layer, name))) {
        let hint = hint(layers);
        let name = name.escape_debug();
        warnings.push(format!("`--env {name}` reaches no scenario: none has a need for it (hint: {hint})"));
    }
    let entries = file.into_iter().flat_map(|file| kept.iter().map(|index| file.layers.get(*index)));
    for (layer, entry) in layers.iter().zip(entries) {
        let Some(entry) = entry else { continue };
        for (name, _) in entry.env.iter().filter(|(name, _)| !reads(layer, name)) {
            let (name, hint) = (name.escape_debug(), hint(std::slice::from_ref(layer)));
            warnings.push(format!(
                "`{}`: the env `{name}` does not reach it: it has no need for it (hint: {hint})",
                layer.scenario
            ));
        }
    }
    warnings
}

fn reads(layer: &LayerPlan, name: &str) -> bool {
    needed(&layer.needs, NeedKind::Env).any(|known| known == name)
}

/// The keys that are read.
fn hint(layers: &[LayerPlan]) -> String {
    let mut keys: Vec<_> = layers.iter().flat_map(|layer| needed(&layer.needs, NeedKind::Env)).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() { "no key is asked for".to_owned() } else { keys.join(", ") }
}
