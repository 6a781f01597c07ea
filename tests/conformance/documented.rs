//! Every interface, function, record, field and case of the contract says what it is.

use std::fs;
use std::path::Path;

/// The declarations of a file that have no doc line before them.
fn bare(text: &str) -> Vec<String> {
    let mut bare = Vec::new();
    let mut documented = false;
    let mut in_record = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with("package ") || line.starts_with("use ") || line == "}" {
            in_record &= line != "}";
            continue;
        }
        if line.starts_with("///") {
            documented = true;
            continue;
        }
        // Imports and includes of a world name what is documented elsewhere.
        let named = ["import ", "include "].iter().any(|word| line.starts_with(word));
        if !documented && !named {
            bare.push(line.to_owned());
        }
        documented = false;
        in_record |= ["record ", "enum ", "variant "].iter().any(|word| line.starts_with(word));
    }
    assert!(!in_record, "a type does not end");
    bare
}

#[test]
fn the_contract_says_what_everything_is() {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").join("wit");
    let mut files = 0;
    for entry in fs::read_dir(wit).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            let bare = bare(&fs::read_to_string(&path).expect("a text"));
            assert!(bare.is_empty(), "{}: without a word: {bare:#?}", path.display());
            files += 1;
        }
    }
    assert!(files >= 7, "{files} files");
}

#[test]
fn a_field_without_a_word_is_seen() {
    let text = "/// An interface.\ninterface a {\n  /// A record.\n  record b {\n    /// Good.\n    c: u32,\n    d: u32,\n  }\n}\n";
    assert_eq!(bare(text), ["d: u32,"]);
}
