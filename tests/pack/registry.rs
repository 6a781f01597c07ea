//! Packs in a real registry, with and without a password.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use strata_support::{Server, Strata, missing, now, read_json, sleep_until};
use tempfile::TempDir;

use super::{run, strata, with_phase};

/// `user` with the password `hunter2`.
const PASSWORDS: &str = "user:$2b$05$abcdefghijklmnopqrstuuoXuKqgZXLiJqzfmMXDDhSFPIvxV7t8.\n";

/// Debian's registry on a port of its own.
struct Registry {
    process: Child,
    host: String,
    folder: TempDir,
}

impl Registry {
    /// `None`: there is none here.
    fn start(password: bool) -> Option<Registry> {
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port")
            .port();
        let root = folder.path().display();
        let mut config = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nstorage:\n  filesystem: {{rootdirectory: {root}/data}}\n\
             http: {{addr: '127.0.0.1:{port}'}}\n"
        );
        if password {
            std::fs::write(folder.path().join("passwords"), PASSWORDS).expect("a file");
            config += &format!("auth: {{htpasswd: {{realm: test, path: {root}/passwords}}}}\n");
        }
        let path = folder.path().join("config.yml");
        std::fs::write(&path, config).expect("a file");
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(process) = process else {
            missing("there is no docker-registry");
            return None;
        };
        let registry = Registry { process, host: format!("127.0.0.1:{port}"), folder };
        for _ in 0..500 {
            if registry.get("/v2/").is_some_and(|answer| answer.starts_with("HTTP/1.1 ")) {
                return Some(registry);
            }
            sleep_until(now() + std::time::Duration::from_millis(20));
        }
        panic!("the registry does not answer");
    }

    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(&self.host).ok()?;
        let accept = "application/vnd.oci.image.index.v1+json";
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\naccept: {accept}\r\nconnection: close\r\n\r\n",
            self.host
        );
        stream.write_all(head.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    }

    fn pushed(&self, strata: Strata, more: &[&str]) -> String {
        let name = format!("{}/team/two:1.0.0", self.host);
        let ended = with_phase(strata).args(["push", "phase/phase.toml", &name]).args(more).run().with(0);
        ended.stdout.trim().to_owned()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // One that has ended by itself cannot be killed, and either way it is waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_pack_goes_into_a_registry_and_comes_out_the_same() {
    let Some(registry) = Registry::start(false) else { return };
    let server = Server::fast();
    let name = registry.pushed(strata(), &[]);
    assert!(name.starts_with(&format!("oci://{}/team/two@sha256:", registry.host)), "{name}");
    // Again: nothing is sent twice, and the name is the same.
    assert_eq!(registry.pushed(strata(), &[]), name);
    let digest = name.split_once('@').expect("a digest").1;
    let ended = run(strata(), &name, &server).run().with(0).says([format!("pack {digest}")]);
    assert_eq!(read_json(&ended.path("run/summary.json"))["run"]["pack"]["digest"], digest);
    let pulled = strata().args(["pull", name.trim_start_matches("oci://"), "-o", "two.tar"]).run().with(0);
    assert_eq!(std::fs::read(pulled.path("two.tar")).expect("a tar"), super::tar());
    // A tag moves, so that nothing is run by it; but what it means now can be looked at.
    let tag = name.replace(&format!("@{digest}"), ":1.0.0");
    let _ = run(strata(), &tag, &server).run().with(104).says(["a pack is named by its digest"]);
    let shown = strata().args(["inspect", &tag, "--json"]).run().with(0);
    let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(shown["digest"], digest);
    let absent = name.replace("team/two", "team/three");
    let _ = run(strata(), &absent, &server).run().with(104);
    assert_eq!(server.count(), 3);
}

#[test]
fn a_registry_s_password_is_asked_for_and_never_said() {
    let Some(registry) = Registry::start(true) else { return };
    let server = Server::fast();
    let hint = "does not let us (hint: `docker login`";
    let name = format!("{}/team/two:1", registry.host);
    let push = |strata: Strata| with_phase(strata).args(["push", "phase/phase.toml", &name]);
    let _ = push(strata().env("HOME", "/nonexistent")).run().with(104).says([hint]);
    let wrong =
        push(strata().env("STRATA_REGISTRY_USERNAME", "user").env("STRATA_REGISTRY_PASSWORD", "s3same0pen"));
    let ended = wrong.run().with(104).says([hint]);
    assert!(!ended.stderr.contains("s3same0pen"), "{}", ended.stderr);
    let good =
        push(strata().env("STRATA_REGISTRY_USERNAME", "user").env("STRATA_REGISTRY_PASSWORD", "hunter2"));
    let ended = good.run().with(0);
    assert!(!format!("{}{}", ended.stdout, ended.stderr).contains("hunter2"));
    // As `docker login` writes it down.
    let config = format!(r#"{{"auths": {{"{}": {{"auth": "dXNlcjpodW50ZXIy"}}}}}}"#, registry.host);
    let docker = strata().file("docker/config.json", config);
    let folder = docker.folder().join("docker");
    let ended = run(docker.env("DOCKER_CONFIG", folder), ended.stdout.trim(), &server).run().with(0);
    assert!(!ended.stderr.contains("hunter2"));
    let _ = run(strata().env("HOME", "/nonexistent"), ended_name(&registry, &ended.stderr).as_str(), &server)
        .run()
        .with(104);
}

/// A folder of programs by these names.
fn programs(scripts: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, script) in scripts {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a program");
    }
    folder
}

/// With a `config.json` of Docker, and programs before those of the machine.
fn with_docker(config: &Value, programs: &TempDir) -> Strata {
    let strata = strata().file("docker/config.json", config.to_string());
    let (docker, path) =
        (strata.folder().join("docker"), format!("{}:/usr/bin:/bin", programs.path().display()));
    strata.env("DOCKER_CONFIG", docker).env("PATH", path)
}

#[test]
fn issue_9_a_credential_helper_is_asked_as_docker_asks_it() {
    let Some(registry) = Registry::start(true) else { return };
    let host = registry.host.as_str();
    let name = format!("{host}/team/two:1");
    let answer = format!(
        r#"read -r asked; [ "$1 $asked" = "get {host}" ] && echo '{{"ServerURL": "{host}", "Username": "user", "Secret": "hunter2"}}'"#
    );
    let unknown = r#"cat >/dev/null; echo "credentials not found in native keychain"; exit 1"#.to_owned();
    let helpers = programs(&[("docker-credential-team", answer), ("docker-credential-unknown", unknown)]);
    let push = |config: Value| {
        let strata = with_phase(with_docker(&config, &helpers));
        strata.args(["push", "phase/phase.toml", &name]).run()
    };
    for config in [
        json!({"credHelpers": {host: "team"}, "credsStore": "unknown"}),
        json!({"credsStore": "team", "auths": {host: {}}}),
        // What is written down goes before the helper of all others.
        json!({"credsStore": "missing", "auths": {host: {"auth": "dXNlcjpodW50ZXIy"}}}),
    ] {
        let ended = push(config).with(0);
        assert!(!format!("{}{}", ended.stdout, ended.stderr).contains("hunter2"), "{}", ended.stderr);
    }
    // One that knows nothing of the registry: nobody asks.
    let _ = push(json!({"credsStore": "unknown"})).with(104).says(["does not let us (hint: `docker login`"]);
}

#[test]
fn issue_9_a_credential_helper_that_fails_is_named_with_a_way_out() {
    let secret = r#"{"Username": "<token>", "Secret": "hunter2"}"#;
    let helpers = programs(&[
        ("docker-credential-failing", "echo 'no session: log in first'; exit 3".to_owned()),
        ("docker-credential-silent", "exit 0".to_owned()),
        ("docker-credential-odd", "echo hunter2".to_owned()),
        ("docker-credential-long", "exec cat /dev/zero".to_owned()),
        ("docker-credential-token", format!("echo '{secret}'")),
    ]);
    for (helper, says) in [
        ("missing", "is not on the search path"),
        ("failing", "failed (exit status: 3): `no session: log in first`"),
        ("silent", "did not answer with a user and a secret in JSON"),
        ("odd", "did not answer with a user and a secret in JSON"),
        ("long", "answers with more than 64 KiB"),
        ("token", "has an identity token, which Docker alone can use"),
        ("../odd", "names `../odd` as a helper, which is no name of one"),
    ] {
        let strata = with_docker(&json!({"credHelpers": {"127.0.0.1:9": helper}}), &helpers);
        let name = format!("127.0.0.1:9/a@sha256:{}", "0".repeat(64));
        let ended = strata.args(["pull", &name]).run().with(104).says(["docker/config.json: names", says]);
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
        assert!(helper.contains('/') || ended.stderr.contains("(hint: STRATA_REGISTRY_USERNAME"));
    }
}

/// The name of what ran, by the digest that it said.
fn ended_name(registry: &Registry, said: &str) -> String {
    let digest = said.lines().find_map(|line| line.trim().strip_prefix("pack ")).expect("a digest");
    format!("oci://{}/team/two@{digest}", registry.host)
}

#[test]
fn signatures_go_with_a_pack_through_a_registry() {
    let Some(registry) = Registry::start(false) else { return };
    let server = Server::fast();
    let key = strata().args(["key", "k"]).run().with(0);
    let read = |name: &str| std::fs::read(key.path(name)).expect("a key");
    let signed = with_phase(strata()).file("k", read("k"));
    let signed = signed.args(["pack", "phase/phase.toml", "--sign", "k", "-o", "p.tar"]).run().with(0);
    let tar = std::fs::read(signed.path("p.tar")).expect("a pack");
    let name = format!("{}/team/signed:1", registry.host);
    let pushed = strata().file("p.tar", &tar).args(["push", "p.tar", &name]).run().with(0);
    let name = pushed.stdout.trim();
    let verify = ["--verify", "k.pub"];
    let _ = run(strata().file("k.pub", read("k.pub")), name, &server)
        .args(verify)
        .run()
        .with(0)
        .says([", verified"]);
    let pulled =
        strata().file("k.pub", read("k.pub")).args(["pull", name, "-o", "p.tar"]).args(verify).run().with(0);
    assert_eq!(std::fs::read(pulled.path("p.tar")).expect("a pack"), tar);
    let unsigned = registry.pushed(strata(), &[]);
    let refused = run(strata().file("k.pub", read("k.pub")), &unsigned, &server);
    let _ = refused.args(verify).run().with(104).says(["it is not signed"]);
    assert_eq!(server.count(), 3);
}

#[test]
fn what_a_registry_has_changed_is_refused() {
    let Some(registry) = Registry::start(false) else { return };
    let server = Server::fast();
    let name = registry.pushed(strata(), &[]);
    let wasm = std::fs::read(strata_support::committed("hello")).expect("a component");
    let mut changed = 0;
    for (path, bytes) in super::files(registry.folder.path()) {
        if bytes == wasm {
            let mut bytes = bytes;
            bytes[1000] ^= 1;
            std::fs::write(registry.folder.path().join(path), bytes).expect("a file");
            changed += 1;
        }
    }
    assert_eq!(changed, 1);
    let _ = run(strata(), &name, &server).run().with(104).says(["the component sha256:"]);
    assert_eq!(server.count(), 0);
}

#[test]
fn other_tools_take_each_scenario_out_of_a_registry() {
    if Command::new("skopeo").arg("--version").output().is_err() {
        return missing("there is no skopeo");
    }
    let Some(registry) = Registry::start(false) else { return };
    let name = registry.pushed(strata(), &[]);
    let name = name.trim_start_matches("oci://");
    let skopeo = |arguments: &[&str]| {
        let output = Command::new("skopeo").args(arguments).output().expect("skopeo runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let index = skopeo(&["inspect", "--raw", "--tls-verify=false", &format!("docker://{name}")]);
    let index: Value = serde_json::from_slice(&index).expect("JSON");
    let first = index["manifests"][0]["digest"].as_str().expect("a digest");
    let one = format!("docker://{}@{first}", name.split('@').next().expect("a name"));
    let to = registry.folder.path().join("out");
    skopeo(&["copy", "--insecure-policy", "--src-tls-verify=false", &one, &format!("dir:{}", to.display())]);
    let wasm = std::fs::read(strata_support::committed("hello")).expect("a component");
    assert!(
        super::files(&to).iter().any(|(_, bytes)| *bytes == wasm),
        "the component is not among what skopeo took"
    );
    // And a pack that skopeo carried into another place of the registry is the same pack.
    let copy = format!("docker://{}/mirror/two:1", registry.host);
    let tls = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    skopeo(
        &[
            &["copy", "--all", "--insecure-policy", "--preserve-digests"],
            &tls[..],
            &[&format!("docker://{name}"), &copy],
        ]
        .concat(),
    );
    let digest = name.split_once('@').expect("a digest").1;
    let server = Server::fast();
    let _ = run(strata(), &format!("oci://{}/mirror/two@{digest}", registry.host), &server).run().with(0);
    assert_eq!(server.count(), 3);
}

#[test]
fn issue_9_the_tool_of_the_wasm_registries_takes_a_scenario_out() {
    // It takes long to build and so is not installed by CI: `cargo install wkg --locked`.
    if Command::new("wkg").arg("--version").output().is_err() {
        eprintln!("skipped: there is no wkg");
        return;
    }
    let Some(registry) = Registry::start(false) else { return };
    let name = registry.pushed(strata(), &[]);
    let shown = strata().args(["inspect", &name, "--json"]).run().with(0);
    let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    let index =
        registry.get(&format!("/v2/team/two/manifests/{}", shown["digest"].as_str().expect("a digest")));
    let index: Value =
        serde_json::from_str(index.expect("an answer").split_once("\r\n\r\n").expect("a body").1)
            .expect("an index");
    let first = index["manifests"][0]["digest"].as_str().expect("a digest");
    let (one, out) = (format!("{}/team/two@{first}", registry.host), registry.folder.path().join("out.wasm"));
    let mut wkg = Command::new("wkg");
    wkg.args(["oci", "pull", &one, "--insecure", &registry.host, "--output"]).arg(&out);
    let output = wkg.output().expect("wkg runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let wasm = std::fs::read(strata_support::committed("hello")).expect("a component");
    assert!(std::fs::read(out).expect("a file") == wasm, "wkg took out something else");
}
