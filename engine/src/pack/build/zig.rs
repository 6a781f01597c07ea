//! C, C++ and Zig: zig compiles and links a core module, which is wrapped here.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Built;
use super::tool::{Missing, Tools};
use crate::pack::{Language, PackError, Project, wrap};

/// The version that is known to work, and the way to it.
const VERSION: &str = "0.17.1";
pub(super) const ZIG: Missing<'_> = Missing { program: "zig", install: "pip install ziglang==0.17.1" };
/// The folder of a project that holds its copy of the SDK.
const SDK: &str = "strata-sdk";
/// What the author's files are compiled as lying in, so that the same bytes come out in any folder and their debug
/// information can be told from that of the SDK and the C library.
const HERE: &str = ".";

pub(super) fn build(project: &Project, tools: &mut Tools<'_>) -> Result<Built, PackError> {
    let zig = Zig::find(tools)?;
    let sdk = sdk(project)?;
    let scratch = tempfile::tempdir()
        .map_err(|error| PackError::new(format!("there is no room for a temporary folder: {error}")))?;
    let module = scratch.path().join("scenario.wasm");
    let library = zig.library(scratch.path(), tools)?;
    let mut job =
        Job { zig: &zig, project, sdk: &sdk, library, scratch: scratch.path(), objects: Vec::new(), tools };
    match project.language {
        Language::Zig => job.zig_object()?,
        language => job.own_objects(language)?,
    }
    job.sdk_objects()?;
    job.link(&module)?;
    let bytes = std::fs::read(&module)
        .map_err(|error| PackError::new(format!("{}: cannot be read: {error}", module.display())))?;
    // Zig says in full where its own files lie.
    let folder = project.folder.canonicalize().unwrap_or_else(|_| project.folder.clone());
    let own = wrap::Own { directory: HERE, folder: &folder.to_string_lossy() };
    let bytes = wrap::component(&wrap::keep_own(&bytes, own)?)?;
    Ok(Built { bytes, toolchain: format!("zig {VERSION}") })
}

/// How zig is called here.
struct Zig(Vec<OsString>);

impl Zig {
    /// `zig`, or what pip installs.
    fn find(tools: &Tools<'_>) -> Result<Zig, PackError> {
        let ways: [&[&str]; 2] = [&["zig"], &["python3", "-m", "ziglang"]];
        let mut others = Vec::new();
        for way in ways {
            let Some((program, first)) = way.split_first() else { continue };
            match tools.ask(program, first.iter().copied().chain(["version"]))? {
                Some(version) if version == VERSION => {
                    return Ok(Zig(way.iter().map(OsString::from).collect()));
                }
                Some(version) => others.push(format!("`{}` is {version}", way.join(" "))),
                None => {}
            }
        }
        if others.is_empty() {
            return Err(ZIG.error());
        }
        Err(PackError::new(format!(
            "zig {VERSION} is needed, but {} (hint: `{}`)",
            others.join(" and "),
            ZIG.install
        )))
    }

    /// The folder of zig's own headers, if it says where that is.
    fn library(&self, folder: &Path, tools: &Tools<'_>) -> Result<Option<PathBuf>, PackError> {
        let text = tools.answer(self.command(folder).arg("env"))?.unwrap_or_default();
        let path = text.split_once(".lib_dir = \"").and_then(|(_, rest)| rest.split_once('"'));
        // It may be told as seen from the folder in which zig runs.
        Ok(path.and_then(|(path, _)| folder.join(path).canonicalize().ok()))
    }

    fn command(&self, folder: &Path) -> Command {
        let mut parts = self.0.iter();
        let mut command = Command::new(parts.next().map_or_else(OsString::new, OsString::clone));
        command.args(parts).current_dir(folder);
        command
    }
}

/// The SDK that the project holds, or the one that lies above it in this repository.
fn sdk(project: &Project) -> Result<PathBuf, PackError> {
    let own = project.folder.join(SDK);
    let shared = project.folder.ancestors().map(|folder| folder.join("guest-sdk").join("c"));
    let found = std::iter::once(own.clone()).chain(shared).find(|folder| folder.join("strata.h").is_file());
    found.ok_or_else(|| {
        PackError::new(format!(
            "{}: is not there, which the project needs (hint: `strata new` writes one)",
            own.display()
        ))
    })
}

/// The compilation of one project.
struct Job<'a, 'b> {
    zig: &'a Zig,
    project: &'a Project,
    sdk: &'a Path,
    library: Option<PathBuf>,
    scratch: &'a Path,
    objects: Vec<PathBuf>,
    tools: &'a mut Tools<'b>,
}

impl Job<'_, '_> {
    /// The files of the author: all that lie beside the scenario but tests.
    fn own_objects(&mut self, language: Language) -> Result<(), PackError> {
        let ending = if language == Language::C { "c" } else { "cpp" };
        for source in sources(&self.project.folder, ending)? {
            let mut flags = vec!["-gline-tables-only".to_owned(), format!("-fdebug-compilation-dir={HERE}")];
            flags.extend(warnings(language));
            self.compile(&self.project.folder.clone(), &source, language, &flags)?;
        }
        Ok(())
    }

    /// The files of the SDK, which are the same for the three languages.
    fn sdk_objects(&mut self) -> Result<(), PackError> {
        let sdk = self.sdk.to_owned();
        for source in sources(&sdk, "c")?.into_iter().chain(["generated/scenario.c".to_owned()]) {
            self.compile(&sdk, &source, Language::C, &["-g0".to_owned()])?;
        }
        Ok(())
    }

    fn compile(
        &mut self,
        folder: &Path,
        source: &str,
        language: Language,
        flags: &[String],
    ) -> Result<(), PackError> {
        let object = self.scratch.join(format!("{}.o", self.objects.len()));
        let (compiler, standard) = match language {
            Language::Cpp => ("c++", "-std=c++23"),
            _ => ("cc", "-std=gnu23"),
        };
        let mut command = self.zig.command(folder);
        command
            .args([compiler, "--target=wasm32-wasi", standard, "-Os", "-UNDEBUG", "-c", source])
            .args(flags);
        if language == Language::Cpp {
            command.args(["-fno-exceptions", "-fno-rtti"]);
        }
        // What headers say of their lines and files is the same on every machine.
        command.arg(renamed(self.sdk, SDK));
        command.args(self.library.iter().map(|library| renamed(library, "zig")));
        command.arg("-I").arg(self.sdk).arg("-o").arg(&object);
        self.tools.run(&command, &format!("zig {compiler}"), &ZIG, false)?;
        self.objects.push(object);
        Ok(())
    }

    /// The author's files in Zig, and what they use of the SDK and of Zig's library.
    fn zig_object(&mut self) -> Result<(), PackError> {
        let object = self.scratch.join("zig.o");
        let mut strata = OsString::from("-Mstrata=");
        strata.push(self.sdk.join("strata.zig"));
        let mut emit = OsString::from("-femit-bin=");
        emit.push(&object);
        let mut command = self.zig.command(&self.project.folder);
        command.args(["build-obj", "-target", "wasm32-wasi", "-OReleaseSmall", "-fno-strip", "-lc"]);
        command.args(["--dep", "strata", "-Mroot=./scenario.zig"]).arg(strata).arg(emit);
        command.arg("--cache-dir").arg(self.scratch.join("cache"));
        self.tools.run(&command, "zig build-obj", &ZIG, false)?;
        self.objects.push(object);
        Ok(())
    }

    fn link(&mut self, module: &Path) -> Result<(), PackError> {
        let mut command = self.zig.command(self.scratch);
        let compiler = if self.project.language == Language::Cpp { "c++" } else { "cc" };
        command.args([compiler, "--target=wasm32-wasi", "-mexec-model=reactor", "-Os", "-g"]);
        command.args(&self.objects).arg("-o").arg(module);
        self.tools.run(&command, "zig (linking)", &ZIG, false).map(drop)
    }
}

fn renamed(folder: &Path, name: &str) -> OsString {
    let mut flag = OsString::from("-ffile-prefix-map=");
    flag.push(folder);
    flag.push("=");
    flag.push(name);
    flag
}

fn warnings(language: Language) -> impl Iterator<Item = String> {
    let flags: &[&str] = if language == Language::C { &["-Wall", "-Wextra"] } else { &["-Wall"] };
    flags.iter().map(|flag| (*flag).to_owned())
}

/// The names of a folder's files of this kind, in order; those of tests are left out.
fn sources(folder: &Path, ending: &str) -> Result<Vec<String>, PackError> {
    let unreadable =
        |error: std::io::Error| PackError::new(format!("{}: cannot be read: {error}", folder.display()));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_source = path.extension().is_some_and(|found| found == ending);
        let is_test = path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("test"));
        if let Some(name) = path.file_name().filter(|_| is_source && !is_test) {
            let name = name
                .to_str()
                .ok_or_else(|| PackError::new(format!("{}: has a name that is not UTF-8", path.display())))?;
            names.push(format!("./{name}"));
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_what_lies_there_without_tests() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["scenario.c", "a part ü.c", "test.c", "parse_test.c", "scenario.cpp", "x.h"] {
            std::fs::write(folder.path().join(name), "").expect("a file");
        }
        assert_eq!(sources(folder.path(), "c").expect("names"), ["./a part ü.c", "./scenario.c"]);
    }
}
