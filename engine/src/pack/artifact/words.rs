//! Digests, media types, and JSON that is always the same.

use oci_spec::image::{Descriptor, Digest, DigestAlgorithm, MediaType};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::super::PackError;

/// The type of the manifest that holds the phase.
pub(super) const PACK: &str = "application/vnd.strata.pack.v1";
pub(super) const PHASE: &str = "application/vnd.strata.phase.v1+toml";
pub(super) const LOCK: &str = "application/vnd.strata.lock.v1+json";
pub(super) const DATA: &str = "application/vnd.strata.data.v1";
/// The type of a manifest that holds a signature, and of its layer: the 64 bytes of Ed25519.
pub(super) const SIGNATURE: &str = "application/vnd.strata.signature.v1";
pub(super) const SIGNATURE_LAYER: &str = "application/vnd.strata.signature.v1+ed25519";
/// What the CNCF calls the configuration and the layer of a component.
pub(super) const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub(super) const WASM: &str = "application/wasm";
/// What a configuration is where there is nothing to configure.
pub(super) const EMPTY: &[u8] = b"{}";
/// The name that a layer or manifest is shown by.
pub(super) const TITLE: &str = "org.opencontainers.image.title";
/// What a manifest is called in a layout.
pub(super) const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// `sha256:` and the digest in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// The descriptor of some bytes.
pub(super) fn descriptor(media_type: impl Into<MediaType>, bytes: &[u8]) -> Result<Descriptor, PackError> {
    let digest: Digest =
        sha256(bytes).parse().map_err(|error| PackError::new(format!("a digest: {error}")))?;
    Ok(Descriptor::new(media_type.into(), bytes.len() as u64, digest))
}

/// Another's text on one line and bounded.
pub(super) fn shown(text: &str) -> String {
    let most = 120;
    let cut: String = text.chars().take(most).flat_map(char::escape_debug).collect();
    if text.chars().count() > most { cut + "…" } else { cut }
}

/// Something that is named by its digest and size, and what it is called where it is missed.
#[derive(Clone, Debug)]
pub(super) struct Want {
    pub digest: String,
    pub size: u64,
    pub what: String,
}

impl Want {
    /// # Errors
    /// When the digest is none of SHA-256, or the size is more than `most`.
    pub(super) fn new(named: &Descriptor, most: u64, what: impl Into<String>) -> Result<Want, PackError> {
        let (what, digest) = (what.into(), named.digest());
        if *digest.algorithm() != DigestAlgorithm::Sha256 {
            let shown = shown(digest.as_ref());
            return Err(PackError::new(format!("{what}: `{shown}` is not a digest of SHA-256")));
        }
        let size = named.size();
        if size > most {
            return Err(PackError::new(format!("{what} has {size} bytes, and at most {most} are accepted")));
        }
        Ok(Want { digest: digest.to_string(), size, what })
    }

    /// The digest without the name of its algorithm: 64 digits.
    pub(super) fn hex(&self) -> &str {
        self.digest.trim_start_matches("sha256:")
    }

    /// The bytes, if they are those that were named.
    ///
    /// # Errors
    /// When they have another size or another digest.
    pub(super) fn check(&self, bytes: Vec<u8>) -> Result<Vec<u8>, PackError> {
        if bytes.len() as u64 != self.size {
            let (what, size, found) = (&self.what, self.size, bytes.len());
            return Err(PackError::new(format!(
                "{what} has {found} bytes, not the {size} of its descriptor"
            )));
        }
        let digest = sha256(&bytes);
        if digest != self.digest {
            let (what, wanted) = (&self.what, &self.digest);
            return Err(PackError::new(format!("{what} is {digest}, not {wanted}: it has been changed")));
        }
        Ok(bytes)
    }
}

/// JSON that is always the same: fields in the order of the specifications, as the tools of others write it too, so that they
/// copy an index without making another of it. Maps have one entry at most.
///
/// # Errors
/// When something has no form in JSON, which nothing of a pack lacks.
pub(super) fn canonical(document: &impl Serialize) -> Result<Vec<u8>, PackError> {
    serde_json::to_vec(document).map_err(|error| PackError::new(format!("a document: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_taken_and_nothing_else() {
        let wanted = Want::new(&descriptor(WASM, b"abc").expect("a descriptor"), 10, "it").expect("wanted");
        assert!(wanted.digest.starts_with("sha256:ba7816bf") && wanted.hex().len() == 64);
        assert!(wanted.check(b"abc".to_vec()).is_ok());
        for (bytes, why) in [(&b"abd"[..], "it has been changed"), (b"ab", "2 bytes, not the 3")] {
            assert!(wanted.check(bytes.to_vec()).expect_err("another").to_string().contains(why));
        }
        let large = descriptor(WASM, b"abc").expect("a descriptor");
        assert!(Want::new(&large, 2, "it").expect_err("large").to_string().contains("at most 2"));
    }
}
