//! Packs: a phase and its components as one OCI artifact, addressed by digest.
//!
//! ```text
//! image index                                     the pack; its digest is the pack's
//! ├── manifest of a Wasm artifact, one for each component (the CNCF's layout)
//! │     config  application/vnd.wasm.config.v0+json
//! │     layer   application/wasm
//! └── manifest of the type application/vnd.strata.pack.v1
//!       layer   application/vnd.strata.phase.v1+toml    the phase file, as it was written
//!       layer   application/vnd.strata.lock.v1+json     which component and which file each name of it means
//!       layers  application/vnd.strata.data.v1          files that the phase names
//! manifest of the type application/vnd.strata.signature.v1, one for each signature; its subject is the index
//! ```
//!
//! A pack lies in a folder (OCI image layout), in a tar of such a folder, or in a registry. Nothing is compressed, so that
//! nothing can be larger than it looks, and no name in a pack is ever a path: what the phase file calls
//! `../a/b.wasm` is looked up in the lock. [`open`] takes nothing that is not of the digest and the size by which
//! it was named; whoever has a [`Pack`] has checked bytes. The same input gives the same bytes.

mod archive;
mod credentials;
mod folder;
mod lock;
mod open;
mod put;
mod registry;
mod shown;
mod sign;
mod words;
mod write;

pub use credentials::Credentials;
pub use lock::{Lock, Locked};
pub use open::{Place, open};
pub use put::{Component, put_together};
pub use registry::{RegistryOptions, Remote, push};
pub use sign::{KeyPair, PublicKey, new_key};
pub use write::{layout_bytes, write_archive, write_folder};

use std::collections::BTreeMap;

/// The largest phase file.
pub const PHASE_BYTES: u64 = 1024 * 1024;
/// The largest component.
const COMPONENT_BYTES: u64 = 128 * 1024 * 1024;
/// The largest file of data.
const FILE_BYTES: u64 = 512 * 1024 * 1024;
/// The largest manifest, index, lock or configuration; registries take no larger ones.
const DOCUMENT_BYTES: u64 = 4 * 1024 * 1024;
/// The most bytes of a pack.
const PACK_BYTES: u64 = 1024 * 1024 * 1024;
/// The most manifests of an index, layers of a manifest and entries of a lock.
const MOST_ENTRIES: usize = 512;
/// The most signatures that are looked at.
const MOST_SIGNATURES: usize = 32;

/// A pack of which every byte has been checked.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Of the index.
    digest: String,
    index: Vec<u8>,
    /// Manifests of the index, by digest.
    manifests: BTreeMap<String, Vec<u8>>,
    /// Configurations and layers, by digest.
    blobs: BTreeMap<String, Vec<u8>>,
    /// The digest of the phase file.
    phase: String,
    lock: Lock,
    signatures: Vec<Signature>,
}

/// A signature that came with a pack. Whose it is, or whether it is one at all, is not known before it is verified.
#[derive(Clone, Debug)]
struct Signature {
    manifest: Vec<u8>,
    bytes: Vec<u8>,
}

impl Pack {
    /// `sha256:...`, the digest of its index and so of everything in it.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The text of the phase file.
    pub fn phase(&self) -> Result<&str, super::PackError> {
        let bytes = self.blobs.get(&self.phase).map(Vec::as_slice).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|error| {
            let at = error.valid_up_to() + 1;
            super::PackError::new(format!(
                "the phase file of the pack is not text in UTF-8: byte {at} is wrong"
            ))
        })
    }

    /// Which component and which file each name of the phase means.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// The component that the phase file calls so.
    pub fn component(&self, name: &str) -> Option<&[u8]> {
        Some(self.blobs.get(&Lock::find(&self.lock.scenarios, name)?.digest)?.as_slice())
    }

    /// The file that the phase file calls so.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        Some(self.blobs.get(&Lock::find(&self.lock.files, name)?.digest)?.as_slice())
    }

    /// The bytes of everything together.
    pub fn size(&self) -> u64 {
        let of = |map: &BTreeMap<String, Vec<u8>>| map.values().map(|bytes| bytes.len() as u64).sum::<u64>();
        self.index.len() as u64 + of(&self.manifests) + of(&self.blobs)
    }

    /// How many signatures came with it, whosever they are.
    pub fn signatures(&self) -> usize {
        self.signatures.len()
    }

    /// Adds a signature of its digest.
    ///
    /// # Errors
    /// None that is known of.
    pub fn sign(&mut self, key: &KeyPair) -> Result<(), super::PackError> {
        let signature = sign::sign(self, key)?;
        self.signatures.push(signature);
        Ok(())
    }

    /// The first of these keys by which the pack is signed, in hexadecimal.
    pub fn signed_by<'k>(&self, keys: &'k [PublicKey]) -> Option<&'k PublicKey> {
        keys.iter().find(|key| self.signatures.iter().any(|one| key.verify(&self.digest, &one.bytes)))
    }
}
