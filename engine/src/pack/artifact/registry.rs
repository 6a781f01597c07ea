//! A pack in a registry.
//!
//! Registries answer over TLS, and without it on this machine or where somebody says so. What they answer is bounded and
//! checked like any other place's; a manifest alone is kept whole before its size is known.

use std::net::IpAddr;
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};
use std::time::Duration;

use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::manifest::{ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use oci_spec::image::{Descriptor, Digest, ImageIndex, ImageIndexBuilder, MediaType};
use tokio::io::AsyncWrite;

use super::super::PackError;
use super::credentials::Credentials;
use super::words::{EMPTY, SIGNATURE, Want, canonical, descriptor, sha256, shown};
use super::{DOCUMENT_BYTES, Pack};

/// How long a connection may take, and how long a registry may say nothing.
const CONNECTING: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(30);

/// How a registry is spoken to.
#[derive(Clone, Debug, Default)]
pub struct RegistryOptions {
    /// Without TLS, though it is another machine.
    pub plain_http: bool,
    /// Who asks.
    pub credentials: Credentials,
}

/// A pack, or a place for one, in a registry.
pub struct Remote {
    image: Reference,
    client: Client,
    auth: RegistryAuth,
}

impl Remote {
    /// Reads `host/name:tag` or `host/name@sha256:...`, with `oci://` before it or not; `options` is told the host.
    ///
    /// # Errors
    /// When the text is none, or this machine cannot speak TLS.
    pub fn new(
        text: &str,
        options: impl FnOnce(&str) -> Result<RegistryOptions, PackError>,
    ) -> Result<Remote, PackError> {
        let image = reference(text)?;
        let registry = image.registry().to_owned();
        let options = options(&registry)?;
        // Another part of the process may have chosen it before; there is only one to choose.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let plain = options.plain_http || is_here(&registry);
        let config = ClientConfig {
            protocol: if plain { ClientProtocol::Http } else { ClientProtocol::Https },
            use_monolithic_push: true,
            connect_timeout: Some(CONNECTING),
            read_timeout: Some(SILENCE),
            user_agent: concat!("strata/", env!("CARGO_PKG_VERSION")),
            platform_resolver: None,
            ..ClientConfig::default()
        };
        let client = Client::try_from(config)
            .map_err(|error| PackError::new(format!("{registry}: no client can be made: {error}")))?;
        let auth = match options.credentials {
            Credentials::None => RegistryAuth::Anonymous,
            Credentials::Password(user, password) => RegistryAuth::Basic(user, password),
            Credentials::Token(token) => RegistryAuth::Bearer(token),
        };
        Ok(Remote { image, client, auth })
    }

    /// Whether it is named by a digest, which cannot come to mean something else.
    pub fn pinned(&self) -> bool {
        self.image.digest().is_some()
    }

    /// The name without tag or digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.image.registry(), self.image.repository())
    }

    /// The index, by the name that was given.
    pub(super) async fn index(&mut self) -> Result<Vec<u8>, PackError> {
        let bytes = self.pull(&self.image, OCI_IMAGE_INDEX_MEDIA_TYPE).await?;
        if bytes.len() as u64 > DOCUMENT_BYTES {
            return Err(PackError::new(format!(
                "{}: its manifest has {} bytes, and at most {DOCUMENT_BYTES} are accepted",
                self.image,
                bytes.len()
            )));
        }
        if let Some(wanted) = self.image.digest() {
            let digest = sha256(&bytes);
            if digest != wanted {
                return Err(PackError::new(format!("{}: the registry gave {digest}", self.image)));
            }
        }
        Ok(bytes)
    }

    pub(super) async fn manifest(&mut self, want: &Want) -> Result<Vec<u8>, PackError> {
        self.pull(&self.image.clone_with_digest(want.digest.clone()), OCI_IMAGE_MEDIA_TYPE).await
    }

    async fn pull(&self, image: &Reference, accepted: &str) -> Result<Vec<u8>, PackError> {
        let pulled = self.client.pull_manifest_raw(image, &self.auth, &[accepted]).await;
        pulled.map(|(bytes, _)| bytes.to_vec()).map_err(|error| self.failed(&image.to_string(), error))
    }

    pub(super) async fn blob(&mut self, want: &Want) -> Result<Vec<u8>, PackError> {
        self.client.store_auth_if_needed(self.image.resolve_registry(), &self.auth).await;
        let mut bytes = Bounded { bytes: Vec::new(), most: want.size };
        let pulled = self.client.pull_blob(&self.image, want.digest.as_str(), &mut bytes).await;
        pulled.map_err(|error| self.failed(&want.what, error))?;
        Ok(bytes.bytes)
    }

    /// Manifests that say that they sign this.
    pub(super) async fn signatures(&mut self, digest: &str) -> Result<Vec<Descriptor>, PackError> {
        Ok(self.referring(digest).await?.manifests().clone())
    }

    /// What refers to a manifest: by the registry's own list, or by the tag that stands for it where it keeps none.
    async fn referring(&self, digest: &str) -> Result<ImageIndex, PackError> {
        self.client.store_auth_if_needed(self.image.resolve_registry(), &self.auth).await;
        let image = self.image.clone_with_digest(digest.to_owned());
        let index = self.client.pull_referrers(&image, None).await;
        let index = index.map_err(|error| self.failed(&format!("what refers to {digest}"), error))?;
        let entries = index.manifests.iter().filter_map(entry).collect::<Vec<_>>();
        let built = ImageIndexBuilder::default().schema_version(2_u32).media_type(MediaType::ImageIndex);
        built.manifests(entries).build().map_err(|error| PackError::new(format!("an index: {error}")))
    }

    fn failed(&self, what: &str, error: OciDistributionError) -> PackError {
        let registry = self.image.registry();
        let hint = "(hint: `docker login`, or STRATA_REGISTRY_USERNAME and STRATA_REGISTRY_PASSWORD)";
        let refused = |error: &OciDistributionError| match error {
            OciDistributionError::UnauthorizedError { .. }
            | OciDistributionError::AuthenticationFailure(_) => true,
            OciDistributionError::RegistryError { envelope, .. } => envelope
                .errors
                .iter()
                .any(|error| matches!(error.code, OciErrorCode::Unauthorized | OciErrorCode::Denied)),
            OciDistributionError::ServerError { code, .. } => matches!(code, 401 | 403),
            OciDistributionError::RequestError(error) => {
                error.status().is_some_and(|status| matches!(status.as_u16(), 401 | 403))
            }
            _ => false,
        };
        if refused(&error) {
            return PackError::new(format!("{what}: {registry} does not let us {hint}"));
        }
        // The cause of a failed request stands behind it.
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(next) = cause {
            text = format!("{text}: {next}");
            cause = next.source();
        }
        PackError::new(format!("{what}: {registry}: {}", shown_long(&text)))
    }
}

/// A registry's words: on one line, bounded.
fn shown_long(text: &str) -> String {
    let cut: String = text.chars().take(400).collect();
    cut.split_inclusive(' ').map(|word| word.escape_debug().to_string()).collect()
}

fn entry(named: &ImageIndexEntry) -> Option<Descriptor> {
    let digest = Digest::from_str(&named.digest).ok()?;
    let size = u64::try_from(named.size).ok()?;
    let mut descriptor = Descriptor::new(MediaType::from(named.media_type.as_str()), size, digest);
    descriptor.set_artifact_type(named.artifact_type.as_deref().map(MediaType::from));
    Some(descriptor)
}

/// Whether a registry is this machine itself, so that nobody is between it and us.
fn is_here(registry: &str) -> bool {
    let host = match registry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => registry.rsplit_once(':').map_or(registry, |(host, _)| host),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn reference(text: &str) -> Result<Reference, PackError> {
    let hint = "(hint: `registry.example/team/pack@sha256:...`)";
    let wrong = |why: &str| PackError::new(format!("`{}` {why} {hint}", shown(text)));
    let bare = text.strip_prefix("oci://").unwrap_or(text);
    // Without this, names without a host would be those of one registry in particular.
    let host = bare.split_once('/').map(|(host, _)| host).unwrap_or_default();
    if !(host.contains(['.', ':']) || host == "localhost") {
        return Err(wrong("does not begin with the host of a registry"));
    }
    let image: Reference =
        bare.parse().map_err(|error| wrong(&format!("is no name in a registry: {error}")))?;
    match image.digest() {
        Some(digest) if !digest.starts_with("sha256:") => Err(wrong("is not named by a digest of SHA-256")),
        _ => Ok(image),
    }
}

/// Puts a pack into a registry, under its digest and under the tag of the name, if it has one. What is there already is not
/// sent again. The index comes last: before it nobody sees a part of the pack.
///
/// # Errors
/// What the registry refuses.
pub async fn push(pack: &Pack, remote: &Remote) -> Result<(), PackError> {
    if remote.pinned() {
        let hint = format!("(hint: `{}:TAG`)", remote.name());
        return Err(PackError::new(format!(
            "{}: a pack is pushed to a tag; its digest is its own {hint}",
            remote.image
        )));
    }
    remote.client.store_auth_if_needed(remote.image.resolve_registry(), &remote.auth).await;
    let auth = remote.client.auth(&remote.image, &remote.auth, oci_client::RegistryOperation::Push).await;
    auth.map_err(|error| remote.failed(&remote.name(), error))?;
    for (digest, bytes) in &pack.blobs {
        blob(remote, digest, bytes).await?;
    }
    for (digest, bytes) in &pack.manifests {
        manifest(remote, digest, bytes, OCI_IMAGE_MEDIA_TYPE).await?;
    }
    manifest(remote, &pack.digest, &pack.index, OCI_IMAGE_INDEX_MEDIA_TYPE).await?;
    for signature in &pack.signatures {
        blob(remote, &sha256(EMPTY), EMPTY).await?;
        blob(remote, &sha256(&signature.bytes), &signature.bytes).await?;
        sign(pack, remote, &signature.manifest).await?;
    }
    let tag = remote.image.tag().unwrap_or("latest");
    manifest(remote, tag, &pack.index, OCI_IMAGE_INDEX_MEDIA_TYPE).await
}

async fn blob(remote: &Remote, digest: &str, bytes: &[u8]) -> Result<(), PackError> {
    let known = remote.client.blob_exists(&remote.image, digest).await;
    if known.map_err(|error| remote.failed(digest, error))? {
        return Ok(());
    }
    let pushed = remote.client.push_blob(&remote.image, bytes.to_vec(), digest).await;
    pushed.map(drop).map_err(|error| remote.failed(digest, error))
}

/// Puts a manifest under a tag or a digest.
async fn manifest(
    remote: &Remote,
    name: &str,
    bytes: &[u8],
    media_type: &'static str,
) -> Result<(), PackError> {
    // The client takes a tag for granted when a registry does not say where a manifest went; a digest goes the same way.
    let image = &remote.image;
    let image =
        Reference::with_tag(image.registry().to_owned(), image.repository().to_owned(), name.to_owned());
    let content_type =
        media_type.parse().map_err(|error| PackError::new(format!("a media type: {error}")))?;
    let pushed = remote.client.push_manifest_raw(&image, bytes.to_vec(), content_type).await;
    pushed.map(drop).map_err(|error| remote.failed(&image.to_string(), error))
}

/// Puts a signature's manifest beside its pack, and onto the list of what refers to it where the registry keeps none.
async fn sign(pack: &Pack, remote: &Remote, bytes: &[u8]) -> Result<(), PackError> {
    let mut named = descriptor(MediaType::ImageManifest, bytes)?;
    named.set_artifact_type(Some(MediaType::Other(SIGNATURE.to_owned())));
    manifest(remote, named.digest().as_ref(), bytes, OCI_IMAGE_MEDIA_TYPE).await?;
    let mut listed = remote.referring(&pack.digest).await?;
    let mut entries = listed.manifests().clone();
    if entries.iter().any(|known| known.digest() == named.digest()) {
        return Ok(());
    }
    entries.push(named);
    listed.set_manifests(entries);
    let tag = pack.digest.replace(':', "-");
    manifest(remote, &tag, &canonical(&listed)?, OCI_IMAGE_INDEX_MEDIA_TYPE).await
}

/// Memory that takes so many bytes and no more.
struct Bounded {
    bytes: Vec<u8>,
    most: u64,
}

impl AsyncWrite for Bounded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        if (self.bytes.len() + bytes.len()) as u64 > self.most {
            let why = format!("it has more than the {} bytes of its descriptor", self.most);
            return Poll::Ready(Err(std::io::Error::other(why)));
        }
        self.bytes.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_host_and_digests_are_of_sha_256() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for good in ["localhost:5000/a/b:1", "oci://ghcr.io/team/pack", &format!("127.0.0.1:5000/p@{digest}")]
        {
            assert!(reference(good).is_ok(), "{good}");
        }
        for (text, why) in [
            ("pack", "does not begin with the host"),
            ("team/pack:1", "does not begin with the host"),
            ("oci://", "does not begin with the host"),
            ("ghcr.io/UPPER", "is no name in a registry"),
            ("ghcr.io/a@sha256:12", "is no name in a registry"),
            ("ghcr.io/a\x1b[2J/../b:1", "\\u{1b}"),
        ] {
            let error = reference(text).expect_err(text).to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn only_this_machine_is_spoken_to_without_tls() {
        for here in ["localhost", "localhost:5000", "127.0.0.1:5000", "127.8.0.1", "[::1]:5000"] {
            assert!(is_here(here), "{here}");
        }
        for away in ["localhost.evil.example", "10.0.0.1:5000", "127.0.0.1.example:80", "ghcr.io", "[::2]:1"]
        {
            assert!(!is_here(away), "{away}");
        }
    }
}
