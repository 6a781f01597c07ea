//! A phase and its components are put together.

use std::collections::BTreeMap;
use std::path::Path;

use oci_spec::image::{Descriptor, ImageIndexBuilder, ImageManifestBuilder, MediaType, Os, PlatformBuilder};
use serde::Serialize;

use super::super::PackError;
use super::lock::{Lock, Locked};
use super::words::{DATA, EMPTY, LOCK, PACK, PHASE, TITLE, WASM, WASM_CONFIG, canonical, descriptor, sha256};
use super::{COMPONENT_BYTES, FILE_BYTES, MOST_ENTRIES, PACK_BYTES, PHASE_BYTES, Pack};

/// A component, and what is said of it to tools that know nothing of strata.
#[derive(Clone, Debug)]
pub struct Component {
    /// As the phase file calls it.
    pub name: String,
    /// The component.
    pub bytes: Vec<u8>,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// The interfaces and functions that it exports.
    pub exports: Vec<String>,
}

/// The configuration of a Wasm artifact, as the CNCF lays it down. `created` is required by some who read it; a time would
/// make two packs of one input different.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WasmConfig<'c> {
    created: &'static str,
    architecture: &'static str,
    os: &'static str,
    layer_digests: [String; 1],
    component: WasmComponent<'c>,
}

#[derive(Serialize)]
struct WasmComponent<'c> {
    exports: &'c [String],
    imports: &'c [String],
}

/// A pack of a phase file's text, the components that its layers name, and the files that it names: each name once.
///
/// # Errors
/// What is larger or more than a pack may hold.
pub fn put_together(
    phase: &str,
    components: &[Component],
    files: &[(String, Vec<u8>)],
) -> Result<Pack, PackError> {
    bounds(phase, components, files)?;
    let mut making = Making::default();
    let mut entries: Vec<Descriptor> = Vec::new();
    let mut scenarios = Vec::with_capacity(components.len());
    for component in components {
        let manifest = making.component(component)?;
        // Two names may mean the same bytes.
        if !entries.iter().any(|known| known.digest() == manifest.digest()) {
            entries.push(manifest);
        }
        scenarios.push(locked(&component.name, &component.bytes));
    }
    let locked_files = files.iter().map(|(name, bytes)| locked(name, bytes)).collect();
    let lock = Lock::new(scenarios, locked_files);
    let mut layers = vec![making.layer(PHASE, "phase.toml", phase.as_bytes())?];
    layers.push(making.layer(LOCK, "lock.json", &canonical(&lock)?)?);
    for (name, bytes) in files {
        let layer = making.layer(DATA, &file_name(name), bytes)?;
        if !layers.iter().any(|known| known.digest() == layer.digest()) {
            layers.push(layer);
        }
    }
    let manifest = ImageManifestBuilder::default()
        .schema_version(2_u32)
        .media_type(MediaType::ImageManifest)
        .artifact_type(MediaType::Other(PACK.to_owned()))
        .config(making.blob(MediaType::EmptyJSON, EMPTY)?)
        .layers(layers)
        .build()
        .map_err(unbuilt)?;
    entries.push(making.manifest(canonical(&manifest)?)?);
    let index = ImageIndexBuilder::default()
        .schema_version(2_u32)
        .media_type(MediaType::ImageIndex)
        .manifests(entries)
        .build()
        .map_err(unbuilt)?;
    let index = canonical(&index)?;
    Ok(Pack {
        digest: sha256(&index),
        index,
        manifests: making.manifests,
        blobs: making.blobs,
        phase: sha256(phase.as_bytes()),
        lock,
        signatures: Vec::new(),
    })
}

fn bounds(phase: &str, components: &[Component], files: &[(String, Vec<u8>)]) -> Result<(), PackError> {
    let mut faults = Vec::new();
    let mut total = phase.len() as u64;
    let components = components.iter().map(|one| (&one.name, &one.bytes, COMPONENT_BYTES));
    let files = files.iter().map(|(name, bytes)| (name, bytes, FILE_BYTES));
    let all: Vec<_> = components.chain(files).collect();
    for (name, bytes, most) in &all {
        let size = bytes.len() as u64;
        total += size;
        if size > *most {
            faults.push(format!("{name}: has {size} bytes, and a pack takes at most {most}"));
        }
    }
    if phase.len() as u64 > PHASE_BYTES {
        faults.push(format!(
            "the phase file has {} bytes, and a pack takes at most {PHASE_BYTES}",
            phase.len()
        ));
    }
    if total > PACK_BYTES {
        faults.push(format!("all together has {total} bytes, and a pack takes at most {PACK_BYTES}"));
    }
    // An index has room for the manifest of the pack itself, its manifest for phase file and lock.
    if all.len() > MOST_ENTRIES - 2 {
        faults.push(format!(
            "{} components and files, and a pack takes at most {}",
            all.len(),
            MOST_ENTRIES - 2
        ));
    }
    if faults.is_empty() { Ok(()) } else { Err(PackError { faults }) }
}

fn unbuilt(error: impl std::fmt::Display) -> PackError {
    PackError::new(format!("a manifest: {error}"))
}

fn locked(name: &str, bytes: &[u8]) -> Locked {
    Locked { name: name.to_owned(), digest: sha256(bytes), size: bytes.len() as u64 }
}

/// What others show: the last part of a name.
fn file_name(name: &str) -> String {
    Path::new(name).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[derive(Default)]
struct Making {
    manifests: BTreeMap<String, Vec<u8>>,
    blobs: BTreeMap<String, Vec<u8>>,
}

impl Making {
    fn blob(&mut self, media_type: impl Into<MediaType>, bytes: &[u8]) -> Result<Descriptor, PackError> {
        let named = descriptor(media_type, bytes)?;
        self.blobs.entry(named.digest().to_string()).or_insert_with(|| bytes.to_vec());
        Ok(named)
    }

    fn layer(&mut self, media_type: &str, title: &str, bytes: &[u8]) -> Result<Descriptor, PackError> {
        let mut named = self.blob(media_type, bytes)?;
        named.set_annotations(Some([(TITLE.to_owned(), title.to_owned())].into()));
        Ok(named)
    }

    fn manifest(&mut self, bytes: Vec<u8>) -> Result<Descriptor, PackError> {
        let named = descriptor(MediaType::ImageManifest, &bytes)?;
        self.manifests.insert(named.digest().to_string(), bytes);
        Ok(named)
    }

    fn component(&mut self, component: &Component) -> Result<Descriptor, PackError> {
        let config = WasmConfig {
            created: "1970-01-01T00:00:00Z",
            architecture: "wasm",
            os: "wasip2",
            layer_digests: [sha256(&component.bytes)],
            component: WasmComponent { exports: &component.exports, imports: &component.imports },
        };
        let config = self.blob(WASM_CONFIG, &canonical(&config)?)?;
        let manifest = ImageManifestBuilder::default()
            .schema_version(2_u32)
            .media_type(MediaType::ImageManifest)
            .config(config)
            .layers([self.blob(WASM, &component.bytes)?])
            .build()
            .map_err(unbuilt)?;
        let mut named = self.manifest(canonical(&manifest)?)?;
        let platform = PlatformBuilder::default().architecture("wasm").os(Os::Other("wasip2".to_owned()));
        named.set_platform(Some(platform.build().map_err(unbuilt)?));
        named.set_annotations(Some([(TITLE.to_owned(), file_name(&component.name))].into()));
        Ok(named)
    }
}
