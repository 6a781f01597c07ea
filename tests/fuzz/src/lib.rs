//! What several fuzz targets need.

mod answering;
pub mod reading;

use std::path::Path;

pub use answering::answering;
use strata::guest::{Compiler, Source, inspect};
use strata::plan::Manifest;
use tokio::runtime::{Builder, Runtime};

thread_local! {
    /// One for all inputs: they are tried one after another.
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
}

/// Waits for something on the thread's runtime.
pub fn wait<T>(work: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(work))
}

/// Loads a component and asks it what it is; nothing if it was refused.
pub fn ask(bytes: Vec<u8>) -> Option<Manifest> {
    let source = match Source::new(Path::new("fuzzed.wasm"), bytes) {
        Ok(source) => source,
        Err(error) => {
            assert!(!error.faults.is_empty() && !error.to_string().contains('\x1b'));
            return None;
        }
    };
    match wait(inspect(&Compiler::without_cache(), &source, &[])) {
        Ok((_, manifest)) => Some(manifest),
        Err(error) => {
            // A stranger's words do not reach the terminal as they are.
            assert!(!error.to_string().contains('\x1b'), "{error}");
            None
        }
    }
}
