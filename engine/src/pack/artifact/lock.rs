//! The lock of a pack: which component and which file each name of its phase file means.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::super::PackError;
use super::MOST_ENTRIES;
use super::words::shown;

/// The schema's name and version.
const SCHEMA: &str = "strata.lock/1";
/// The longest name, in bytes.
const NAME_BYTES: usize = 1024;

/// A whole lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    schema: String,
    /// Components, by the names that layers give as their `scenario`.
    pub scenarios: Vec<Locked>,
    /// Files, by the names that the phase file gives them.
    pub files: Vec<Locked>,
}

/// A name, and the bytes that it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// As the phase file writes it. It is not a path: nothing is ever looked for on a disk by it.
    pub name: String,
    /// `sha256:...`
    pub digest: String,
    /// In bytes.
    pub size: u64,
}

impl Lock {
    pub(super) fn new(scenarios: Vec<Locked>, files: Vec<Locked>) -> Lock {
        Lock { schema: SCHEMA.to_owned(), scenarios, files }
    }

    pub(super) fn find<'l>(entries: &'l [Locked], name: &str) -> Option<&'l Locked> {
        entries.iter().find(|entry| entry.name == name)
    }

    /// Reads a lock and holds it against what is there: every name means something of the pack, and everything of the pack
    /// has a name. `components` and `files` are digests with sizes.
    ///
    /// # Errors
    /// Everything in which it lies.
    pub(super) fn read(
        bytes: &[u8],
        components: &BTreeSet<(String, u64)>,
        files: &BTreeSet<(String, u64)>,
    ) -> Result<Lock, PackError> {
        let wrong = |why: String| PackError::new(format!("the lock of the pack {why}"));
        let lock: Lock = serde_json::from_slice(bytes)
            .map_err(|error| wrong(format!("cannot be read: {}", shown(&error.to_string()))))?;
        if lock.schema != SCHEMA {
            let found = shown(&lock.schema);
            return Err(wrong(format!("is of the schema `{found}`, and this strata reads {SCHEMA}")));
        }
        let mut faults = Vec::new();
        for (entries, there, kind) in
            [(&lock.scenarios, components, "component"), (&lock.files, files, "file")]
        {
            check(entries, there, kind, &mut faults);
        }
        match faults.is_empty() {
            true => Ok(lock),
            false => {
                Err(PackError { faults: faults.into_iter().map(|why| wrong(why).to_string()).collect() })
            }
        }
    }
}

fn check(entries: &[Locked], there: &BTreeSet<(String, u64)>, kind: &str, faults: &mut Vec<String>) {
    if entries.len() > MOST_ENTRIES {
        faults.push(format!("has {} {kind}s, and at most {MOST_ENTRIES} are accepted", entries.len()));
        return;
    }
    let mut names = BTreeSet::new();
    let mut meant = BTreeSet::new();
    for entry in entries {
        let name = shown(&entry.name);
        if entry.name.is_empty() || entry.name.len() > NAME_BYTES {
            faults.push(format!("has a name of {} bytes, not 1 to {NAME_BYTES}", entry.name.len()));
        }
        if !names.insert(&entry.name) {
            faults.push(format!("names the {kind} `{name}` twice"));
        }
        let wanted = (entry.digest.clone(), entry.size);
        if !there.contains(&wanted) {
            let digest = shown(&entry.digest);
            faults.push(format!(
                "says that `{name}` is {digest} of {} bytes, a {kind} that the pack does not have",
                entry.size
            ));
        }
        meant.insert(wanted);
    }
    for (digest, _) in there.difference(&meant) {
        faults.push(format!("does not name the {kind} {digest}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(name: &str, digest: &str) -> Locked {
        Locked { name: name.to_owned(), digest: digest.to_owned(), size: 3 }
    }

    fn read(lock: &Lock) -> Result<Lock, String> {
        let there = BTreeSet::from([("sha256:a".to_owned(), 3), ("sha256:b".to_owned(), 3)]);
        let bytes = serde_json::to_vec(lock).expect("a lock");
        Lock::read(&bytes, &there, &BTreeSet::new()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_lock_names_what_is_there_and_all_of_it() {
        let (a, b) = (locked("../a.wasm", "sha256:a"), locked("b.wasm", "sha256:b"));
        let good = Lock::new(vec![a.clone(), b.clone(), locked("again.wasm", "sha256:b")], Vec::new());
        assert_eq!(read(&good), Ok(good));
        let larger = Locked { size: 4, ..b.clone() };
        for (scenarios, files, why) in [
            (vec![a.clone()], vec![], "does not name the component sha256:b"),
            (
                vec![a.clone(), b.clone(), locked("c", "sha256:c")],
                vec![],
                "says that `c` is sha256:c of 3 bytes",
            ),
            (vec![a.clone(), larger], vec![], "says that `b.wasm` is sha256:b of 4 bytes"),
            (vec![a.clone(), b.clone(), a.clone()], vec![], "names the component `../a.wasm` twice"),
            (vec![a.clone(), b.clone(), locked("", "sha256:a")], vec![], "a name of 0 bytes"),
            (vec![a.clone(), b.clone()], vec![locked("f", "sha256:a")], "a file that the pack does not have"),
            (vec![a.clone(); 513], vec![], "513 components, and at most 512"),
        ] {
            let fault = read(&Lock::new(scenarios, files)).expect_err(why);
            assert!(fault.contains(why), "{fault}");
        }
        let newer = Lock { schema: "strata.lock/2".to_owned(), ..Lock::new(vec![a, b], vec![]) };
        assert!(read(&newer).expect_err("newer").contains("`strata.lock/2`"));
        let none = BTreeSet::new();
        assert!(Lock::read(b"[", &none, &none).is_err());
    }
}
