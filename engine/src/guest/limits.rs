//! What a guest may take. A scenario comes from a stranger; these bounds are what stands between it and the machine.

use std::time::Duration;

use wasmtime::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};

/// The largest component file.
pub(super) const COMPONENT_BYTES: u64 = 128 * 1024 * 1024;
/// The largest linear memory of one VU.
pub(super) const MEMORY_BYTES: usize = 256 * 1024 * 1024;
/// The most elements of one table.
pub(super) const TABLE_ELEMENTS: usize = 1_000_000;
/// The most bytes that one host call may copy out of a guest.
pub(super) const HOSTCALL_BYTES: usize = 32 * 1024 * 1024;
/// The most bytes that `setup` may hand to the VUs.
pub(super) const SETUP_DATA_BYTES: usize = 16 * 1024 * 1024;
/// The most bytes of one answer's body that are kept.
pub(super) const BODY_BYTES: usize = 16 * 1024 * 1024;
/// The most bytes of all answers' bodies that one `send-all` keeps, in equal parts.
pub(super) const BODIES_BYTES: usize = 64 * 1024 * 1024;
/// The most requests of one `send-all`.
pub(super) const REQUESTS: usize = 256;
/// The most prepared requests and other host resources that a VU holds.
pub(super) const RESOURCES: usize = 10_000;
/// The most bytes of a log line, and of standard error between two iterations.
pub(super) const LINE_BYTES: usize = 1000;
pub(super) const STDERR_BYTES: usize = 16 * 1024;
/// The most stages, goals, metrics, ... of a manifest.
pub(super) const MANIFEST_ENTRIES: usize = 1000;
/// The longest wait of `run.sleep`.
pub(super) const SLEEP: Duration = Duration::from_secs(3600);

/// How often the epoch of a guest's code advances; a guest that computes for longer lets others run.
pub(super) const TICK: Duration = Duration::from_millis(10);
/// How long `describe` may take.
pub(super) const DESCRIBE: Duration = Duration::from_secs(5);
/// How long an iteration may compute; waiting for answers is not counted.
pub(super) const ITERATION: Duration = Duration::from_secs(5);
/// How long `setup`, `judge` and `teardown` may take, waiting included.
pub(super) const ONCE: Duration = Duration::from_secs(60);

/// Holds an instance to its bounds, and counts its memory.
pub(super) struct Bounds {
    limits: StoreLimits,
    /// Bytes of all linear memories.
    pub memory: usize,
    grown: usize,
}

impl Bounds {
    pub(super) fn new() -> Bounds {
        let limits = StoreLimitsBuilder::new()
            .memory_size(MEMORY_BYTES)
            .table_elements(TABLE_ELEMENTS)
            .trap_on_grow_failure(true)
            .build();
        Bounds { limits, memory: 0, grown: 0 }
    }
}

impl ResourceLimiter for Bounds {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let may = self.limits.memory_growing(current, desired, maximum)?;
        self.grown = if may { desired.saturating_sub(current) } else { 0 };
        self.memory += self.grown;
        Ok(may)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory -= std::mem::take(&mut self.grown);
        self.limits.memory_grow_failed(error)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.limits.table_growing(current, desired, maximum)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.limits.table_grow_failed(error)
    }
}
