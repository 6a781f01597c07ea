//! Packs: what is written is read again, here and by others; what a stranger has made is refused; and CI believes what it
//! is told.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says why and ends"
)]

mod ci;
mod format;
mod hostile;
mod made;
mod prebuilt;
mod registry;
mod trust;

use std::path::Path;

use strata_support::{Server, Strata, committed};

/// The binary.
fn strata() -> Strata {
    Strata::new(env!("CARGO_BIN_EXE_strata"))
}

/// A phase of two layers, one component each, in a folder beside them.
const PHASE: &str = "[phase]\ntitle = \"Two\"\n[[layer]]\nscenario = \"../parts/hello.wasm\"\n\
                     [[layer]]\nscenario = \"../parts/feed.wasm\"\n";

/// The phase is in `phase/phase.toml`.
fn with_phase(strata: Strata) -> Strata {
    let component = |name: &str| std::fs::read(committed(name)).expect("a component");
    strata
        .file("phase/phase.toml", PHASE)
        .file("parts/hello.wasm", component("hello"))
        .file("parts/feed.wasm", component("layer-15-feed-performance"))
}

/// The bytes of the phase's pack as a tar.
fn tar() -> Vec<u8> {
    let ended = with_phase(strata()).args(["pack", "phase/phase.toml", "-o", "two.tar"]).run().with(0);
    std::fs::read(ended.path("two.tar")).expect("a pack")
}

/// `strata run PACK` of the first layer against a server, shortly.
fn run(strata: Strata, pack: &str, server: &Server) -> Strata {
    strata
        .args(["run", pack, "--target", &server.url(), "--layer", "hello", "--iterations", "3", "--vus", "1"])
        .args(["--out", "run"])
}

/// Every file below a folder with its bytes, by its name in it.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it").to_string_lossy().into_owned();
                found.push((name, std::fs::read(path).expect("a file")));
            }
        }
    }
    found.sort();
    found
}
