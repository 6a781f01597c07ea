//! The shape of the repository: which room may import which, and where each thing may stand.
//!
//! The table below is DESIGN's, made executable. A room that needs more gets a line here in the commit that says
//! why, or does without.
#![expect(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room of `engine/src`, and the rooms that it may import.
const ROOMS: [(&str, &[&str]); 17] = [
    ("main.rs", &["cli"]),
    (
        "cli",
        &[
            "clock", "conduct", "config", "control", "event", "guest", "http", "judge", "measure", "pace",
            "pack", "plan", "report", "store", "worker",
        ],
    ),
    ("config", &["clock", "plan"]),
    ("plan", &["clock"]),
    ("clock", &[]),
    ("pace", &["clock", "plan"]),
    // Selectors, aggregates and metric kinds are words of the plan.
    ("measure", &["clock", "plan"]),
    ("judge", &["measure", "plan"]),
    ("event", &["judge", "measure", "plan"]),
    ("http", &["clock"]),
    // A manifest is translated into the plan's words, a finding into the judge's.
    ("guest", &["clock", "http", "judge", "measure", "plan", "store"]),
    // Rows, values and secrets that all VUs share.
    ("store", &[]),
    ("worker", &["clock", "guest", "http", "measure", "pace", "plan"]),
    ("conduct", &["clock", "event", "guest", "http", "judge", "measure", "pace", "plan", "store", "worker"]),
    // The API of a run that goes on: requests become commands to the conductor, its answers JSON.
    ("control", &["conduct", "event"]),
    // What is built is checked by the command that asked for it.
    ("pack", &[]),
    // Durations and numbers are written as the plan writes them; what was recorded is written as it was measured; two
    // runs are put into the judge's words to be compared.
    ("report", &["event", "judge", "measure", "plan"]),
];

/// A crate, and the only rooms that may name it.
const CRATES: &[(&str, &[&str])] = &[
    ("anstream", &["cli"]),
    ("anstyle", &["cli", "report"]),
    // Basic authorization, to servers, proxies and registries, and keys.
    ("base64", &["guest", "http", "measure", "pack"]),
    ("brotli_decompressor", &["http"]),
    ("bytes", &["control", "guest", "http"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    // Parses what servers set.
    ("cookie", &["http"]),
    // Names of linkers, turned back where a guest broke.
    ("cpp_demangle", &["guest"]),
    // Rows of CSV.
    ("csv", &["store"]),
    ("flate2", &["http"]),
    // Look-ups of each request.
    ("foldhash", &["measure"]),
    ("futures_util", &["conduct", "guest", "http"]),
    // Debug information of C is cut down to the author's.
    ("gimli", &["pack"]),
    // The errors of streams that a server refused or gave up.
    ("h2", &["http"]),
    ("hdrhistogram", &["measure"]),
    ("http_body", &["http"]),
    ("http_body_util", &["control", "guest", "http"]),
    // Load, and the API on a thread of its own.
    ("hyper", &["control", "http"]),
    ("hyper_util", &["control", "http"]),
    // Sources that are rebuilt on save.
    ("notify", &["pack"]),
    // A registry's client, and the documents of packs.
    ("oci_client", &["pack"]),
    ("oci_spec", &["pack"]),
    // Domains that are nobody's.
    ("psl", &["http"]),
    // Seeded: the arrivals of a poisson process.
    ("rand", &["guest", "pace"]),
    // Signatures of packs, tokens of the API.
    ("ring", &["control", "pack"]),
    ("rustc_demangle", &["guest"]),
    // Timers; the keyboard without lines; what prepares a swap gives way to the load.
    ("rustix", &["cli", "clock", "conduct"]),
    // A registry's client is told which provider of TLS it has.
    ("rustls", &["http", "pack"]),
    ("rustls_native_certs", &["http"]),
    // Rows of JSON are read as they come; a pack's lock is JSON.
    ("serde", &["control", "event", "pack", "store"]),
    // Tools of languages write JSON, and users have rows in it; the API speaks it.
    ("serde_json", &["cli", "control", "pack", "report", "store"]),
    // The digests of components, and of everything in a pack.
    ("sha2", &["guest", "pack"]),
    ("strata_target", &["cli"]),
    ("tar", &["pack"]),
    // A component is written beside the old one and then takes its place.
    ("tempfile", &["cli", "control", "pack"]),
    ("terminal_size", &["cli"]),
    ("tokio_rustls", &["http"]),
    ("toml", &["config"]),
    // Where redirects lead, as browsers read it.
    ("url", &["http"]),
    // Reads what a component was made with.
    ("wasmparser", &["guest"]),
    ("wat", &["pack"]),
    ("wasmtime_wasi_http", &["guest"]),
    ("wit_component", &["pack"]),
    ("wit_parser", &["pack"]),
    ("zstd", &["http"]),
];

/// Crates that several rooms need, and those that may not.
const NOT_IN: [(&str, &[&str]); 2] = [
    ("tokio", &["config", "event", "judge", "measure", "pace", "plan", "report"]),
    (
        "wasmtime",
        &[
            "cli", "conduct", "config", "event", "http", "judge", "measure", "pace", "plan", "report",
            "store", "worker",
        ],
    ),
];

/// What stands at the top of the repository besides dot files.
const TOP: [&str; 14] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "engine",
    "guest-sdk",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "scenarios-wasm",
    "tests",
    "wit",
    // Not committed.
    "target",
];

const MOST_LINES: usize = 500;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the engine lies in the repository").to_owned()
}

/// All files below a folder with this extension, apart from build products.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // `tests/target` is a crate; every other `target`, packages and all dot folders are made by tools.
        let made = name.starts_with('.')
            || name == "node_modules"
            || (name == "target" && !path.join("Cargo.toml").is_file());
        if path.is_dir() && !made {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|other| other == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The code of a file: without comments, and without its tests, which may use what they like.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a text");
    let before_tests = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = before_tests.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

fn room(path: &Path) -> String {
    let below = path.strip_prefix(top().join("engine/src")).expect("a file of the engine");
    below.components().next().expect("a name").as_os_str().to_string_lossy().into_owned()
}

/// The words that follow `prefix` in a text: `crate::` gives the rooms that are named, also in lists.
fn named_after(text: &str, prefix: &str) -> BTreeSet<String> {
    let word =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices(prefix) {
        let part_of_longer = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        let rest = &text[at + prefix.len()..];
        if part_of_longer {
            continue;
        }
        match rest.strip_prefix('{') {
            None => drop(names.insert(word(rest))),
            Some(list) => {
                let list = list.split("};").next().unwrap_or_default();
                names.extend(list.split(',').map(|entry| word(entry.trim())));
            }
        }
    }
    names
}

fn engine() -> Vec<PathBuf> {
    files(&top().join("engine/src"), "rs")
}

#[test]
fn every_room_imports_only_what_the_table_allows() {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for path in engine() {
        let room = room(&path);
        if room == "lib.rs" {
            continue;
        }
        seen.insert(room.clone());
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            faults.push(format!("{room} is not in the table"));
            continue;
        };
        let own = if room == "main.rs" { "strata::" } else { "crate::" };
        for import in named_after(&code(&path), own) {
            let is_room = ROOMS.iter().any(|(name, _)| *name == import);
            if is_room && import != room && !allowed.contains(&import.as_str()) {
                faults.push(format!("{} imports {import}, which {room} may not", path.display()));
            }
        }
    }
    for (name, _) in ROOMS.iter().filter(|(name, _)| !seen.contains(*name)) {
        faults.push(format!("{name} is in the table and does not exist"));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn crates_stay_in_their_rooms() {
    let mut faults = Vec::new();
    for path in engine() {
        let (room, code) = (room(&path), code(&path));
        let names = |name: &str| {
            code.match_indices(&format!("{name}::"))
                .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
        };
        for &(name, rooms) in CRATES {
            if names(name) && !rooms.contains(&room.as_str()) {
                faults.push(format!(
                    "{} names {name}, which belongs to {}",
                    path.display(),
                    rooms.join(", ")
                ));
            }
        }
        for (name, rooms) in NOT_IN {
            if names(name) && rooms.contains(&room.as_str()) {
                faults.push(format!("{} names {name}, which {room} may not", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_dependency_of_the_engine_is_in_a_table() {
    let manifest = fs::read_to_string(top().join("engine/Cargo.toml")).expect("a manifest");
    let dependencies = manifest.split("[dependencies]").nth(1).and_then(|rest| rest.split("\n[").next());
    let known: BTreeSet<&str> = CRATES
        .iter()
        .map(|(name, _)| *name)
        .chain(["http", "tokio", "wasmtime", "wasmtime_wasi", "anyhow"])
        .collect();
    for line in dependencies.expect("dependencies").lines().filter(|line| !line.trim().is_empty()) {
        let name = line.split(['.', ' ', '=']).next().unwrap_or_default().replace('-', "_");
        assert!(known.contains(name.as_str()), "`{name}` is a dependency of no room");
    }
}

#[test]
fn files_stay_readable() {
    for folder in ["engine", "guest-sdk", "scenarios-wasm", "tests"] {
        for path in files(&top().join(folder), "rs") {
            let lines = fs::read_to_string(&path).expect("a text").lines().count();
            assert!(lines <= MOST_LINES, "{} has {lines} lines; is it still one idea?", path.display());
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let vague = ["util", "utils", "common", "helpers", "manager", "misc"];
            assert!(!vague.contains(&stem.as_str()), "{} has a name that says nothing", path.display());
        }
    }
    let main = fs::read_to_string(top().join("engine/src/main.rs")).expect("main");
    assert!(main.lines().count() <= 60, "main.rs parses, runs and exits");
}

/// Folders whose packages may hold unsafe code, and why; every other package forbids it by the lints of its workspace.
const MAY_BE_UNSAFE: [(&str, &str); 5] = [
    ("guest-sdk/rust", "bindings are generated in it"),
    ("scenarios-wasm", "`export!` brings what was generated"),
    ("tests/conformance/plain", "bindings are generated in it"),
    ("tests/conformance/probes/rust", "`export!` brings what was generated"),
    ("tests/fuzz", "`fuzz_target!` makes functions that libFuzzer calls"),
];

/// How often a code opens unsafe code by hand: blocks, functions, traits, implementations, attributes.
fn opens_unsafe(code: &str) -> usize {
    let word = "unsafe";
    let whole = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || "_-`".contains(c));
    let opens = |at: usize| {
        let rest = code[at + word.len()..].trim_start();
        ["{", "(", "fn ", "impl", "trait ", "extern "].iter().any(|what| rest.starts_with(what))
    };
    code.match_indices(word).filter(|(at, _)| whole(*at) && opens(*at)).count()
}

#[test]
fn unsafe_code_is_forbidden_and_nobody_wrote_any() {
    let mut faults = Vec::new();
    let mut generated = BTreeSet::new();
    for folder in ["engine", "guest-sdk", "scenarios-wasm", "tests"] {
        for path in files(&top().join(folder), "rs") {
            let text = fs::read_to_string(&path).expect("a text");
            let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
            let found = opens_unsafe(&lines.collect::<Vec<_>>().join("\n"));
            // Its own test has examples.
            if found > 0 && path != top().join("tests/arch/main.rs") {
                faults.push(format!("{} opens unsafe code in {found} places", path.display()));
            }
        }
        for path in files(&top().join(folder), "toml") {
            let text = fs::read_to_string(&path).expect("a text");
            if !path.ends_with("Cargo.toml") || !text.contains("[package]") {
                continue;
            }
            let package =
                path.parent().and_then(|folder| folder.strip_prefix(top()).ok()).expect("a package");
            let package = package.to_string_lossy().into_owned();
            let may = MAY_BE_UNSAFE.iter().find(|(name, _)| Path::new(&package).starts_with(name));
            match may {
                Some((name, _)) => drop(generated.insert(name)),
                None if text.contains("[lints]\nworkspace = true") => {}
                None => faults.push(format!("{package} has not the lints of its workspace")),
            }
        }
    }
    let workspace = fs::read_to_string(top().join("Cargo.toml")).expect("a manifest");
    assert!(workspace.contains("unsafe_code = \"forbid\""), "the workspace does not forbid unsafe code");
    assert_eq!(generated.len(), MAY_BE_UNSAFE.len(), "of the folders there are {generated:?}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_opens_unsafe_code_is_seen() {
    for code in [
        "unsafe { f() }",
        "pub unsafe fn f()",
        "unsafe impl Send for A {}",
        "#[unsafe(no_mangle)]",
        "(unsafe{1})",
    ] {
        assert_eq!(opens_unsafe(code), 1, "{code}");
    }
    for code in ["unsafe_code = 1", "\"in unsafe code\"", "not_unsafe { 1 }", "'unsafe-inline'"] {
        assert_eq!(opens_unsafe(code), 0, "{code}");
    }
}

#[test]
fn the_threat_model_names_tests_that_exist() {
    let text = fs::read_to_string(top().join("engine/docs/security.md")).expect("the threat model");
    let mut named = 0;
    for word in text.split('`').skip(1).step_by(2) {
        let Some((file, test)) = word.split_once("::").filter(|(file, _)| file.contains('/')) else {
            continue;
        };
        let code = fs::read_to_string(top().join(file)).expect(file);
        let there = code.contains(&format!("fn {test}(")) || code.contains(&format!("\"{test}\""));
        assert!(there, "{file} has no test `{test}`");
        named += 1;
    }
    assert!(named > 20, "{named} tests stand behind the lines of defence");
}

#[test]
fn work_that_is_left_has_an_issue() {
    let marks = ["TO".to_owned() + "DO", "FIX".to_owned() + "ME"];
    for folder in ["engine", "guest-sdk", "scenarios-wasm", "tests", "wit"] {
        for extension in ["rs", "toml", "wit"] {
            for path in files(&top().join(folder), extension) {
                let text = fs::read_to_string(&path).expect("a text");
                for line in text.lines().filter(|line| marks.iter().any(|mark| line.contains(mark.as_str())))
                {
                    assert!(line.contains('#'), "{}: {line}", path.display());
                }
            }
        }
    }
}

#[test]
fn the_top_holds_what_the_design_names() {
    let out = std::process::Command::new("git").args(["ls-files"]).current_dir(top()).output();
    let listed = out.ok().filter(|out| out.status.success());
    let names: BTreeSet<String> = match listed {
        Some(out) => {
            let text = String::from_utf8(out.stdout).expect("names");
            text.lines().filter_map(|line| line.split('/').next()).map(str::to_owned).collect()
        }
        // Not a clone but an unpacked archive.
        None => fs::read_dir(top())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect(),
    };
    for name in names.iter().filter(|name| !name.starts_with('.')) {
        assert!(TOP.contains(&name.as_str()), "`{name}` does not belong at the top");
    }
}

#[test]
fn the_reader_of_imports_sees_them() {
    let text = "use crate::{clock, plan::Load};\nuse crate::http::Client;\nlet a = crate::pace::share;";
    let names: Vec<String> = named_after(text, "crate::").into_iter().collect();
    assert_eq!(names, ["clock", "http", "pace", "plan"]);
}
