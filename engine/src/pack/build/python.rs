//! Python: componentize-py imports the project once and keeps the memory after that as a component.
//!
//! It works on a copy in a folder of its own: Python writes caches beside what it imports, and the copy has names that
//! no path of the author's can spoil. The SDK is the project's own, or the one of this program where it has none.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Built;
use super::tool::{Missing, Tools};
use crate::pack::{Language, PackError, Project, kit, wit};

/// The version that the SDK is written for: its module `_entry` relies on how this one looks classes up.
const VERSION: &str = "componentize-py 0.25.1";
pub(super) const INSTALL: &str = "pip install componentize-py==0.25.1";
const TOOL: Missing<'_> = Missing { program: "componentize-py", install: INSTALL };
/// Runs it from a Python that has the package but no script on the path; `python3 -m` does not know it.
const CALL: &str =
    "import sys; from componentize_py import script; sys.argv[0] = 'componentize-py'; sys.exit(script())";
/// What a project and its packages may hold.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
const MOST_FILES: u32 = 10_000;
/// The most lines of Python's message that are passed on.
const MOST_LINES: usize = 40;
/// Folders of a project that are no part of the scenario.
const OTHER_FOLDERS: [&str; 4] = ["__pycache__", "strata-sdk", "strata-runs", "node_modules"];
/// What every virtual environment of this kind has, and no scenario imports.
const TOOLS: [&str; 6] =
    ["componentize_py", "pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack"];

pub(super) fn build(project: &Project, tools: &mut Tools<'_>) -> Result<Built, PackError> {
    let scenario = project.folder.join("scenario.py");
    if !scenario.is_file() {
        return Err(PackError::new(format!(
            "{}: is not there, which holds the scenario (hint: a class that derives from `strata.Scenario`)",
            scenario.display()
        )));
    }
    let call = find(&project.folder, tools)?;
    let unstaged = |error: io::Error| {
        PackError::new(format!("{}: cannot be copied to be built: {error}", project.folder.display()))
    };
    let stage = tempfile::Builder::new().prefix("strata-python-").tempdir().map_err(unstaged)?;
    fill(stage.path(), &project.folder).map_err(unstaged)?;

    let mut command = Command::new(&call.program);
    command.args(call.arguments).current_dir(stage.path());
    // Where it looks for packages; it would ask pipenv and python3 otherwise.
    command.env("VIRTUAL_ENV", stage.path().join("venv"));
    command.args(["-q", "-d", "wit", "-w", "scenario", "componentize", "strata._entry"]);
    command.args(["-p", "app", "-p", "sdk", "-o", "out.wasm"]);
    let mut lines = Vec::new();
    let mut collecting = Tools { timeout: tools.timeout, say: &mut |line| lines.push(line.to_owned()) };
    let ended = collecting.run(&command, "componentize-py", &TOOL, false);
    let say = &mut tools.say;
    let Err(failed) = ended else {
        lines.iter().for_each(|line| say(line));
        let bytes = fs::read(stage.path().join("out.wasm"))
            .map_err(|error| PackError::new(format!("`componentize-py` has left no component: {error}")))?;
        return Ok(Built { bytes, toolchain: VERSION.to_owned() });
    };
    let Some(complaint) = complaint(&lines) else {
        lines.iter().take(MOST_LINES).for_each(|line| say(line));
        return Err(failed);
    };
    complaint.iter().take(MOST_LINES).for_each(|line| say(line));
    if complaint.len() > MOST_LINES {
        say(&format!("({} more lines)", complaint.len() - MOST_LINES));
    }
    Err(PackError::new(format!(
        "{}: Python cannot import it; why is above (hint: `python3 -m unittest` imports it on this machine)",
        scenario.display()
    )))
}

/// How componentize-py is called.
#[derive(Debug)]
struct Call {
    program: PathBuf,
    arguments: &'static [&'static str],
}

/// The first componentize-py of the right version: the project's own, one on the path, or that of `python3`.
fn find(folder: &Path, tools: &Tools<'_>) -> Result<Call, PackError> {
    let own = folder.join(".venv/bin");
    let by_python: &[&str] = &["-c", CALL];
    let calls = [
        Call { program: own.join("componentize-py"), arguments: &[] },
        // Its script names a path that is no longer right if the project was moved.
        Call { program: own.join("python3"), arguments: by_python },
        Call { program: "componentize-py".into(), arguments: &[] },
        Call { program: "python3".into(), arguments: by_python },
    ];
    let mut other = None;
    for call in calls {
        let Some(program) = call.program.to_str() else { continue };
        match tools.ask(program, call.arguments.iter().chain(&["--version"]))? {
            Some(version) if version == VERSION => return Ok(call),
            Some(version) => other = other.or(Some(version)),
            None => {}
        }
    }
    Err(other.map_or_else(
        || TOOL.error(),
        |version| {
            let version: String = version.chars().take(80).collect();
            PackError::new(format!(
                "`{version}` is installed, and this project is built by {VERSION} (hint: `{INSTALL}`)"
            ))
        },
    ))
}

/// Lays out what componentize-py is given: the contract, the SDK, the project and its packages.
fn fill(stage: &Path, project: &Path) -> io::Result<()> {
    let (contract, sdk) = (stage.join("wit"), stage.join("sdk"));
    fs::create_dir(&contract)?;
    for (name, text) in wit::FILES {
        fs::write(contract.join(name), text)?;
    }
    let mut copy = Copy { bytes: MOST_BYTES, files: MOST_FILES };
    let own = project.join("strata-sdk/strata");
    if own.is_dir() {
        copy.folder(&own, &sdk.join("strata"), &|_, name| name != "__pycache__")?;
    } else {
        for (path, bytes) in kit::of(Language::Python).sdk() {
            let path = sdk.join(path);
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, bytes)?;
        }
    }
    copy.folder(project, &stage.join("app"), &|path, name| {
        let other = OTHER_FOLDERS.contains(&name) || path.join("pyvenv.cfg").exists();
        !other && !name.starts_with('.') && !name.ends_with(".wasm")
    })?;
    let packages = stage.join("venv/lib/site-packages");
    fs::create_dir_all(&packages)?;
    for version in fs::read_dir(project.join(".venv/lib")).into_iter().flatten() {
        let installed = version?.path().join("site-packages");
        if installed.is_dir() {
            copy.folder(&installed, &packages, &|_, name| is_package(name))?;
        }
    }
    Ok(())
}

/// Whether a name in a folder of packages is something that a scenario may import: no tool, no code of this machine.
fn is_package(name: &str) -> bool {
    let tool = TOOLS.iter().any(|tool| {
        name.strip_prefix(tool).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']))
    });
    let extension = Path::new(name).extension().and_then(OsStr::to_str).unwrap_or_default();
    !tool && name != "__pycache__" && !matches!(extension, "pth" | "so")
}

/// Copies folders, up to a bound.
struct Copy {
    bytes: u64,
    files: u32,
}

impl Copy {
    fn folder(&mut self, from: &Path, to: &Path, wanted: &dyn Fn(&Path, &str) -> bool) -> io::Result<()> {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            // Python cannot import what has a name that is no text.
            let Some(name) = name.to_str().filter(|name| wanted(&path, name)) else { continue };
            // A link to a folder may lead in circles; one to a file is as good as the file.
            if entry.file_type()?.is_dir() {
                self.folder(&path, &to.join(name), wanted)?;
            } else if path.is_file() {
                self.file(&path, &to.join(name))?;
            }
        }
        Ok(())
    }

    fn file(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let left = fs::metadata(from)?.len();
        let (Some(bytes), Some(files)) = (self.bytes.checked_sub(left), self.files.checked_sub(1)) else {
            return Err(io::Error::other(format!(
                "it has more than {MOST_FILES} files or {} MiB (hint: keep data elsewhere, and only what is imported \
                 in `.venv`)",
                MOST_BYTES >> 20
            )));
        };
        (self.bytes, self.files) = (bytes, files);
        fs::copy(from, to).map(|_| ())
    }
}

/// Python's own message among what componentize-py writes, with the author's lines only.
///
/// componentize-py raises what went wrong inside as an `AssertionError` of its own, with a trace of its Rust.
fn complaint(lines: &[String]) -> Option<Vec<String>> {
    const BEGIN: &str = "AssertionError: ";
    let begin = lines.iter().position(|line| line.starts_with(BEGIN))?;
    let ours =
        lines.iter().skip(begin).take_while(|line| *line != "Caused by:" && *line != "Stack backtrace:");
    let ours = ours.map(|line| line.strip_prefix(BEGIN).unwrap_or(line));
    let mut kept: Vec<String> = Vec::new();
    let (mut in_others, mut frames) = (false, 0);
    for line in ours {
        if let Some(file) = line.strip_prefix("  File \"") {
            in_others = !file.starts_with("/0/");
            frames += usize::from(!in_others);
        } else if !line.starts_with("  ") {
            in_others = false;
        }
        if !in_others {
            kept.push(line.replacen("  File \"/0/", "  File \"", 1));
        }
    }
    while kept.last().is_some_and(String::is_empty) {
        kept.pop();
    }
    if frames == 0 {
        kept.retain(|line| !line.starts_with("Traceback "));
    }
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    const RAISED: &str = r#"Traceback (most recent call last):
  File "/home/x/.venv/bin/componentize-py", line 8, in <module>
    sys.exit(script())
AssertionError: Traceback (most recent call last):
  File "/1/strata/_entry.py", line 230, in <module>
    _author = importlib.import_module("scenario")
  File "/python/lib/python3.14/importlib/__init__.py", line 88, in import_module
  File "<frozen importlib._bootstrap>", line 1398, in _gcd_import
  File "/0/scenario.py", line 4, in <module>
    f()
    ~^^
  File "/0/parts/f.py", line 3, in f
    raise ValueError("why")
ValueError: why


Caused by:
    ValueError: why

Stack backtrace:
   0: <anyhow::Error>::msg::<alloc::string::String>"#;

    #[test]
    fn the_message_is_pythons_with_the_authors_lines() {
        let said = complaint(&lines(RAISED)).expect("a complaint").join("\n");
        let expected = r#"Traceback (most recent call last):
  File "scenario.py", line 4, in <module>
    f()
    ~^^
  File "parts/f.py", line 3, in f
    raise ValueError("why")
ValueError: why"#;
        assert_eq!(said, expected);
    }

    #[test]
    fn a_syntax_error_keeps_its_mark() {
        let raised = "AssertionError:   File \"/0/bad.py\", line 3\n    def x(:\n          ^\nSyntaxError: invalid syntax\n\n\nCaused by:\n";
        let said = complaint(&lines(raised)).expect("a complaint");
        assert_eq!(
            said,
            lines("  File \"bad.py\", line 3\n    def x(:\n          ^\nSyntaxError: invalid syntax")
        );
    }

    #[test]
    fn what_the_sdk_itself_refuses_is_one_line() {
        let raised = "AssertionError: Traceback (most recent call last):\n  File \"/1/strata/_entry.py\", line 9, in \
                      <module>\n    f()\nTypeError: scenario.py has no class\n\n\nCaused by:\n";
        assert_eq!(complaint(&lines(raised)), Some(lines("TypeError: scenario.py has no class")));
        assert_eq!(complaint(&lines("error: no such option")), None);
    }

    #[test]
    fn packages_are_what_a_scenario_may_import() {
        for good in ["yarl", "six.py", "pipeline", "wheelhouse", "yarl-1.0.dist-info"] {
            assert!(is_package(good), "{good}");
        }
        for bad in ["pip", "pip-23.2.1.dist-info", "componentize_py", "x.pth", "__pycache__", "_speedups.so"]
        {
            assert!(!is_package(bad), "{bad}");
        }
    }

    #[test]
    fn a_project_is_copied_without_what_is_no_part_of_it() {
        let project = tempfile::tempdir().expect("a folder");
        let write = |path: &str| {
            let path = project.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, "x").expect("a file");
        };
        let of_scenario = ["scenario.py", "parts/größe.py", "users.json"];
        of_scenario.into_iter().for_each(write);
        [".git/HEAD", "old.wasm", "__pycache__/a.pyc", "env/pyvenv.cfg", "strata-runs/a/b.json"]
            .into_iter()
            .for_each(write);
        [".venv/lib/python3.12/site-packages/six.py", ".venv/lib/python3.12/site-packages/pip/__init__.py"]
            .into_iter()
            .for_each(write);
        let stage = tempfile::tempdir().expect("a folder");
        fill(stage.path(), project.path()).expect("it is laid out");
        for path in of_scenario {
            assert!(stage.path().join("app").join(path).is_file(), "{path}");
        }
        for path in [".git", "old.wasm", "__pycache__", "env", "strata-runs", ".venv"] {
            assert!(!stage.path().join("app").join(path).exists(), "{path}");
        }
        assert!(stage.path().join("venv/lib/site-packages/six.py").is_file());
        assert!(!stage.path().join("venv/lib/site-packages/pip").exists());
        assert!(stage.path().join("sdk/strata/_entry.py").is_file());
        assert!(stage.path().join("wit/world.wit").is_file());
    }

    #[test]
    fn a_project_of_any_size_is_not_copied() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a"), "four").expect("a file");
        let mut copy = Copy { bytes: 3, files: 5 };
        let to = tempfile::tempdir().expect("a folder");
        let refused = copy.folder(folder.path(), to.path(), &|_, _| true).expect_err("too much");
        assert!(refused.to_string().contains("64 MiB"), "{refused}");
    }
}
