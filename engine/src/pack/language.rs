//! Which language a project is written in.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::PackError;

/// A language that scenarios can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// By cargo.
    Rust,
    /// JavaScript, by jco.
    JavaScript,
    /// TypeScript, by jco.
    TypeScript,
    /// By componentize-py.
    Python,
    /// By zig's C compiler.
    C,
    /// By zig's C++ compiler.
    Cpp,
    /// By zig.
    Zig,
    /// By go; experimental.
    Go,
}

/// The file that tells a project's language; JavaScript and TypeScript share one.
const MARKS: [(&str, Language); 7] = [
    ("Cargo.toml", Language::Rust),
    ("package.json", Language::JavaScript),
    ("pyproject.toml", Language::Python),
    ("scenario.c", Language::C),
    ("scenario.cpp", Language::Cpp),
    ("scenario.zig", Language::Zig),
    ("go.mod", Language::Go),
];

impl Language {
    /// Every language, in the order in which they are listed for people.
    pub const ALL: [Language; 8] = [
        Language::Rust,
        Language::JavaScript,
        Language::TypeScript,
        Language::Python,
        Language::C,
        Language::Cpp,
        Language::Zig,
        Language::Go,
    ];

    /// What it is called on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::JavaScript => "js",
            Language::TypeScript => "ts",
            Language::Python => "python",
            Language::C => "c",
            Language::Cpp => "cpp",
            Language::Zig => "zig",
            Language::Go => "go",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::Rust => "Rust",
            Language::JavaScript => "JavaScript",
            Language::TypeScript => "TypeScript",
            Language::Python => "Python",
            Language::C => "C",
            Language::Cpp => "C++",
            Language::Zig => "Zig",
            Language::Go => "Go",
        })
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(word: &str) -> Result<Language, String> {
        let word = word.to_lowercase();
        let other = match word.as_str() {
            "rs" => "rust",
            "javascript" => "js",
            "typescript" => "ts",
            "py" => "python",
            "c++" | "cxx" => "cpp",
            "golang" => "go",
            word => word,
        };
        Language::ALL.into_iter().find(|language| language.word() == other).ok_or_else(|| {
            let words: Vec<_> = Language::ALL.iter().map(|language| language.word()).collect();
            format!("there is no SDK for it (hint: {})", words.join(", "))
        })
    }
}

/// A folder with the source of one scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The folder, absolute.
    pub folder: PathBuf,
    /// What it is written in.
    pub language: Language,
}

impl Project {
    /// Recognises the project in a folder.
    ///
    /// # Errors
    /// When it is no folder, or holds no file that tells a language, or more than one.
    pub fn open(folder: &Path) -> Result<Project, PackError> {
        let shown = folder.display();
        let folder = folder
            .canonicalize()
            .map_err(|error| PackError::new(format!("{shown}: cannot be opened: {error}")))?;
        if !folder.is_dir() {
            return Err(PackError::new(format!("{shown}: is not a folder (hint: name a project's folder)")));
        }
        let found: Vec<_> = MARKS.iter().filter(|(file, _)| folder.join(file).is_file()).collect();
        let language = match found.as_slice() {
            [(_, language)] => *language,
            [] => {
                let files: Vec<_> = MARKS.iter().map(|(file, _)| *file).collect();
                return Err(PackError::new(format!(
                    "{shown}: is no project in a language that strata builds: it has none of {} (hint: `strata new NAME \
                     --lang LANG` makes one)",
                    files.join(", ")
                )));
            }
            several => {
                let files: Vec<_> =
                    several.iter().map(|(file, language)| format!("`{file}` ({language})")).collect();
                return Err(PackError::new(format!(
                    "{shown}: is a project in more than one language: {} (hint: one folder for each scenario)",
                    files.join(" and ")
                )));
            }
        };
        let language = if language == Language::JavaScript && is_typescript(&folder)? {
            Language::TypeScript
        } else {
            language
        };
        Ok(Project { folder, language })
    }

    /// The name of its folder, which is that of its component.
    pub fn name(&self) -> String {
        self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Whether the `main` of a package is TypeScript.
fn is_typescript(folder: &Path) -> Result<bool, PackError> {
    let path = folder.join("package.json");
    let wrong = |why: String| PackError::new(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(&path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let package: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| wrong(format!("is not JSON: {error}")))?;
    match package.get("main").and_then(serde_json::Value::as_str) {
        Some(main) => Ok(Path::new(main).extension().is_some_and(|extension| extension == "ts")),
        None => Err(wrong("has no `main` (hint: `\"main\": \"src/scenario.js\"`)".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("a file");
        }
        folder
    }

    fn opened(files: &[(&str, &str)]) -> Result<Language, String> {
        Project::open(folder(files).path()).map(|project| project.language).map_err(|error| error.to_string())
    }

    #[test]
    fn the_file_that_a_toolchain_looks_for_tells_the_language() {
        for (file, language) in MARKS {
            if file != "package.json" {
                assert_eq!(opened(&[(file, ""), ("README.md", "")]), Ok(language));
            }
        }
        assert_eq!(opened(&[("package.json", r#"{"main": "src/a.js"}"#)]), Ok(Language::JavaScript));
        assert_eq!(opened(&[("package.json", r#"{"main": "src/a.ts"}"#)]), Ok(Language::TypeScript));
    }

    #[test]
    fn what_tells_none_or_two_is_refused() {
        for (files, why) in [
            (&[("main.hs", "")] as &[_], "it has none of Cargo.toml, package.json"),
            (&[("go.mod", ""), ("Cargo.toml", "")], "`Cargo.toml` (Rust) and `go.mod` (Go)"),
            (&[("package.json", "{")], "is not JSON"),
            (&[("package.json", "{}")], "has no `main`"),
        ] {
            let said = opened(files).expect_err(why);
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn words_are_read_as_people_write_them() {
        for language in Language::ALL {
            assert_eq!(language.word().parse(), Ok(language));
            assert_eq!(language.to_string().parse(), Ok(language));
        }
        assert!("cobol".parse::<Language>().expect_err("cobol").contains("hint: rust, js"));
    }
}
