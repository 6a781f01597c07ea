//! What is in a pack, for people and for programs.

use serde::Serialize;

use super::words::{canonical, shown};
use super::{Locked, Pack, PublicKey};

/// The schema's name and version.
const SCHEMA: &str = "strata.pack/1";

#[derive(Serialize)]
struct Shown<'p> {
    schema: &'static str,
    digest: &'p str,
    bytes: u64,
    signatures: usize,
    scenarios: &'p [Locked],
    files: &'p [Locked],
}

impl Pack {
    /// One JSON document of the schema `strata.pack/1`: digest, bytes, scenarios and files with their digests, and how many
    /// signatures there are.
    pub fn json(&self) -> String {
        let shown = Shown {
            schema: SCHEMA,
            digest: &self.digest,
            bytes: self.size(),
            signatures: self.signatures.len(),
            scenarios: &self.lock.scenarios,
            files: &self.lock.files,
        };
        canonical(&shown).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// The same in lines; `signed_by` if it was verified. Names are a stranger's, and nothing in them acts on a terminal.
    pub fn text(&self, signed_by: Option<&PublicKey>) -> String {
        let signed = match (signed_by, self.signatures.len()) {
            (Some(key), _) => format!("verified, by {key}"),
            (None, 0) => "not signed".to_owned(),
            (None, 1) => "one signature, not verified (hint: `--verify KEY.pub`)".to_owned(),
            (None, more) => format!("{more} signatures, not verified (hint: `--verify KEY.pub`)"),
        };
        let mut text = format!("{}\n  {} bytes, {signed}\n", self.digest, self.size());
        for (kind, entries) in [("scenario", &self.lock.scenarios), ("file", &self.lock.files)] {
            for entry in entries {
                text += &format!(
                    "  {kind:<9} {} {:>9}  {}\n",
                    shown(&entry.digest),
                    entry.size,
                    shown(&entry.name)
                );
            }
        }
        text
    }
}
