//! Texts that are known to be right because somebody has read them.

use std::path::PathBuf;

use crate::repository;

/// A file below `tests/golden`.
pub fn golden_path(name: &str) -> PathBuf {
    repository().join("tests/golden").join(name)
}

/// Holds a text against a file below `tests/golden`. Where they differ the new text is put into `target/golden`, to be
/// read and then copied.
pub fn golden(name: &str, text: &str) {
    let path = golden_path(name);
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if expected == text {
        return;
    }
    let new = repository().join("target/golden").join(name);
    std::fs::create_dir_all(new.parent().expect("a folder")).expect("a folder");
    std::fs::write(&new, text).expect("a file");
    let line = expected.lines().zip(text.lines()).position(|(one, other)| one != other);
    let line = line.unwrap_or_else(|| expected.lines().count().min(text.lines().count()));
    panic!(
        "tests/golden/{name} differs from line {}: `{}` is now `{}` (hint: the new text is target/golden/{name})",
        line + 1,
        expected.lines().nth(line).unwrap_or_default(),
        text.lines().nth(line).unwrap_or_default()
    );
}
