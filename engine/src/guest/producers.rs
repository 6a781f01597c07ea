//! What a component was made with: the `producers` sections that toolchains leave behind.

use wasmparser::{KnownCustom, Parser, Payload, ProducersSectionReader};

use super::vu::plain;

/// The most entries that are read, and the most characters of one.
const MOST: usize = 64;
const MOST_TEXT: usize = 100;

/// A language, SDK or tool that a component was made with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Producer {
    /// `language`, `sdk` or `processed-by`.
    pub field: String,
    /// `Rust`.
    pub name: String,
    /// May be empty.
    pub version: String,
}

/// The producers of a component and of the modules in it, each once, languages first. A section that cannot be read
/// says nothing: nobody has to leave one behind.
pub(super) fn producers(bytes: &[u8]) -> Vec<Producer> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        // The component has been compiled: it is whole.
        let Ok(payload) = payload else { break };
        if let Payload::CustomSection(section) = payload
            && let KnownCustom::Producers(section) = section.as_known()
        {
            read(section, &mut found);
        }
    }
    found.sort();
    found
}

fn read(section: ProducersSectionReader<'_>, found: &mut Vec<Producer>) {
    for field in section.into_iter().map_while(Result::ok) {
        for value in field.values.into_iter().map_while(Result::ok) {
            let producer =
                Producer { field: short(field.name), name: short(value.name), version: short(value.version) };
            if found.len() < MOST && !found.contains(&producer) {
                found.push(producer);
            }
        }
    }
}

fn short(text: &str) -> String {
    plain(text).chars().take(MOST_TEXT).collect()
}
