//! What a guest may take. A scenario comes from a stranger; these bounds are what stands between it and the machine.
//! Those that can be set are [`Limits`].

use std::time::Duration;

use wasmtime::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};

use crate::plan::Limits;

/// The largest component file.
pub(super) const COMPONENT_BYTES: u64 = 128 * 1024 * 1024;
/// The most requests of one `send-all`.
pub(super) const REQUESTS: usize = 256;
/// The most bytes of a log line, and of standard error between two iterations.
pub(super) const LINE_BYTES: usize = 1000;
pub(super) const STDERR_BYTES: usize = 16 * 1024;
/// The most stages, goals, metrics, ... of a manifest.
pub(super) const MANIFEST_ENTRIES: usize = 1000;
/// The most bytes of the name of a need.
pub(super) const NAME_BYTES: usize = 256;
/// The longest wait of `run.sleep`.
pub(super) const SLEEP: Duration = Duration::from_secs(3600);

/// Holds an instance to its bounds, and counts its memory.
pub(super) struct Bounds {
    limits: StoreLimits,
    /// Bytes of all linear memories.
    pub memory: usize,
    grown: usize,
    /// The code of the trap that a bound has led to.
    pub refused: Option<&'static str>,
}

impl Bounds {
    pub(super) fn new(limits: &Limits) -> Bounds {
        let limits = StoreLimitsBuilder::new()
            .memory_size(limits.memory)
            .table_elements(limits.table)
            .trap_on_grow_failure(true)
            .build();
        Bounds { limits, memory: 0, grown: 0, refused: None }
    }
}

impl ResourceLimiter for Bounds {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let may = self.limits.memory_growing(current, desired, maximum);
        let may = may.inspect_err(|_| self.refused = Some("trap-memory"))?;
        self.grown = if may { desired.saturating_sub(current) } else { 0 };
        self.memory += self.grown;
        Ok(may)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory -= std::mem::take(&mut self.grown);
        let failed = self.limits.memory_grow_failed(error);
        failed.inspect_err(|_| self.refused = Some("trap-memory"))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let may = self.limits.table_growing(current, desired, maximum);
        may.inspect_err(|_| self.refused = Some("trap-table"))
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        let failed = self.limits.table_grow_failed(error);
        failed.inspect_err(|_| self.refused = Some("trap-table"))
    }
}
