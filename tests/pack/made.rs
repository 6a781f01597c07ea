//! Packs made by hand, as whoever means harm would.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use strata_support::committed;

pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";
pub const CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub const WASM: &str = "application/wasm";
pub const PACK: &str = "application/vnd.strata.pack.v1";
pub const PHASE: &str = "application/vnd.strata.phase.v1+toml";
pub const LOCK: &str = "application/vnd.strata.lock.v1+json";
pub const DATA: &str = "application/vnd.strata.data.v1";

/// The files of a layout.
#[derive(Clone, Default)]
pub struct Made {
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Where a blob lies.
pub fn place(digest: &str) -> String {
    format!("blobs/sha256/{}", digest.trim_start_matches("sha256:"))
}

impl Made {
    /// Keeps a blob, and gives its descriptor.
    pub fn blob(&mut self, media_type: &str, bytes: &[u8]) -> Value {
        let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = format!("sha256:{hex}");
        self.files.insert(place(&digest), bytes.to_vec());
        json!({"mediaType": media_type, "digest": digest, "size": bytes.len()})
    }

    /// Keeps a document.
    pub fn document(&mut self, media_type: &str, document: &Value) -> Value {
        self.blob(media_type, document.to_string().as_bytes())
    }

    /// The manifest of a component.
    pub fn component(&mut self, bytes: &[u8]) -> Value {
        let layer = self.blob(WASM, bytes);
        let config = self.document(
            CONFIG,
            &json!({"architecture": "wasm", "os": "wasip2", "layerDigests": [layer["digest"]]}),
        );
        self.document(MANIFEST, &manifest(None, &config, &[layer]))
    }

    /// Names the index of these manifests as the pack.
    pub fn index(&mut self, manifests: &[Value]) {
        let index =
            self.document(INDEX, &json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}));
        self.layout(&[index]);
    }

    pub fn layout(&mut self, manifests: &[Value]) {
        let layout = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        self.files.insert("index.json".to_owned(), layout.to_string().into_bytes());
        self.files.insert("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec());
    }

    /// The tar of the layout.
    pub fn tar(&self) -> Vec<u8> {
        let mut tar = Tar::default();
        for (name, bytes) in &self.files {
            tar.file(name, bytes);
        }
        tar.end()
    }
}

pub fn manifest(artifact: Option<&str>, config: &Value, layers: &[Value]) -> Value {
    let mut manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
    if let Some(artifact) = artifact {
        manifest["artifactType"] = artifact.into();
    }
    manifest
}

/// A pack of one layer, `hello.wasm`, which `change` may make worse: it is given what there is, the descriptors of the
/// component's manifest and layer, and the lock.
pub fn hello(change: impl FnOnce(&mut Made, &mut Value, &mut Vec<Value>)) -> Made {
    hello_of("[phase]\ntitle = \"t\"\n[[layer]]\nscenario = \"hello.wasm\"\n", change)
}

pub fn hello_of(phase: &str, change: impl FnOnce(&mut Made, &mut Value, &mut Vec<Value>)) -> Made {
    let mut made = Made::default();
    let bytes = std::fs::read(committed("hello")).expect("a component");
    let component = made.component(&bytes);
    let layer = made.blob(WASM, &bytes);
    let entry = json!({"name": "hello.wasm", "digest": layer["digest"], "size": layer["size"]});
    let mut lock = json!({"schema": "strata.lock/1", "scenarios": [entry], "files": []});
    let mut layers = vec![made.blob(PHASE, phase.as_bytes())];
    change(&mut made, &mut lock, &mut layers);
    layers.push(made.document(LOCK, &lock));
    let empty = made.blob(EMPTY, b"{}");
    let own = made.document(MANIFEST, &manifest(Some(PACK), &empty, &layers));
    made.index(&[component, own]);
    made
}

/// A tar of entries that `tar` would not write.
#[derive(Default)]
pub struct Tar {
    bytes: Vec<u8>,
}

impl Tar {
    pub fn file(&mut self, name: &str, bytes: &[u8]) {
        self.entry(name, b'0', "", bytes.len() as u64, bytes);
    }

    /// Whatever the name, the kind and the size are.
    pub fn entry(&mut self, name: &str, kind: u8, link: &str, size: u64, bytes: &[u8]) {
        let mut head = [0_u8; 512];
        let mut put = |at: usize, text: &[u8]| head[at..at + text.len()].copy_from_slice(text);
        put(0, name.as_bytes());
        put(100, b"0000644\0");
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, format!("{size:011o}\0").as_bytes());
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, &[kind]);
        put(157, link.as_bytes());
        put(257, b"ustar\x0000");
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.bytes.extend_from_slice(&head);
        self.bytes.write_all(bytes).expect("memory");
        let end = self.bytes.len().next_multiple_of(512);
        self.bytes.resize(end, 0);
    }

    pub fn end(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&[0; 1024]);
        self.bytes
    }
}
