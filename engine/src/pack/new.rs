//! `strata new`: a small project that builds and runs as it is.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Language, PackError, kit};

/// What stands in a template for the project's name, and for the number of its layer.
const NAME: &str = "@NAME@";
const LAYER: &str = "@LAYER@";
/// Lines between these two are for scenarios that are a layer of a phase.
const LAYER_BEGIN: &str = "@LAYER-BEGIN@";
const LAYER_END: &str = "@LAYER-END@";
/// Where a project keeps its copy of the SDK.
const SDK: &str = "strata-sdk";
const LONGEST_NAME: usize = 64;

/// What to make.
#[derive(Clone, Debug)]
pub struct NewProject<'a> {
    /// The folder, whose last part is the name of the scenario.
    pub folder: &'a Path,
    /// What it is written in.
    pub language: Language,
    /// Its number, if it is a layer of a phase.
    pub layer: Option<u32>,
}

/// Writes a project, and says which files it has, without those of the SDK.
///
/// # Errors
/// When the name is none, a file is there already, or one cannot be written. Nothing is ever written over.
pub fn create(new: &NewProject<'_>) -> Result<Vec<PathBuf>, PackError> {
    let name = name(new.folder)?;
    let kit = kit::of(new.language);
    let template = kit.template.iter().map(|file| {
        let path = new.folder.join(real_path(file.path));
        match std::str::from_utf8(file.bytes) {
            Ok(text) => (path, fill(text, name, new.layer).into_bytes()),
            Err(_) => (path, file.bytes.to_vec()),
        }
    });
    let template: Vec<_> = template.collect();
    let files: Vec<PathBuf> = template.iter().map(|(path, _)| path.clone()).collect();
    let sdk = kit.sdk().into_iter().map(|(path, bytes)| (new.folder.join(SDK).join(path), bytes));
    let all: Vec<_> = template.into_iter().chain(sdk).collect();

    let there: Vec<_> = all.iter().filter(|(path, _)| path.exists()).collect();
    if let Some((first, _)) = there.first() {
        let others = there.len() - 1;
        let others = if others == 0 { String::new() } else { format!(", as are {others} others") };
        return Err(PackError::new(format!(
            "{}: is there already{others} (hint: choose another name, nothing is written over)",
            first.display()
        )));
    }
    for (path, bytes) in all {
        write_new(&path, &bytes)
            .map_err(|error| PackError::new(format!("{}: cannot be written: {error}", path.display())))?;
    }
    Ok(files)
}

/// The scenario's name: letters, digits, `-` and `_`, as in a manifest, beginning with a letter as packages do.
fn name(folder: &Path) -> Result<&str, PackError> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let good = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= LONGEST_NAME;
    if good {
        return Ok(name);
    }
    Err(PackError::new(format!(
        "`{}` is no name for a scenario (hint: at most {LONGEST_NAME} letters, digits, `-` and `_`, a letter first)",
        folder.display()
    )))
}

/// Files that would mean something to tools where templates are kept carry a `_` before their names there.
fn real_path(path: &str) -> PathBuf {
    let path = Path::new(path);
    match path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix('_')) {
        Some("gitignore") => path.with_file_name(".gitignore"),
        Some(name) => path.with_file_name(name),
        None => path.to_owned(),
    }
}

fn fill(text: &str, name: &str, layer: Option<u32>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut for_layers = false;
    for line in text.split_inclusive('\n') {
        if line.contains(LAYER_BEGIN) || line.contains(LAYER_END) {
            for_layers = line.contains(LAYER_BEGIN);
        } else if !for_layers || layer.is_some() {
            filled.push_str(line);
        }
    }
    let number = layer.map_or_else(String::new, |layer| layer.to_string());
    filled.replace(NAME, name).replace(LAYER, &number)
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::File::create_new(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_in() {
        let text = "name @NAME@\n# @LAYER-BEGIN@\nlayer @LAYER@\n# @LAYER-END@\nend\n";
        assert_eq!(fill(text, "feed", None), "name feed\nend\n");
        assert_eq!(fill(text, "feed", Some(15)), "name feed\nlayer 15\nend\n");
    }

    #[test]
    fn names_are_those_of_scenarios() {
        for good in ["feed", "a/b/feed-2", "Feed_3"] {
            assert!(name(Path::new(good)).is_ok(), "{good}");
        }
        for bad in ["", "..", "ünï", "2feed", "-x", "a b", &"x".repeat(65)] {
            assert!(name(Path::new(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn marked_files_get_their_real_names() {
        for (stored, real) in [
            ("_gitignore", ".gitignore"),
            ("src/_Cargo.toml", "src/Cargo.toml"),
            ("src/lib.rs", "src/lib.rs"),
        ] {
            assert_eq!(real_path(stored), Path::new(real));
        }
    }

    #[test]
    fn every_template_is_filled_in_without_a_rest() {
        for language in Language::ALL {
            for (layer, file) in [None, Some(8)]
                .into_iter()
                .flat_map(|layer| kit::of(language).template.iter().map(move |file| (layer, file)))
            {
                let Ok(text) = std::str::from_utf8(file.bytes) else { continue };
                let filled = fill(text, "feed", layer);
                for mark in ["@NAME", "@LAYER"] {
                    assert!(!filled.contains(mark), "{language}: {} keeps {mark}", file.path);
                }
            }
        }
    }
}
