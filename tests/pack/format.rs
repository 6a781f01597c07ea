//! The format: an OCI image layout that others read too.

use std::process::Command;

use serde_json::Value;
use strata_support::{Server, missing, probe, read_json};

use super::{files, run, strata, tar, with_phase};

#[test]
fn a_folder_and_a_tar_hold_the_same_and_the_same_input_gives_the_same_bytes() {
    let first = with_phase(strata()).args(["pack", "phase/phase.toml", "-o", "a.tar"]).run().with(0);
    let folder = with_phase(strata()).args(["pack", "phase/phase.toml", "-o", "pack"]).run().with(0);
    let again = tar();
    assert_eq!(std::fs::read(first.path("a.tar")).expect("a tar"), again, "two packs of one input");
    assert_eq!(first.stdout, folder.stdout);
    assert!(first.stdout.starts_with("sha256:"), "{}", first.stdout);
    let mut unpacked: Vec<(String, Vec<u8>)> = tar::Archive::new(&again[..])
        .entries()
        .expect("a tar")
        .map(|entry| {
            let mut entry = entry.expect("an entry");
            let name = entry.path().expect("a name").to_string_lossy().into_owned();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).expect("bytes");
            (name, bytes)
        })
        .collect();
    unpacked.sort();
    assert_eq!(files(&folder.path("pack")), unpacked);
}

#[test]
fn the_manifests_are_those_of_the_specifications() {
    let ended = with_phase(strata()).args(["pack", "phase/phase.toml", "-o", "pack"]).run().with(0);
    let pack = ended.path("pack");
    assert_eq!(read_json(&pack.join("oci-layout"))["imageLayoutVersion"], "1.0.0");
    let layout = read_json(&pack.join("index.json"));
    assert_eq!(layout["manifests"][0]["digest"], ended.stdout.trim());
    let blob = |named: &Value| {
        let digest = named["digest"].as_str().expect("a digest").trim_start_matches("sha256:").to_owned();
        pack.join("blobs/sha256").join(digest)
    };
    let index = read_json(&blob(&layout["manifests"][0]));
    assert_eq!(index["mediaType"], "application/vnd.oci.image.index.v1+json");
    let manifests = index["manifests"].as_array().expect("manifests");
    assert_eq!(manifests.len(), 3);
    let (own, components) = manifests.split_last().expect("one");
    for (named, component) in components.iter().zip(["hello", "layer-15-feed-performance"]) {
        let manifest = read_json(&blob(named));
        assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
        let layers = manifest["layers"].as_array().expect("layers");
        assert_eq!((layers.len(), layers[0]["mediaType"].as_str()), (1, Some("application/wasm")));
        let config = read_json(&blob(&manifest["config"]));
        assert_eq!((&config["os"], &config["architecture"]), (&"wasip2".into(), &"wasm".into()));
        assert_eq!(config["layerDigests"][0], layers[0]["digest"]);
        let imports = config["component"]["imports"].as_array().expect("imports");
        assert!(imports.iter().any(|import| import == "strata:scenario/http@0.1.0"), "{imports:?}");
        let bytes = std::fs::read(blob(&layers[0])).expect("a component");
        assert_eq!(bytes, std::fs::read(strata_support::committed(component)).expect("a component"));
    }
    let manifest = read_json(&blob(own));
    assert_eq!(manifest["artifactType"], "application/vnd.strata.pack.v1");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.oci.empty.v1+json");
    let phase = std::fs::read_to_string(blob(&manifest["layers"][0])).expect("the phase file");
    assert_eq!(phase, super::PHASE);
}

#[test]
fn a_pack_runs_from_anywhere_and_its_digests_stand_in_every_report() {
    let server = Server::fast();
    let packed = with_phase(strata()).args(["pack", "phase/phase.toml", "-o", "pack"]).run().with(0);
    let digest = packed.stdout.trim();
    let folder = packed.path("pack");
    for (name, strata) in
        [("two.tar", strata().file("two.tar", tar())), (folder.to_str().expect("a name"), strata())]
    {
        let ended = run(strata, name, &server).run().with(0).says([format!("pack {digest}")]);
        let summary = read_json(&ended.path("run/summary.json"));
        assert_eq!(summary["run"]["pack"], serde_json::json!({ "digest": digest }));
        let component = summary["layers"][0]["digest"].as_str().expect("a digest").to_owned();
        assert_eq!(component.len(), 64);
        for report in ["report.md", "report.html", "junit.xml"] {
            let text = std::fs::read_to_string(ended.path("run").join(report)).expect(report);
            assert!(text.contains(&component) && text.contains(digest), "{report} lacks a digest");
        }
    }
    assert_eq!(server.count(), 6);
}

#[test]
fn data_and_trusted_certificates_come_along_and_secrets_do_not() {
    let server = Server::fast();
    let phase = "[phase]\ntitle = \"Data\"\n[data.users]\nfile = \"../rows/users.csv\"\n[secrets.token]\nenv = \"HOME\"\n\
                 [[layer]]\nscenario = \"probe.wasm\"\nenv = { mode = \"shared\" }\n";
    let packed = strata()
        .file("a/phase.toml", phase)
        .file("a/probe.wasm", std::fs::read(probe()).expect("a component"))
        .file("rows/users.csv", "name\nann\nbob\n")
        .args(["pack", "a/phase.toml", "-o", "data.tar", "-q"])
        .run()
        .with(0);
    let tar = std::fs::read(packed.path("data.tar")).expect("a pack");
    let shown = strata().file("data.tar", &tar).args(["inspect", "data.tar", "--json"]).run().with(0);
    let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(shown["files"][0]["name"], "../rows/users.csv");
    let run = || {
        strata().file("data.tar", &tar).args([
            "run",
            "data.tar",
            "--target",
            &server.url(),
            "--iterations",
            "1",
        ])
    };
    let hint = "a pack does not read secrets by itself (hint: `--secret token=env:HOME`)";
    let _ = run().run().with(104).says(["data.tar: phase.toml:5:10", hint]);
    assert_eq!(server.count(), 0);
}

#[test]
fn what_is_wrong_is_said_before_anything_is_written() {
    let ended = with_phase(strata())
        .file(
            "bad/phase.toml",
            "[phase]\ntitle = \"t\"\n[data.a]\nfile = \"no.csv\"\n[[layer]]\nscenario = \"no.wasm\"\n\
                                 [[layer]]\nscenario = \"phase.toml\"\n",
        )
        .args(["pack", "bad/phase.toml", "-o", "pack"])
        .run()
        .with(104)
        .says([
            "bad/phase.toml:6:12: bad/no.wasm: cannot be read",
            "phase.toml: is not WebAssembly",
            "no.csv: cannot be read",
        ]);
    assert!(!ended.path("pack").exists());
    let full = with_phase(strata()).args(["pack", "phase/phase.toml", "-o", "parts"]).run().with(104);
    assert!(full.stderr.contains("parts: is not empty (hint: name a new folder"), "{}", full.stderr);
    let _ = strata()
        .args(["run", "no.tar", "--target", "http://127.0.0.1:1"])
        .run()
        .with(104)
        .says(["no.tar: cannot be read"]);
}

#[test]
fn other_tools_copy_a_pack_and_it_stays_the_same() {
    if Command::new("skopeo").arg("--version").output().is_err() {
        return missing("there is no skopeo");
    }
    let packed = with_phase(strata()).args(["pack", "phase/phase.toml", "-o", "pack"]).run().with(0);
    let (from, to) = (packed.path("pack"), packed.path("copied.tar"));
    let copied = Command::new("skopeo")
        .args(["copy", "--all", "--insecure-policy", "--preserve-digests"])
        .arg(format!("oci:{}:pack", from.display()))
        .arg(format!("oci-archive:{}:pack", to.display()))
        .output()
        .expect("skopeo runs");
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    let shown = strata().args(["inspect", "--json"]).args([to]).run().with(0);
    let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(shown["digest"], packed.stdout.trim());
}
