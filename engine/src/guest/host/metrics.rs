//! `metrics`: checks and the scenario's own numbers.
//!
//! Written by hand instead of generated, so that names are read where they lie in the guest's memory: a check
//! copies its name into the journal and allocates nothing.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, WasmStr};

use super::super::bindings::types::Error;
use super::super::trace::{What, text};
use super::{Vu, error};
use crate::measure::{Journal, JournalFull};
use crate::plan::MetricKind;

type Store<'a> = StoreContextMut<'a, Vu>;
type Added = wasmtime::Result<(Result<(), Error>,)>;

pub(super) fn add_to_linker(linker: &mut Linker<Vu>) -> wasmtime::Result<()> {
    let mut metrics = linker.instance("strata:scenario/metrics@0.1.0")?;
    metrics.func_wrap("check", |mut store: Store<'_>, (name, held): (WasmStr, bool)| {
        let at = store.data_mut().enter();
        let noted = note(&mut store, |store, journal| {
            let name = name.to_str(store)?;
            journal.check(&store.data().around.access.name(&name), held)?;
            Ok(at.map(|_| text(&name)))
        })?;
        store.data_mut().leave(at, || What::Check { name: noted.unwrap_or_default(), held });
        Ok(())
    })?;
    metrics.func_wrap("add", |mut store: Store<'_>, (metric, value): (WasmStr, f64)| -> Added {
        add(&mut store, &metric, value, None)
    })?;
    metrics.func_wrap(
        "add-tagged",
        |mut store: Store<'_>, (metric, value, tag, is): (WasmStr, f64, WasmStr, WasmStr)| -> Added {
            add(&mut store, &metric, value, Some((&tag, &is)))
        },
    )
}

/// Lets `with` read the guest's memory and write the journal at the same time.
fn note<T>(
    store: &mut Store<'_>,
    with: impl FnOnce(&Store<'_>, &mut Journal) -> wasmtime::Result<T>,
) -> wasmtime::Result<T> {
    let mut journal = std::mem::take(&mut store.data_mut().journal);
    let result = with(store, &mut journal);
    store.data_mut().journal = journal;
    result
}

fn add(store: &mut Store<'_>, metric: &WasmStr, value: f64, tag: Option<(&WasmStr, &WasmStr)>) -> Added {
    let at = store.data_mut().enter();
    let added = note(store, |store, journal| {
        let name = metric.to_str(store)?;
        let own = &store.data().around.metrics;
        let Some((index, metric)) = own.iter().enumerate().find(|(_, metric)| metric.name == *name) else {
            let shown = super::super::vu::plain(&name);
            return Ok((Err(error("unknown-metric", format!("the manifest declares no metric `{shown}`"))),));
        };
        let negative = value < 0.0 && matches!(metric.kind, MetricKind::Counter | MetricKind::Trend);
        if !value.is_finite() || negative {
            let message = format!("{value} is not a value of the {} `{}`", metric.kind.as_str(), metric.name);
            return Ok((Err(error("bad-value", message)),));
        }
        let noted: Result<(), JournalFull> = match tag {
            None => journal.value(index, value, None),
            Some((tag, is)) => {
                let (tag, is) = (tag.to_str(store)?, is.to_str(store)?);
                let access = &store.data().around.access;
                journal.value(index, value, Some((&access.name(&tag), &access.name(&is))))
            }
        };
        Ok((Ok(noted?),))
    })?;
    if at.is_some() {
        let metric = text(&metric.to_str(&*store)?);
        let tag = match tag {
            Some((tag, is)) => Some((text(&tag.to_str(&*store)?), text(&is.to_str(&*store)?))),
            None => None,
        };
        let refused = added.0.as_ref().err().map(|error| format!("{}: {}", error.code, error.message));
        store.data_mut().leave(at, || What::Value { metric, value, tag, refused });
    }
    Ok(added)
}
