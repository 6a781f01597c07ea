//! Which layers run, and which of them wait for which.

use super::phase::{LayerEntry, Named, PhaseFile};
use super::{Fault, Flags};
use crate::plan::{LayerPlan, shown};

/// Gives each layer its place in the order.
///
/// A layer without `after` or `with` begins when all those before it in the file have ended; one `with` another begins
/// when that one does, so it waits for the same layers.
pub(super) fn order(file: Option<&PhaseFile>, layers: &mut [LayerPlan], faults: &mut Vec<Fault>) {
    let Some(file) = file else { return };
    let names: Vec<String> = layers.iter().map(|layer| layer.scenario.clone()).collect();
    unique(file, &names, faults);
    let mut find = |named: &Named, key: &str| {
        let found = names.iter().position(|name| *name == named.name);
        if found.is_none() {
            let shown = shown(&named.name);
            let all = names.join(", ");
            faults
                .push(file.fault(named.spot, format!("`{key}`: no layer is called `{shown}` (hint: {all})")));
        }
        found
    };
    let mut waits = Vec::with_capacity(layers.len());
    for (index, entry) in file.layers.iter().enumerate() {
        let gates: Vec<usize> = entry.only_if.iter().filter_map(|named| find(named, "only-if")).collect();
        let wait = match (&entry.with, &entry.after) {
            (Some(with), _) => find(with, "with").map_or(Wait::For(Vec::new()), Wait::With),
            (None, Some(after)) => Wait::For(after.iter().filter_map(|named| find(named, "after")).collect()),
            (None, None) => Wait::For((0..index).collect()),
        };
        waits.push((wait, gates));
    }
    for (index, layer) in layers.iter_mut().enumerate() {
        let mut after = waited_for(&waits, index);
        layer.only_if = waits.get(index).map(|(_, gates)| gates.clone()).unwrap_or_default();
        after.extend(layer.only_if.iter().copied());
        after.sort_unstable();
        after.dedup();
        layer.after = after;
    }
    if let Some(cycle) = cycle(layers, &waits) {
        let way: Vec<_> = cycle.iter().filter_map(|index| names.get(*index)).map(String::as_str).collect();
        let spot = cycle.first().and_then(|first| file.layers.get(*first)).map(place);
        faults.push(file.fault(
            spot.unwrap_or_default(),
            format!("the layers wait for each other in a circle: {}", way.join(" → ")),
        ));
    }
}

/// What a layer waits for, as written.
enum Wait {
    For(Vec<usize>),
    With(usize),
}

/// Where a layer's order is written.
fn place(entry: &LayerEntry) -> super::Spot {
    let named =
        entry.with.as_ref().or_else(|| entry.after.as_ref()?.first()).or_else(|| entry.only_if.first());
    named.map_or(entry.spot, |named| named.spot)
}

fn unique(file: &PhaseFile, names: &[String], faults: &mut Vec<Fault>) {
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|other| other == name) {
            let spot = file
                .layers
                .get(index)
                .map(|entry| entry.name.as_ref().map_or(entry.spot, |named| named.spot));
            faults.push(file.fault(
                spot.unwrap_or_default(),
                format!("two layers are called `{name}` (hint: give one of them another `name`)"),
            ));
        }
    }
}

/// The layers that this one waits for, those of the layer that it begins with included.
fn waited_for(waits: &[(Wait, Vec<usize>)], index: usize) -> Vec<usize> {
    let mut at = index;
    // As many steps as there are layers come to an end, or go round in a circle that is found elsewhere.
    for _ in 0..=waits.len() {
        match waits.get(at) {
            Some((Wait::For(after), _)) => return after.clone(),
            Some((Wait::With(other), _)) => at = *other,
            None => break,
        }
    }
    Vec::new()
}

/// A circle of layers that wait for each other, its first member named again at its end.
fn cycle(layers: &[LayerPlan], waits: &[(Wait, Vec<usize>)]) -> Option<Vec<usize>> {
    let next = |index: usize| {
        let with = match waits.get(index) {
            Some((Wait::With(other), _)) => Some(*other),
            _ => None,
        };
        layers.get(index).into_iter().flat_map(|layer| layer.after.iter().copied()).chain(with)
    };
    let mut done = vec![false; layers.len()];
    for start in 0..layers.len() {
        // The way from `start`, with what is still to be tried at each step.
        let mut way: Vec<(usize, Vec<usize>)> = vec![(start, next(start).collect())];
        while let Some((index, left)) = way.last_mut() {
            let Some(other) = left.pop() else {
                if let Some(done) = done.get_mut(*index) {
                    *done = true;
                }
                way.pop();
                continue;
            };
            if let Some(at) = way.iter().position(|(index, _)| *index == other) {
                let circle = way.iter().skip(at).map(|(index, _)| *index).chain([other]);
                return Some(circle.collect());
            }
            if done.get(other) == Some(&false) {
                way.push((other, next(other).collect()));
            }
        }
    }
    None
}

/// Leaves out the layers that are not asked for, and says which are kept.
///
/// A layer that waits for one that is left out does not wait for it, and is not gated by it.
pub(super) fn select(
    layers: Vec<LayerPlan>,
    flags: &Flags,
    faults: &mut Vec<Fault>,
) -> (Vec<LayerPlan>, Vec<usize>) {
    let meant = |layer: &LayerPlan, asked: &String| {
        layer.scenario == *asked
            || layer.place.as_ref().is_some_and(|place| place.number.to_string() == *asked)
    };
    for (flag, asked) in flags
        .layers
        .iter()
        .map(|asked| ("--layer", asked))
        .chain(flags.skipped.iter().map(|asked| ("--skip", asked)))
    {
        if !layers.iter().any(|layer| meant(layer, asked)) {
            let all: Vec<_> = layers.iter().map(|layer| layer.scenario.as_str()).collect();
            let shown = shown(asked);
            faults.push(Fault::of_arguments(format!(
                "{flag} {shown}: no layer has that number or name (hint: {})",
                all.join(", ")
            )));
        }
    }
    let chosen = |layer: &LayerPlan| {
        (flags.layers.is_empty() || flags.layers.iter().any(|asked| meant(layer, asked)))
            && !flags.skipped.iter().any(|asked| meant(layer, asked))
    };
    let kept: Vec<usize> =
        layers.iter().enumerate().filter(|(_, layer)| chosen(layer)).map(|(index, _)| index).collect();
    if kept.is_empty() && !layers.is_empty() && faults.is_empty() {
        faults.push(Fault::of_arguments("--skip leaves no layer to run"));
    }
    let place = |old: &usize| kept.iter().position(|index| index == old);
    let mut chosen = Vec::with_capacity(kept.len());
    for (index, mut layer) in layers.into_iter().enumerate() {
        if kept.contains(&index) {
            layer.after = layer.after.iter().filter_map(place).collect();
            layer.only_if = layer.only_if.iter().filter_map(place).collect();
            chosen.push(layer);
        }
    }
    (chosen, kept)
}
