//! What a guest may take. A scenario comes from a stranger; these bounds are what stands between it and the machine.

use std::time::Duration;

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
