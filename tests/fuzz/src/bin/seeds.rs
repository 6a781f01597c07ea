//! Writes the seeds that are components: `cargo run --release --bin seeds`.

// Without the library: what is instrumented links with a fuzzer only.
#[path = "../answering.rs"]
mod answering;

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let rich = fs::read(corpus.join("manifest/rich"))?;
    fs::write(corpus.join("component/answering.wasm"), answering::answering(&rich))?;
    // As short as a component can be.
    fs::write(corpus.join("component/empty.wasm"), b"\0asm\x0d\0\x01\0")
}
