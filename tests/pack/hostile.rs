//! Packs from strangers who mean harm. Each is refused with 104 before anything is sent, and the reason is the one that it
//! was made for.

use serde_json::json;
use strata_support::{Ended, Server, committed};

use super::made::{
    CONFIG, DATA, EMPTY, INDEX, MANIFEST, Made, PACK, PHASE, Tar, WASM, hello, hello_of, manifest, place,
};
use super::strata;

/// The pack is refused, for this reason, by whoever reads it first.
fn refused(tar: Vec<u8>, why: &str) -> Ended {
    let server = Server::fast();
    let ended = strata()
        .file("bad.tar", tar)
        .args(["run", "bad.tar", "--target", &server.url()])
        .coloured()
        .run()
        .with(104);
    assert!(ended.stderr.contains(why), "it does not say `{why}` but:\n{}", ended.stderr);
    assert!(!ended.stderr.contains('\x1b'), "{:?}", ended.stderr);
    assert_eq!(server.count(), 0);
    assert!(ended.runs().is_empty());
    ended
}

/// The same from a folder that `change` made worse.
fn refused_folder(made: &Made, change: impl FnOnce(&std::path::Path), why: &str) {
    let mut bad = strata();
    for (name, bytes) in &made.files {
        bad = bad.file(&format!("bad/{name}"), bytes);
    }
    let bad = bad.args(["inspect", "bad"]);
    change(&bad.folder().join("bad"));
    let _ = bad.run().with(104).says([why]);
}

#[test]
fn one_that_nobody_changed_runs() {
    let server = Server::fast();
    let tar = hello(|_, _, _| ()).tar();
    let arguments = ["run", "good.tar", "--target", &server.url(), "--iterations", "2"];
    let _ = strata().file("good.tar", tar).args(arguments).run().with(0);
    assert_eq!(server.count(), 2);
}

#[test]
fn names_that_lead_out_are_refused() {
    let good = hello(|_, _, _| ());
    for name in ["../../outside", "/etc/cron.d/x", "blobs/../../x", "blobs/sha256/..", "a\x1b[2J"] {
        let mut tar = Tar::default();
        tar.file(name, b"x");
        good.files.iter().for_each(|(name, bytes)| tar.file(name, bytes));
        let ended = refused(tar.end(), "which no pack has");
        assert!(!ended.path("../outside").exists());
    }
    let digest = format!("sha256:{}", "../".repeat(20) + "etc/passwd");
    let mut made = Made::default();
    made.layout(&[json!({"mediaType": INDEX, "digest": digest, "size": 10})]);
    refused(made.tar(), "index.json cannot be read");
}

#[test]
fn files_of_this_machine_are_none_of_a_pack() {
    for (phase, why) in [
        ("[data.a]\nfile = \"/etc/passwd\"\n", "the pack has no file `/etc/passwd`"),
        ("[http]\nca-cert = \"/etc/ssl/cert.pem\"\n", "the pack has no file `/etc/ssl/cert.pem`"),
        ("[http]\ncert = \"/keys/c.pem\"\nkey = \"/keys/k.pem\"\n", "a pack has no certificate to show"),
        (
            "[http]\ninsecure = true\n",
            "does not decide that certificates are not checked (hint: `--insecure`)",
        ),
        ("[secrets.key]\nfile = \"/keys/id_rsa\"\n", "(hint: `--secret key=file:/keys/id_rsa`)"),
        ("[secrets.key]\nenv = \"AWS_SECRET_ACCESS_KEY\"\n", "a pack does not read secrets by itself"),
        ("[[layer]]\nscenario = \"/bin/true\"\n", "the pack has no component `/bin/true`"),
    ] {
        let phase = format!("[phase]\ntitle = \"t\"\n[[layer]]\nscenario = \"hello.wasm\"\n{phase}");
        refused(hello_of(&phase, |_, _, _| ()).tar(), why);
    }
    let targeted =
        "[phase]\ntitle = \"t\"\ntarget = \"http://victim.example\"\n[[layer]]\nscenario = \"hello.wasm\"\n";
    let tar = hello_of(targeted, |_, _, _| ()).tar();
    let why = "a pack does not choose the system that it loads (hint: `--target http://victim.example`)";
    let _ = strata().file("bad.tar", tar).args(["run", "bad.tar"]).run().with(104).says([why]);
}

#[test]
fn links_and_other_things_that_are_no_files_are_refused() {
    let good = hello(|_, _, _| ());
    // Hard link, symbolic link, device, pipe, GNU's long name and sparse file, a head of PAX.
    for kind in [b'1', b'2', b'3', b'6', b'L', b'S', b'x'] {
        let mut tar = Tar::default();
        tar.entry("index.json", kind, "/etc/passwd", 0, b"");
        good.files.iter().for_each(|(name, bytes)| tar.file(name, bytes));
        refused(tar.end(), &format!("holds `index.json`, which is no file (kind `{}`)", kind as char));
    }
    let blob = good.files.keys().find(|name| name.starts_with("blobs")).expect("a blob").clone();
    let link = |to: &'static str, name: String| {
        move |folder: &std::path::Path| {
            let path = folder.join(name);
            if path.is_dir() {
                std::fs::rename(&path, folder.join("elsewhere")).expect("a folder");
            } else {
                std::fs::remove_file(&path).expect("a file");
            }
            std::os::unix::fs::symlink(to, path).expect("a link");
        }
    };
    refused_folder(&good, link("/dev/zero", blob), "is not a file itself, and links are not followed");
    refused_folder(&good, link("/dev/zero", "index.json".to_owned()), "links are not followed");
    refused_folder(&good, link("../elsewhere", "blobs/sha256".to_owned()), "blobs/sha256: is not a folder");
}

#[test]
fn what_is_larger_than_it_may_be_is_refused_before_it_is_read() {
    let gib = 1_u64 << 30;
    let named = |media_type: &str, size: u64| json!({"mediaType": media_type, "digest": format!("sha256:{}", "a".repeat(64)), "size": size});
    let mut made = Made::default();
    made.layout(&[named(INDEX, gib)]);
    refused(made.tar(), "the index of the pack has 1073741824 bytes, and at most 4194304 are accepted");
    let mut made = Made::default();
    made.index(&[named(MANIFEST, gib)]);
    refused(made.tar(), "has 1073741824 bytes, and at most 4194304 are accepted");
    let large = |media_type: &str, size: u64, why: &str| {
        let made = hello(|_, _, layers| layers.push(named(media_type, size)));
        refused(made.tar(), why);
    };
    large(DATA, gib, "has 1073741824 bytes, and at most 536870912 are accepted");
    large(PHASE, gib, "the phase file has 1073741824 bytes, and at most 1048576 are accepted");
    let mut made = Made::default();
    let config = made.document(CONFIG, &json!({"layerDigests": [format!("sha256:{}", "a".repeat(64))]}));
    let component = made.document(MANIFEST, &manifest(None, &config, &[named(WASM, gib)]));
    made.index(&[component]);
    refused(made.tar(), "has 1073741824 bytes, and at most 134217728 are accepted");
    // Many that are each small enough.
    let mut made = Made::default();
    let layers: Vec<_> = (0..3)
        .map(|at| {
            let mut layer = named(DATA, gib / 2);
            layer["digest"] = format!("sha256:{at:064}").into();
            layer
        })
        .collect();
    let empty = made.blob(EMPTY, b"{}");
    let own = made.document(MANIFEST, &manifest(Some(PACK), &empty, &layers));
    made.index(&[own]);
    // Whatever is not there is missed first.
    refused(made.tar(), "is missing: the tar has no");
    // A tar that says that an entry is of 8 GiB, and has nothing of it.
    let mut tar = Tar::default();
    tar.entry("index.json", b'0', "", 8 * gib - 1, b"{}");
    refused(tar.end(), "ends within `index.json`");
    // One that nests deeper than a stack.
    let mut made = hello(|_, _, _| ());
    made.files.insert("index.json".to_owned(), "[".repeat(1_000_000).into_bytes());
    refused(made.tar(), "index.json cannot be read");
}

#[test]
fn names_that_come_twice_are_refused() {
    let good = hello(|_, _, _| ());
    let mut tar = Tar::default();
    good.files.iter().for_each(|(name, bytes)| tar.file(name, bytes));
    tar.file("index.json", b"{}");
    refused(tar.end(), "holds `index.json` twice");
    let twice = hello(|_, lock, _| {
        let entry = lock["scenarios"][0].clone();
        lock["scenarios"].as_array_mut().expect("a list").push(entry);
    });
    refused(twice.tar(), "the lock of the pack names the component `hello.wasm` twice");
    let mut made = Made::default();
    let component = made.component(&std::fs::read(committed("hello")).expect("a component"));
    made.index(&[component.clone(), component]);
    refused(made.tar(), "the index of the pack names sha256:");
    let mut made = hello(|_, _, _| ());
    let layout: serde_json::Value = serde_json::from_slice(&made.files["index.json"]).expect("JSON");
    let mut second = made.document(INDEX, &json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}));
    second["annotations"] = json!({"org.opencontainers.image.ref.name": "pack"});
    made.layout(&[layout["manifests"][0].clone(), second]);
    refused(made.tar(), "index.json names 2 image indexes, and a pack is one");
}

#[test]
fn types_that_no_pack_has_are_refused() {
    let image = "application/vnd.oci.image.config.v1+json";
    let mut made = Made::default();
    let (config, layer) =
        (made.blob(image, b"{}"), made.blob("application/vnd.oci.image.layer.v1.tar+gzip", b"x"));
    let named = made.document(MANIFEST, &manifest(None, &config, &[layer]));
    made.index(&[named]);
    refused(made.tar(), &format!("is of the type `{image}`, which no pack has"));
    let gzip = "application/vnd.strata.data.v1+gzip";
    let made = hello(|made, _, layers| layers.push(made.blob(gzip, b"x")));
    refused(made.tar(), &format!("has a layer of the type `{gzip}`, which no pack has"));
    let mut made = Made::default();
    let layer = made.blob("application/javascript", b"x");
    let config = made.document(CONFIG, &json!({"layerDigests": [layer["digest"]]}));
    let named = made.document(MANIFEST, &manifest(None, &config, &[layer]));
    made.index(&[named]);
    refused(made.tar(), "is of the type `application/javascript`, not `application/wasm`");
    let mut made = Made::default();
    let (one, other) = (made.blob(WASM, b"a"), made.blob(WASM, b"b"));
    let config = made.document(CONFIG, &json!({"layerDigests": [one["digest"]]}));
    let named = made.document(MANIFEST, &manifest(None, &config, &[one, other]));
    made.index(&[named]);
    refused(made.tar(), "has 2 layers, and a Wasm artifact has one");
    let mut made = Made::default();
    let named = made.document("application/vnd.docker.distribution.manifest.v2+json", &json!({}));
    made.index(&[named]);
    refused(made.tar(), "is of the type `application/vnd.docker.distribution.manifest.v2+json`");
    // What is no component is refused by its first bytes, whatever its type says.
    let text =
        hello_of("[phase]\ntitle = \"t\"\n[[layer]]\nscenario = \"x.wasm\"\n", |made, lock, layers| {
            let layer = made.blob(DATA, b"#!/bin/sh\n");
            lock["files"] = json!([{"name": "x.wasm", "digest": layer["digest"], "size": layer["size"]}]);
            layers.push(layer);
        });
    refused(text.tar(), "the pack has no component `x.wasm`");
}

#[test]
fn a_lock_that_lies_is_refused() {
    let other = format!("sha256:{}", "b".repeat(64));
    for (key, value, why) in [
        ("digest", json!(other), "a component that the pack does not have"),
        ("digest", json!("sha256:../../etc/passwd"), "a component that the pack does not have"),
        ("size", json!(1), "says that `hello.wasm` is sha256:"),
        ("name", json!(""), "has a name of 0 bytes"),
        ("name", json!("other.wasm"), "the pack has no component `hello.wasm`"),
        ("name", json!("x".repeat(2000)), "has a name of 2000 bytes, not 1 to 1024"),
        ("path", json!("/etc"), "unknown field `path`"),
    ] {
        let made = hello(|_, lock, _| lock["scenarios"][0][key] = value);
        refused(made.tar(), why);
    }
    refused(hello(|_, lock, _| lock["scenarios"] = json!([])).tar(), "does not name the component sha256:");
    refused(
        hello(|_, lock, _| lock["schema"] = json!("strata.lock/9")).tar(),
        "of the schema `strata.lock/9`",
    );
    refused(
        hello(|made, _, layers| layers.push(made.blob(DATA, b"x"))).tar(),
        "does not name the file sha256:",
    );
    let two = hello(|made, _, layers| layers.push(made.blob(PHASE, b"")));
    refused(two.tar(), "has 2 phase files and 1 locks, and a pack has one of each");
    // A configuration that says another thing of its component than its manifest.
    let mut made = Made::default();
    let layer = made.blob(WASM, b"x");
    let config = made.document(CONFIG, &json!({"layerDigests": [other]}));
    let named = made.document(MANIFEST, &manifest(None, &config, &[layer]));
    made.index(&[named]);
    refused(made.tar(), "says that its layer is");
}

#[test]
fn ten_thousand_entries_are_refused() {
    let good = hello(|_, _, _| ());
    let mut tar = Tar::default();
    good.files.iter().for_each(|(name, bytes)| tar.file(name, bytes));
    (0..10_000).for_each(|at| tar.file(&format!("blobs/sha256/{at:064x}"), b"x"));
    refused(tar.end(), "has more than 4096 entries, the most that is accepted");
    let many = |of: &str| -> Vec<serde_json::Value> {
        (0..10_000)
            .map(|at| json!({"mediaType": of, "digest": format!("sha256:{at:064x}"), "size": 1}))
            .collect()
    };
    let mut made = Made::default();
    made.index(&many(MANIFEST));
    refused(made.tar(), "the index of the pack has 10000 entries, and at most 512 are accepted");
    refused(
        hello(|_, _, layers| layers.extend(many(DATA))).tar(),
        "has 10002 entries, and at most 512 are accepted",
    );
    let entries: Vec<_> =
        (0..10_000).map(|at| json!({"name": at.to_string(), "digest": "sha256:a", "size": 1})).collect();
    refused(
        hello(|_, lock, _| lock["files"] = entries.into()).tar(),
        "has 10000 files, and at most 512 are accepted",
    );
}

#[test]
fn what_was_cut_short_or_changed_is_refused() {
    let good = hello(|_, _, _| ());
    let wasm = std::fs::read(committed("hello")).expect("a component");
    let (name, _) = good.files.iter().find(|(_, bytes)| **bytes == wasm).expect("the component");
    let with = |bytes: &[u8]| {
        let mut made = good.clone();
        made.files.insert(name.clone(), bytes.to_vec());
        made
    };
    let other = format!("bytes, not the {} of its descriptor", wasm.len());
    refused(with(&wasm[..wasm.len() / 2]).tar(), &other);
    let mut changed = wasm.clone();
    changed[wasm.len() / 2] ^= 1;
    refused(with(&changed).tar(), "it has been changed");
    refused_folder(&with(&changed), |_| (), "it has been changed");
    refused_folder(&with(&wasm[1..]), |_| (), &other);
    let longer = format!("has {} bytes, not at most {}", wasm.len() + 1, wasm.len());
    refused_folder(&with(&[&wasm[..], b"x"].concat()), |_| (), &longer);
    let mut missing = good.clone();
    missing.files.remove(name);
    refused(missing.tar(), "is missing: the tar has no");
    refused_folder(&missing, |_| (), "cannot be read: No such file");
    let tar = good.tar();
    for part in [1, 3, 5] {
        let cut = tar[..tar.len() * part / 7].to_vec();
        let server = Server::fast();
        let arguments = ["run", "cut.tar", "--target", &server.url()];
        let _ = strata().file("cut.tar", cut).args(arguments).run().with(104);
        assert_eq!(server.count(), 0);
    }
    assert!(place("sha256:a").ends_with("/a"));
}
