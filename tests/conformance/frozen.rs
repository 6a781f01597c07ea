//! A version of the contract that lies in `wit/frozen/` does not change any more.
//!
//! The folder holds one folder per released version, `0.1.0/*.wit`. The present contract may add interfaces and
//! functions to the newest of them; everything that was there must still be there, word for word. So must the components
//! that were built against it, which `languages` runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The declarations of a package by file: lines without comments, spaces brought into one form.
type Contract = BTreeMap<String, Vec<String>>;

fn wit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").join("wit")
}

fn read(folder: &Path) -> Contract {
    let mut contract = Contract::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            contract.insert(name, declarations(&fs::read_to_string(&path).expect("a text")));
        }
    }
    contract
}

fn declarations(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default().trim());
    lines
        .filter(|line| !line.is_empty())
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// What the present contract has changed or taken away: in each file the frozen lines must still stand, in order.
/// Records, enums and variants may not even grow, so a frozen block must stand without lines between.
fn changes(frozen: &Contract, present: &Contract) -> Vec<String> {
    let mut changes = Vec::new();
    for (file, lines) in frozen {
        let Some(now) = present.get(file) else {
            changes.push(format!("{file} is gone"));
            continue;
        };
        let mut at = 0;
        let mut closed = false;
        for line in lines {
            let found = now[at..].iter().position(|other| other == line);
            match found {
                None => changes.push(format!("{file}: `{line}` is gone or changed")),
                Some(skipped) if skipped > 0 && closed => {
                    changes
                        .push(format!("{file}: something was added before `{line}`, inside a closed type"));
                    at += skipped + 1;
                }
                Some(skipped) => at += skipped + 1,
            }
            let opens = ["record ", "enum ", "variant ", "flags "].iter().any(|kind| line.starts_with(kind));
            closed = (closed || opens) && !line.starts_with('}');
        }
    }
    changes
}

#[test]
fn what_is_frozen_has_not_changed() {
    let present = read(&wit());
    for entry in fs::read_dir(wit().join("frozen")).expect("a folder") {
        let version = entry.expect("an entry").path();
        if version.is_dir() {
            let changes = changes(&read(&version), &present);
            assert!(changes.is_empty(), "{}:\n{}", version.display(), changes.join("\n"));
        }
    }
}

#[test]
fn the_present_contract_would_be_held_to_once_it_is_frozen() {
    let present = read(&wit());
    assert!(changes(&present, &present).is_empty());
    let edit = |file: &str, from: &str, to: &str| {
        let mut edited = present.clone();
        let lines = edited.get_mut(file).expect("a file");
        let at = lines.iter().position(|line| line == from).expect(from);
        lines.splice(at..=at, to.lines().map(str::to_owned));
        changes(&present, &edited)
    };
    // A parameter changed, a field added to a record, a case added to an enum, a function taken away.
    assert_eq!(edit("run.wit", "sleep: func(ms: f64);", "sleep: func(ms: u32);").len(), 1);
    assert_eq!(edit("http.wit", "status: u32,", "status: u32,\nnew: u32,").len(), 1);
    assert_eq!(edit("types.wit", "critical,", "critical,\nurgent,").len(), 1);
    assert_eq!(edit("run.wit", "now: func() -> f64;", "").len(), 1);
    // A new function is welcome.
    assert!(edit("run.wit", "now: func() -> f64;", "now: func() -> f64;\nlater: func() -> f64;").is_empty());
    let mut without = present.clone();
    without.remove("log.wit");
    assert_eq!(changes(&present, &without), ["log.wit is gone"]);
}

/// What is wrong with the files of a folder by its `SHA256SUMS`.
fn damage(folder: &Path) -> BTreeSet<String> {
    let mut unlisted: BTreeSet<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    unlisted.remove("SHA256SUMS");
    let mut damage = BTreeSet::new();
    for line in fs::read_to_string(folder.join("SHA256SUMS")).expect("sums").lines() {
        let (sum, name) = line.split_once("  ").expect("a sum and a name");
        unlisted.remove(name);
        match fs::read(folder.join(name)) {
            Err(_) => damage.insert(format!("{name} is gone")),
            Ok(bytes) => {
                let found =
                    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
                found != sum && damage.insert(format!("{name} has changed"))
            }
        };
    }
    damage.extend(unlisted.into_iter().map(|name| format!("{name} has no sum")));
    damage
}

#[test]
fn frozen_components_are_what_they_were() {
    let components = wit().parent().expect("the repository").join("tests/conformance/frozen");
    for entry in fs::read_dir(wit().join("frozen")).expect("a folder") {
        let version = entry.expect("an entry").path();
        if version.is_dir() {
            let folder = components.join(version.file_name().expect("a version"));
            assert!(folder.is_dir(), "{} has components", version.display());
            assert_eq!(damage(&folder), BTreeSet::new(), "{}", folder.display());
        }
    }
}

#[test]
fn a_frozen_component_that_changes_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    write("a", "a");
    write("b", "b");
    write("more", "");
    write(
        "SHA256SUMS",
        "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a\n\
         ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  b\n\
         ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  c\n",
    );
    let seen = ["b has changed", "c is gone", "more has no sum"].map(str::to_owned);
    assert_eq!(damage(folder.path()), seen.into());
}
