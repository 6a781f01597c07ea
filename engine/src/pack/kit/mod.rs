//! What a new project is made of: the template of its language and a copy of its SDK, one file per language.
//!
//! No registry has the SDKs, so that a project carries its own; the copy also pins its version.

mod c;
mod go;
mod js;
mod python;
mod rust;

use super::{Language, wit};

/// A file that is part of this program.
#[derive(Clone, Copy, Debug)]
pub(super) struct File {
    /// Where it belongs, below the project or the SDK.
    pub path: &'static str,
    pub bytes: &'static [u8],
}

/// The kit of one language.
pub(super) struct Kit {
    pub template: &'static [File],
    /// Of the SDK, as it lies in `guest-sdk/`.
    sdk: &'static [File],
    /// Whether the SDK needs the contract beside it, in `wit/`.
    with_wit: bool,
    /// How a file of the SDK differs where it is not part of this repository.
    alone: fn(path: &str, text: &[u8]) -> Vec<u8>,
}

impl Kit {
    /// The files of the SDK by their paths, for a project of its own.
    pub fn sdk(&self) -> Vec<(String, Vec<u8>)> {
        let own = self.sdk.iter().map(|file| (file.path.to_owned(), (self.alone)(file.path, file.bytes)));
        let contract = wit::FILES.iter().filter(|_| self.with_wit);
        let contract = contract.map(|(name, text)| (format!("wit/{name}"), text.as_bytes().to_vec()));
        own.chain(contract).collect()
    }
}

/// Lists files of a folder below `guest-sdk/`.
macro_rules! files {
    ($folder:literal: $($path:literal),+ $(,)?) => {
        &[$($crate::pack::kit::File {
            path: $path,
            bytes: include_bytes!(concat!("../../../../guest-sdk/", $folder, "/", $path)),
        }),+]
    };
}
use files;

/// The kit of a language.
pub(super) fn of(language: Language) -> &'static Kit {
    match language {
        Language::Rust => &rust::KIT,
        Language::Python => &python::KIT,
        Language::JavaScript => &js::JAVASCRIPT,
        Language::TypeScript => &js::TYPESCRIPT,
        Language::C => &c::C,
        Language::Cpp => &c::CPP,
        Language::Zig => &c::ZIG,
        Language::Go => &go::KIT,
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    /// The files below a folder of `guest-sdk/` that git would keep.
    fn listed(folder: &str) -> Vec<String> {
        let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-sdk").join(folder);
        let out = std::process::Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(&folder)
            .output()
            .expect("git runs");
        let text = String::from_utf8(out.stdout).expect("names");
        let mut names: Vec<_> = text.lines().map(str::to_owned).collect();
        names.sort();
        names
    }

    fn paths(files: &[File]) -> Vec<String> {
        let mut paths: Vec<_> = files.iter().map(|file| file.path.to_owned()).collect();
        paths.sort();
        paths
    }

    #[test]
    fn templates_are_whole() {
        for (folder, kit) in [
            ("rust/template", &rust::KIT),
            ("python/template", &python::KIT),
            ("js/template-js", &js::JAVASCRIPT),
            ("js/template-ts", &js::TYPESCRIPT),
            ("c/template-c", &c::C),
            ("c/template-cpp", &c::CPP),
            ("c/template-zig", &c::ZIG),
            ("go/template", &go::KIT),
        ] {
            assert_eq!(listed(folder), paths(kit.template), "{folder}");
        }
    }

    #[test]
    fn the_sdks_of_c_and_go_are_whole() {
        for (folder, kit) in [("c", &c::C), ("go", &go::KIT)] {
            let mut sources = listed(folder);
            sources.retain(|path| !path.starts_with("template") && !path.starts_with("examples/"));
            assert_eq!(sources, paths(kit.sdk), "{folder}");
        }
    }

    #[test]
    fn sdks_are_whole() {
        for (folder, kit) in [("rust", &rust::KIT), ("js", &js::JAVASCRIPT)] {
            let sources: Vec<String> =
                listed(folder).into_iter().filter(|path| path.starts_with("src/")).collect();
            let kept: Vec<String> =
                paths(kit.sdk).into_iter().filter(|path| path.starts_with("src/")).collect();
            assert_eq!(sources, kept);
        }
    }

    #[test]
    fn the_python_sdk_is_whole() {
        let in_package = |path: &String| path.starts_with("strata/");
        let sources: Vec<String> = listed("python").into_iter().filter(in_package).collect();
        let kept: Vec<String> = paths(python::KIT.sdk).into_iter().filter(in_package).collect();
        assert_eq!(sources, kept);
    }
}
