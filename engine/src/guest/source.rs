//! A component's file: read, bounded, recognised.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::limits;
use crate::plan::shown_path;

/// What every WebAssembly file begins with.
const MAGIC: &[u8] = b"\0asm";
/// The version and layer fields of a component, and of a core module.
const COMPONENT: [u8; 4] = [0x0d, 0x00, 0x01, 0x00];
const CORE_MODULE: [u8; 4] = [0x01, 0x00, 0x00, 0x00];

/// Why a component cannot be used: the file, what is wrong with it, and a way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, one or more sentences.
    pub faults: Vec<String>,
}

impl LoadError {
    pub(super) fn new(path: &Path, fault: impl Into<String>) -> LoadError {
        LoadError { path: path.to_owned(), faults: vec![fault.into()] }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.faults.iter().enumerate() {
            let line_break = if at == 0 { "" } else { "\n" };
            write!(f, "{line_break}{}: {fault}", shown_path(&self.path))?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}

/// The bytes of something that begins like a component.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it was read from.
    pub path: PathBuf,
    /// SHA-256 in hexadecimal.
    pub digest: String,
    pub(super) bytes: Vec<u8>,
}

impl Source {
    /// Reads a component's file.
    ///
    /// # Errors
    /// When there is no such file, it is larger than 128 MiB, or does not begin like a component.
    pub fn read(path: &Path) -> Result<Source, LoadError> {
        let unreadable = |error: std::io::Error| LoadError::new(path, format!("cannot be read: {error}"));
        let file = std::fs::File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(LoadError::new(path, "is a folder (hint: name a .wasm component or a phase.toml)"));
        }
        let mut bytes = Vec::new();
        file.take(limits::COMPONENT_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > limits::COMPONENT_BYTES {
            return Err(LoadError::new(path, "is larger than 128 MiB, the most that is accepted"));
        }
        Source::new(path, bytes)
    }

    /// Its bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// A component whose bytes are at hand, under the name of a file.
    ///
    /// # Errors
    /// When they do not begin like a component.
    pub fn new(path: &Path, bytes: Vec<u8>) -> Result<Source, LoadError> {
        recognise(&bytes).map_err(|fault| LoadError::new(path, fault))?;
        let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Source { path: path.to_owned(), digest, bytes })
    }
}

fn recognise(bytes: &[u8]) -> Result<(), String> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Err(match bytes {
            [] => "is empty".to_owned(),
            _ => "is not WebAssembly (hint: name a .wasm component or a phase.toml)".to_owned(),
        });
    };
    match rest.first_chunk::<4>() {
        Some(&COMPONENT) => Ok(()),
        Some(&CORE_MODULE) => {
            Err("is a core module, not a component (hint: build it with `cargo build --release \
             --target wasm32-wasip2`)"
                .to_owned())
        }
        Some(_) => Err("is WebAssembly of an unknown version, not a component".to_owned()),
        None => Err("is a truncated file of WebAssembly".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_components_are_recognised() {
        assert_eq!(recognise(b"\0asm\x0d\0\x01\0"), Ok(()));
        for (bytes, why) in [
            (&b""[..], "is empty"),
            (b"[phase]", "is not WebAssembly"),
            (b"\0as", "is not WebAssembly"),
            (b"\0asm\x01\0\0\0", "is a core module"),
            (b"\0asm\x0d\0", "truncated"),
            (b"\0asm\x09\0\x01\0", "unknown version"),
        ] {
            let fault = recognise(bytes).expect_err(why);
            assert!(fault.contains(why), "{fault}");
        }
    }
}
