//! Signatures by a pair of Ed25519 keys.
//!
//! What is signed is two lines of text, so that others can check it: `strata pack signature v1`, and the digest of the
//! pack's index. Keys are PEM as other tools write and read them: PKCS#8 and SubjectPublicKeyInfo.

use std::fmt;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oci_spec::image::{ImageManifestBuilder, MediaType};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};

use super::super::PackError;
use super::words::{EMPTY, SIGNATURE, SIGNATURE_LAYER, canonical, descriptor};
use super::{Pack, Signature};

/// What comes before the digest in what is signed: a signature made for something else is none of a pack.
const PURPOSE: &str = "strata pack signature v1";
/// The bytes of a signature.
pub(super) const SIGNATURE_BYTES: u64 = 64;
/// What stands before the key in PKCS#8 (RFC 8410) and in SubjectPublicKeyInfo.
const PRIVATE: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
const PUBLIC: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Signs packs.
pub struct KeyPair(Ed25519KeyPair);

/// Verifies what its pair has signed.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl KeyPair {
    /// Reads a private key: Ed25519 in PKCS#8, as PEM.
    ///
    /// # Errors
    /// When the text is none.
    pub fn read(pem: &[u8]) -> Result<KeyPair, PackError> {
        let hint = "(hint: `strata key FILE` makes one, or `openssl genpkey -algorithm ed25519`)";
        let wrong = || PackError::new(format!("is not a private key of Ed25519 in PEM {hint}"));
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| wrong())?;
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).map(KeyPair).map_err(|_| wrong())
    }

    /// The key that verifies.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(self.0.public_key().as_ref()).for_each(|(to, from)| *to = *from);
        PublicKey(bytes)
    }
}

impl PublicKey {
    /// Reads a public key: Ed25519 in SubjectPublicKeyInfo, as PEM.
    ///
    /// # Errors
    /// When the text is none.
    pub fn read(pem: &[u8]) -> Result<PublicKey, PackError> {
        let hint =
            "(hint: it begins with `-----BEGIN PUBLIC KEY-----`; `strata key FILE` writes it as FILE.pub)";
        let wrong = || PackError::new(format!("is not a public key of Ed25519 in PEM {hint}"));
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| wrong())?;
        let bytes = der.as_ref().strip_prefix(&PUBLIC).and_then(|key| key.try_into().ok());
        bytes.map(PublicKey).ok_or_else(wrong)
    }

    pub(super) fn verify(&self, digest: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(&message(digest), signature).is_ok()
    }

    fn pem(&self) -> String {
        pem("PUBLIC KEY", &[&PUBLIC[..], &self.0].concat())
    }
}

/// In hexadecimal.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn message(digest: &str) -> Vec<u8> {
    format!("{PURPOSE}\n{digest}\n").into_bytes()
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

/// Signs the digest of a pack.
pub(super) fn sign(pack: &Pack, key: &KeyPair) -> Result<Signature, PackError> {
    let bytes = key.0.sign(&message(&pack.digest)).as_ref().to_vec();
    let manifest = ImageManifestBuilder::default()
        .schema_version(2_u32)
        .media_type(MediaType::ImageManifest)
        .artifact_type(MediaType::Other(SIGNATURE.to_owned()))
        .config(descriptor(MediaType::EmptyJSON, EMPTY)?)
        .layers([descriptor(SIGNATURE_LAYER, &bytes)?])
        .subject(descriptor(MediaType::ImageIndex, &pack.index)?)
        .build()
        .map_err(|error| PackError::new(format!("a manifest: {error}")))?;
    Ok(Signature { manifest: canonical(&manifest)?, bytes })
}

/// Makes a pair of keys: the private one in a file that only its owner can read, the public one beside it as `FILE.pub`.
/// Returns both files.
///
/// # Errors
/// When one of them exists already or cannot be written.
pub fn new_key(path: &Path) -> Result<(PathBuf, PathBuf), PackError> {
    let mut seed = [0; 32];
    SystemRandom::new().fill(&mut seed).map_err(|_| PackError::new("the system gives no random numbers"))?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
        .map_err(|error| PackError::new(format!("a key: {error}")))?;
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    let beside = PathBuf::from(name);
    write(path, 0o600, &pem("PRIVATE KEY", &[&PRIVATE[..], &seed].concat()))?;
    write(&beside, 0o644, &KeyPair(pair).public().pem())?;
    Ok((path.to_owned(), beside))
}

fn write(path: &Path, mode: u32, text: &str) -> Result<(), PackError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            PackError::new(format!("{}: exists already (hint: keys are not overwritten)", path.display()))
        }
        _ => PackError::new(format!("{}: cannot be written: {error}", path.display())),
    };
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_and_read_and_only_the_pair_verifies() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = |name: &str| {
            let (private, public) = new_key(&folder.path().join(name)).expect("keys");
            let read = |path: &Path| std::fs::read(path).expect("a file");
            (KeyPair::read(&read(&private)).expect("a key"), PublicKey::read(&read(&public)).expect("a key"))
        };
        let ((pair, public), (_, other)) = (made("a"), made("b"));
        assert_eq!(pair.public(), public);
        let signature = pair.0.sign(&message("sha256:1"));
        assert!(public.verify("sha256:1", signature.as_ref()));
        assert!(!public.verify("sha256:2", signature.as_ref()));
        assert!(!other.verify("sha256:1", signature.as_ref()));
        assert!(!public.verify("sha256:1", b"short"));
        let again = new_key(&folder.path().join("a")).expect_err("there is one");
        assert!(again.to_string().contains("keys are not overwritten"), "{again}");
        for text in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
            assert!(PublicKey::read(text.as_bytes()).is_err() && KeyPair::read(text.as_bytes()).is_err());
        }
    }
}
