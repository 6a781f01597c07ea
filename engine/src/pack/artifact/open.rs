//! A pack is read: nothing is taken that is not what its descriptor says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use oci_spec::image::{Descriptor, ImageIndex, ImageManifest, MediaType};
use serde::Deserialize;

use super::super::PackError;
use super::archive::Archive;
use super::folder::Folder;
use super::lock::Lock;
use super::registry::Remote;
use super::sign::SIGNATURE_BYTES;
use super::words::{
    DATA, EMPTY, LOCK, PACK, PHASE, SIGNATURE, SIGNATURE_LAYER, WASM, WASM_CONFIG, Want, sha256, shown,
};
use super::{
    COMPONENT_BYTES, DOCUMENT_BYTES, FILE_BYTES, MOST_ENTRIES, MOST_SIGNATURES, PACK_BYTES, PHASE_BYTES,
    Pack, Signature,
};

/// Where a pack lies.
pub enum Place {
    /// In an OCI image layout.
    Folder(Folder),
    /// In a tar of one.
    Archive(Archive),
    /// In a registry.
    Remote(Remote),
}

impl Place {
    /// A folder that holds an OCI image layout.
    pub fn folder(path: &Path) -> Place {
        Place::Folder(Folder::new(path))
    }

    /// A tar of such a folder.
    ///
    /// # Errors
    /// When it cannot be read or holds what no pack does.
    pub fn archive(path: &Path) -> Result<Place, PackError> {
        Archive::open(path).map(Place::Archive)
    }

    /// The same in memory.
    ///
    /// # Errors
    /// When it holds what no pack does.
    pub fn archive_of(bytes: Vec<u8>) -> Result<Place, PackError> {
        Archive::of(bytes).map(Place::Archive)
    }

    /// The index of the pack: its bytes, and what else the layout names, which may be signatures.
    async fn index(&mut self) -> Result<(Vec<u8>, Vec<Descriptor>), PackError> {
        let layout = match self {
            Place::Remote(remote) => return Ok((remote.index().await?, Vec::new())),
            Place::Folder(folder) => folder.named("index.json", DOCUMENT_BYTES)?,
            Place::Archive(archive) => archive.named("index.json", DOCUMENT_BYTES)?,
        };
        let layout: ImageIndex = document(&layout, "index.json")?;
        entries(layout.manifests(), "index.json")?;
        let is_index = |named: &&Descriptor| *named.media_type() == MediaType::ImageIndex;
        let mut packs = layout.manifests().iter().filter(is_index);
        let (Some(named), None) = (packs.next(), packs.next()) else {
            let count = layout.manifests().iter().filter(is_index).count();
            let hint = "(hint: `strata pack PHASE.toml -o DIR` writes a pack)";
            return Err(PackError::new(format!(
                "index.json names {count} image indexes, and a pack is one {hint}"
            )));
        };
        let index =
            self.read(&Want::new(named, DOCUMENT_BYTES, "the index of the pack")?, Kind::Manifest).await?;
        let others = layout.manifests().iter().filter(|named| !is_index(named)).cloned().collect();
        Ok((index, others))
    }

    async fn read(&mut self, want: &Want, kind: Kind) -> Result<Vec<u8>, PackError> {
        let bytes = match (self, kind) {
            (Place::Folder(folder), _) => folder.blob(want)?,
            (Place::Archive(archive), _) => archive.blob(want)?,
            (Place::Remote(remote), Kind::Manifest) => remote.manifest(want).await?,
            (Place::Remote(remote), Kind::Blob) => remote.blob(want).await?,
        };
        want.check(bytes)
    }
}

/// Registries keep manifests apart from what they name.
#[derive(Clone, Copy)]
enum Kind {
    Manifest,
    Blob,
}

/// Reads a pack with its signatures. Everything in it is checked before this returns; a component is not compiled.
///
/// # Errors
/// The first thing that is missing, not what its descriptor says, of an unknown type, too large, or one too many; of the
/// lock everything in which it lies.
pub async fn open(mut place: Place) -> Result<Pack, PackError> {
    let (index, others) = place.index().await?;
    let digest = sha256(&index);
    let mut reading = Reading::new(place);
    let read: ImageIndex = document(&index, "the index of the pack")?;
    typed(read.media_type().as_ref(), &MediaType::ImageIndex, "the index of the pack")?;
    entries(read.manifests(), "the index of the pack")?;
    let mut packs = Vec::new();
    let mut components = BTreeSet::new();
    let mut files = BTreeSet::new();
    for named in read.manifests() {
        let what = format!("the manifest {}", named.digest());
        typed(Some(named.media_type()), &MediaType::ImageManifest, &what)?;
        let bytes = reading.take(named, DOCUMENT_BYTES, &what, Kind::Manifest).await?;
        let manifest: ImageManifest = document(&bytes, &what)?;
        typed(manifest.media_type().as_ref(), &MediaType::ImageManifest, &what)?;
        entries(manifest.layers(), &what)?;
        let artifact = manifest.artifact_type().as_ref().map(MediaType::as_ref);
        if artifact == Some(PACK) {
            packs.push(reading.phase(&manifest, &what, &mut files).await?);
        } else if manifest.config().media_type().as_ref() == WASM_CONFIG {
            components.insert(reading.component(&manifest, &what).await?);
        } else {
            let found = shown(artifact.unwrap_or_else(|| manifest.config().media_type().as_ref()));
            return Err(PackError::new(format!("{what} is of the type `{found}`, which no pack has")));
        }
        reading.manifests.insert(named.digest().to_string(), bytes);
    }
    let one = <[(String, Vec<u8>); 1]>::try_from(packs).map_err(|packs| {
        PackError::new(format!(
            "the index of the pack has {} manifests of the type {PACK}, and a pack has one",
            packs.len()
        ))
    })?;
    let [(phase, lock)] = one;
    let lock = Lock::read(&lock, &components, &files)?;
    let signatures = reading.signatures(&digest, &others).await?;
    let Reading { manifests, blobs, .. } = reading;
    Ok(Pack { digest, index, manifests, blobs, phase, lock, signatures })
}

/// What is being read, and how much more may be.
struct Reading {
    place: Place,
    left: u64,
    manifests: BTreeMap<String, Vec<u8>>,
    blobs: BTreeMap<String, Vec<u8>>,
}

impl Reading {
    fn new(place: Place) -> Reading {
        Reading { place, left: PACK_BYTES, manifests: BTreeMap::new(), blobs: BTreeMap::new() }
    }

    async fn take(
        &mut self,
        named: &Descriptor,
        most: u64,
        what: &str,
        kind: Kind,
    ) -> Result<Vec<u8>, PackError> {
        let want = Want::new(named, most, what)?;
        let Some(left) = self.left.checked_sub(want.size) else {
            return Err(PackError::new(format!(
                "the pack has more than {PACK_BYTES} bytes, the most that is accepted"
            )));
        };
        self.left = left;
        self.place.read(&want, kind).await
    }

    /// Takes a blob that may have been taken before, and gives its digest and size.
    async fn keep(&mut self, named: &Descriptor, most: u64, what: &str) -> Result<(String, u64), PackError> {
        let key = named.digest().to_string();
        match self.blobs.get(&key) {
            Some(known) if known.len() as u64 == named.size() => {}
            _ => {
                let bytes = self.take(named, most, what, Kind::Blob).await?;
                self.blobs.insert(key.clone(), bytes);
            }
        }
        Ok((key, named.size()))
    }

    fn kept(&self, digest: &str) -> Vec<u8> {
        self.blobs.get(digest).cloned().unwrap_or_default()
    }

    /// A Wasm artifact: the digest and the size of its component.
    async fn component(&mut self, manifest: &ImageManifest, what: &str) -> Result<(String, u64), PackError> {
        let [layer] = manifest.layers().as_slice() else {
            let count = manifest.layers().len();
            return Err(PackError::new(format!("{what} has {count} layers, and a Wasm artifact has one")));
        };
        let (layer_of, config_of) =
            (format!("the component {}", layer.digest()), format!("the configuration of {what}"));
        typed(Some(layer.media_type()), &MediaType::Other(WASM.to_owned()), &layer_of)?;
        let (config, _) = self.keep(manifest.config(), DOCUMENT_BYTES, &config_of).await?;
        let config: WasmConfig = document(&self.kept(&config), &config_of)?;
        if config.layer_digests.as_slice() != [layer.digest().as_ref()] {
            let names = shown(&config.layer_digests.join(", "));
            return Err(PackError::new(format!(
                "{config_of} says that its layer is `{names}`, and it is {}",
                layer.digest()
            )));
        }
        self.keep(layer, COMPONENT_BYTES, &layer_of).await
    }

    /// The manifest of the pack itself: the digest of the phase file, and the bytes of the lock.
    async fn phase(
        &mut self,
        manifest: &ImageManifest,
        what: &str,
        files: &mut BTreeSet<(String, u64)>,
    ) -> Result<(String, Vec<u8>), PackError> {
        empty(manifest, what)?;
        self.keep(manifest.config(), DOCUMENT_BYTES, "the configuration of the pack").await?;
        let (mut phases, mut locks) = (Vec::new(), Vec::new());
        for layer in manifest.layers() {
            match layer.media_type().as_ref() {
                PHASE => phases.push(self.keep(layer, PHASE_BYTES, "the phase file").await?.0),
                LOCK => locks.push(self.keep(layer, DOCUMENT_BYTES, "the lock").await?.0),
                DATA => {
                    let what = format!("the file {}", layer.digest());
                    files.insert(self.keep(layer, FILE_BYTES, &what).await?);
                }
                other => {
                    let other = shown(other);
                    return Err(PackError::new(format!(
                        "{what} has a layer of the type `{other}`, which no pack has"
                    )));
                }
            }
        }
        let ([phase], [lock]) = (phases.as_slice(), locks.as_slice()) else {
            let (phases, locks) = (phases.len(), locks.len());
            return Err(PackError::new(format!(
                "{what} has {phases} phase files and {locks} locks, and a pack has one of each"
            )));
        };
        Ok((phase.clone(), self.kept(lock)))
    }

    /// What came with the pack as its signatures. What is none is left out: verifying will not find it.
    async fn signatures(&mut self, digest: &str, others: &[Descriptor]) -> Result<Vec<Signature>, PackError> {
        let referring = match &mut self.place {
            Place::Remote(remote) => remote.signatures(digest).await?,
            _ => others.to_vec(),
        };
        let signs =
            |named: &&Descriptor| named.artifact_type().as_ref().is_some_and(|of| of.as_ref() == SIGNATURE);
        let mut signatures = Vec::new();
        for named in referring.iter().filter(signs).take(MOST_SIGNATURES) {
            let what = format!("the signature {}", named.digest());
            let manifest = self.take(named, DOCUMENT_BYTES, &what, Kind::Manifest).await?;
            let read: ImageManifest = document(&manifest, &what)?;
            let subject = read.subject().as_ref().map(|subject| subject.digest().to_string());
            let [layer] = read.layers().as_slice() else { continue };
            if subject.as_deref() != Some(digest) || layer.media_type().as_ref() != SIGNATURE_LAYER {
                continue;
            }
            empty(&read, &what)?;
            let bytes = self.take(layer, SIGNATURE_BYTES, &what, Kind::Blob).await?;
            signatures.push(Signature { manifest, bytes });
        }
        Ok(signatures)
    }
}

/// As far as it is believed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WasmConfig {
    layer_digests: Vec<String>,
}

fn document<T: for<'de> Deserialize<'de>>(bytes: &[u8], what: &str) -> Result<T, PackError> {
    serde_json::from_slice(bytes)
        .map_err(|error| PackError::new(format!("{what} cannot be read: {}", shown(&error.to_string()))))
}

fn typed(found: Option<&MediaType>, wanted: &MediaType, what: &str) -> Result<(), PackError> {
    match found {
        Some(found) if found == wanted => Ok(()),
        found => {
            let found = shown(found.map(MediaType::as_ref).unwrap_or_default());
            Err(PackError::new(format!("{what} is of the type `{found}`, not `{wanted}`")))
        }
    }
}

/// Bounded, and each once.
fn entries(named: &[Descriptor], what: &str) -> Result<(), PackError> {
    if named.len() > MOST_ENTRIES {
        let count = named.len();
        return Err(PackError::new(format!(
            "{what} has {count} entries, and at most {MOST_ENTRIES} are accepted"
        )));
    }
    let mut seen = BTreeSet::new();
    match named.iter().find(|named| !seen.insert(named.digest().to_string())) {
        None => Ok(()),
        Some(twice) => Err(PackError::new(format!("{what} names {} twice", twice.digest()))),
    }
}

fn empty(manifest: &ImageManifest, what: &str) -> Result<(), PackError> {
    let config = manifest.config();
    typed(Some(config.media_type()), &MediaType::EmptyJSON, &format!("the configuration of {what}"))?;
    if config.digest().to_string() == sha256(EMPTY) {
        return Ok(());
    }
    Err(PackError::new(format!("the configuration of {what} is not empty, as its type says")))
}
