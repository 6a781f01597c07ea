//! Who made a pack.

use std::process::Command;

use serde_json::Value;
use strata_support::{Server, Strata, missing, read_json};

use super::{run, strata, with_phase};

/// A pair of keys: the texts of both files.
fn keys() -> (Vec<u8>, Vec<u8>) {
    let ended = strata().args(["key", "k"]).run().with(0);
    let read = |name: &str| std::fs::read(ended.path(name)).expect("a key");
    (read("k"), read("k.pub"))
}

fn signed(private: &[u8], out: &str) -> Vec<u8> {
    let pack = with_phase(strata()).file("k", private);
    let ended = pack.args(["pack", "phase/phase.toml", "--sign", "k", "-o", out]).run().with(0);
    std::fs::read(ended.path(out)).expect("a pack")
}

fn verified(tar: &[u8], public: &[u8]) -> Strata {
    strata().file("p.tar", tar).file("k.pub", public)
}

#[test]
fn only_what_the_key_has_signed_runs() {
    let server = Server::fast();
    let ((private, public), (_, other)) = (keys(), keys());
    let tar = signed(&private, "p.tar");
    let good = run(verified(&tar, &public), "p.tar", &server).args(["--verify", "k.pub"]).run().with(0);
    let _ = good.says([", verified"]);
    let summary = run(verified(&tar, &public), "p.tar", &server).args(["--verify", "k.pub"]).run().with(0);
    let summary = read_json(&summary.path("run/summary.json"));
    assert_eq!(summary["run"]["pack"]["signed_by"].as_str().map(str::len), Some(64));
    // One of several keys is enough.
    let both = verified(&tar, &public).file("o.pub", &other);
    let _ = run(both, "p.tar", &server).args(["--verify", "o.pub", "--verify", "k.pub"]).run().with(0);
    let count = server.count();
    for (pack, key, why) in [
        (&tar, &other, "its signature is by another key, or of another pack"),
        (&super::tar(), &public, "it is not signed"),
    ] {
        let refused = run(verified(pack, key), "p.tar", &server).args(["--verify", "k.pub"]).run().with(104);
        let _ = refused.says(["--verify refuses sha256:", why]);
    }
    let phase = with_phase(strata()).file("k.pub", &public);
    let arguments = ["run", "phase/phase.toml", "--verify", "k.pub", "--target", &server.url()];
    let _ = phase.args(arguments).run().with(104).says(["only a pack is signed"]);
    for (key, why) in [("nothing", "is not a public key of Ed25519"), ("-----BEGIN", "is not a public key")] {
        let _ = run(verified(&tar, key.as_bytes()), "p.tar", &server)
            .args(["--verify", "k.pub"])
            .run()
            .with(104)
            .says([why]);
    }
    assert_eq!(server.count(), count);
}

#[test]
fn a_signature_of_another_pack_says_nothing() {
    let server = Server::fast();
    let (private, public) = keys();
    // The folder of an unsigned pack, with the signature of the signed one put beside it.
    let other = with_phase(strata()).file("phase/phase.toml", super::PHASE.replace("Two", "Three"));
    let unsigned = other.args(["pack", "phase/phase.toml", "-o", "a"]).run().with(0);
    let pack = with_phase(strata()).file("k", &private);
    let signed = pack.args(["pack", "phase/phase.toml", "--sign", "k", "-o", "b"]).run().with(0);
    let (mut ours, theirs) =
        (read_json(&unsigned.path("a/index.json")), read_json(&signed.path("b/index.json")));
    let signature = theirs["manifests"][1].clone();
    ours["manifests"].as_array_mut().expect("a list").push(signature);
    std::fs::write(unsigned.path("a/index.json"), ours.to_string()).expect("a file");
    for (name, bytes) in super::files(&signed.path("b/blobs/sha256")) {
        std::fs::write(unsigned.path("a/blobs/sha256").join(name), bytes).expect("a file");
    }
    let path = unsigned.path("a");
    let refused = run(strata().file("k.pub", &public), path.to_str().expect("a name"), &server);
    let _ =
        refused.args(["--verify", "k.pub"]).run().with(104).says(["--verify refuses", "it is not signed"]);
    assert_eq!(server.count(), 0);
}

#[test]
fn others_make_the_keys_and_check_the_signatures() {
    let openssl = |arguments: &[&str], folder: &std::path::Path| {
        Command::new("openssl").args(arguments).current_dir(folder).output()
    };
    let folder = tempfile::tempdir().expect("a folder");
    if openssl(&["version"], folder.path()).is_err() {
        return missing("there is no openssl");
    }
    let run = |arguments: &[&str], folder: &std::path::Path| {
        let output = openssl(arguments, folder).expect("openssl runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run(&["genpkey", "-algorithm", "ed25519", "-out", "k"], folder.path());
    run(&["pkey", "-in", "k", "-pubout", "-out", "k.pub"], folder.path());
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("a key");
    let theirs = signed(&read("k"), "p.tar");
    let arguments = ["inspect", "p.tar", "--verify", "k.pub"];
    let _ = verified(&theirs, &read("k.pub")).args(arguments).run().with(0);
    // The other way round.
    let (private, _) = keys();
    let pack = with_phase(strata()).file("k", &private);
    let ended = pack.args(["pack", "phase/phase.toml", "--sign", "k", "-o", "p"]).run().with(0);
    run(&["pkey", "-in", "k", "-pubout", "-out", "k.pub"], &ended.path(""));
    let layout = read_json(&ended.path("p/index.json"));
    let blob = |named: &Value| {
        let digest = named["digest"].as_str().expect("a digest").trim_start_matches("sha256:").to_owned();
        ended.path("p/blobs/sha256").join(digest)
    };
    let manifest = read_json(&blob(&layout["manifests"][1]));
    assert_eq!(manifest["subject"]["digest"], ended.stdout.trim());
    let signature = blob(&manifest["layers"][0]);
    std::fs::write(ended.path("said"), format!("strata pack signature v1\n{}\n", ended.stdout.trim()))
        .expect("a file");
    let signature = signature.to_str().expect("a name");
    let verify =
        ["pkeyutl", "-verify", "-pubin", "-inkey", "k.pub", "-rawin", "-in", "said", "-sigfile", signature];
    run(&verify, &ended.path(""));
}

#[test]
fn keys_are_their_owner_s_alone_and_are_not_overwritten() {
    use std::os::unix::fs::PermissionsExt;
    let ended = strata().args(["key", "k"]).run().with(0);
    let mode = |name: &str| std::fs::metadata(ended.path(name)).expect("a key").permissions().mode() & 0o777;
    assert_eq!((mode("k"), mode("k.pub") & 0o044), (0o600, 0o044));
    let _ = strata().file("k", "mine").args(["key", "k"]).run().with(104).says(["keys are not overwritten"]);
    let _ = with_phase(strata())
        .file("k", "mine")
        .args(["pack", "phase/phase.toml", "--sign", "k"])
        .run()
        .with(104)
        .says(["--sign k: is not a private key of Ed25519"]);
}
