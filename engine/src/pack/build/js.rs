//! JavaScript and TypeScript: jco makes the component, of one module that its rolldown makes of all.
//!
//! `bundle.mjs` runs both in a folder of its own. Types are checked before, since bundling only drops them.

use std::path::{Component, Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::Built;
use super::tool::{Missing, Tools};
use crate::pack::{Language, PackError, Project, wit};

const NODE: Missing<'_> = Missing { program: "node", install: "apt install nodejs" };
const INSTALL: &str = "npm ci";
const DRIVER: &str = include_str!("bundle.mjs");
const JCO: &str = "@bytecodealliance/jco";
/// What is known to work together; the second is used by StarlingMonkey's projects, the third by QuickJS's.
const JCO_VERSION: &str = "1.35.0";
const STARLINGMONKEY: (&str, &str) = ("@bytecodealliance/componentize-js", "0.23.0");
const QUICKJS: (&str, &str) = ("componentize-qjs", "0.4.5");

/// What package.json says of the build.
#[derive(Debug, PartialEq)]
struct Settings {
    /// The scenario's module, below the project.
    main: String,
    /// The folder of the SDK.
    sdk: PathBuf,
    engine: Engine,
}

/// What runs the script inside of the component.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Engine {
    QuickJs,
    StarlingMonkey,
}

pub(super) fn build(project: &Project, tools: &mut Tools<'_>) -> Result<Built, PackError> {
    let settings = settings(project)?;
    if tools.ask("node", ["--version"])?.is_none() {
        return Err(NODE.error());
    }
    let in_path = || Ok(tools.ask("sh", ["-c", "command -v jco"])?.map(PathBuf::from));
    let jco = jco(&project.folder, in_path)?;
    let toolchain = toolchain(&jco, settings.engine)?;
    if project.language == Language::TypeScript {
        check_types(project, &jco, tools)?;
    }
    let lost = |error: std::io::Error| PackError::new(format!("a temporary folder cannot be used: {error}"));
    let work = tempfile::Builder::new().prefix("strata-js-").tempdir().map_err(lost)?;
    std::fs::create_dir(work.path().join("wit")).map_err(lost)?;
    for (name, text) in wit::FILES {
        std::fs::write(work.path().join("wit").join(name), text).map_err(lost)?;
    }
    let driver = work.path().join("bundle.mjs");
    std::fs::write(&driver, DRIVER).map_err(lost)?;
    let mut node = Command::new("node");
    node.current_dir(&project.folder).arg(&driver).arg(&jco).arg(&project.folder).arg(&settings.main);
    node.arg(&settings.sdk).arg(settings.engine.word()).arg(work.path());
    tools.run(&node, "jco componentize", &NODE, false)?;
    let bytes = std::fs::read(work.path().join("scenario.wasm")).map_err(lost)?;
    Ok(Built { bytes, toolchain })
}

// === impl Engine ===

impl Engine {
    /// What package.json calls it.
    fn word(self) -> &'static str {
        match self {
            Engine::QuickJs => "quickjs",
            Engine::StarlingMonkey => "starlingmonkey",
        }
    }

    /// The package that makes components with it.
    fn package(self) -> (&'static str, &'static str) {
        match self {
            Engine::QuickJs => QUICKJS,
            Engine::StarlingMonkey => STARLINGMONKEY,
        }
    }
}

fn settings(project: &Project) -> Result<Settings, PackError> {
    let path = project.folder.join("package.json");
    let wrong = |why: String| PackError::new(format!("{}: {why}", path.display()));
    let package = json(&path).map_err(&wrong)?;
    let text = |pointer: &str| package.pointer(pointer).and_then(Value::as_str);
    let main = text("/main").unwrap_or_default();
    let stays =
        Path::new(main).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !stays || !project.folder.join(main).is_file() {
        return Err(wrong(format!(
            "`main` is `{}`, which is no file of the project (hint: `\"main\": \"src/scenario.js\"`)",
            main.escape_debug()
        )));
    }
    let sdk = text("/dependencies/strata").and_then(|place| place.strip_prefix("file:")).ok_or_else(|| {
        wrong("does not say where the SDK is (hint: `\"dependencies\": { \"strata\": \"file:strata-sdk\" }`)".to_owned())
    })?;
    let sdk = project
        .folder
        .join(sdk)
        .canonicalize()
        .ok()
        .filter(|sdk| sdk.join("src/component.js").is_file())
        .ok_or_else(|| {
            wrong(format!(
                "`{}` is not the SDK (hint: `strata new` writes one to strata-sdk/)",
                sdk.escape_debug()
            ))
        })?;
    let engine = match package.pointer("/strata/engine") {
        None => Engine::QuickJs,
        Some(word) => [Engine::QuickJs, Engine::StarlingMonkey]
            .into_iter()
            .find(|engine| word.as_str() == Some(engine.word()))
            .ok_or_else(|| {
                wrong(format!("`strata.engine` is {word} (hint: `\"quickjs\"` or `\"starlingmonkey\"`)"))
            })?,
    };
    Ok(Settings { main: main.to_owned(), sdk, engine })
}

/// The folder of jco's package: of the project or a folder above it, else of the program that is in the search path.
fn jco(
    project: &Path,
    in_path: impl FnOnce() -> Result<Option<PathBuf>, PackError>,
) -> Result<PathBuf, PackError> {
    if let Some(own) = package(project, JCO) {
        return Ok(own);
    }
    let place = in_path()?.and_then(|program| program.canonicalize().ok());
    place.and_then(|place| package(&place, JCO)).ok_or_else(|| {
        PackError::new(format!(
            "`jco` is not installed, which builds this project (hint: `{INSTALL}` in {})",
            project.display()
        ))
    })
}

/// The folder of an installed package, as node finds it from `place`.
fn package(place: &Path, name: &str) -> Option<PathBuf> {
    let mut folders = place.ancestors().map(|folder| folder.join("node_modules").join(name));
    folders.find(|folder| folder.join("package.json").is_file())?.canonicalize().ok()
}

/// Names jco and the package that it works with, and refuses others than those that are known to work.
fn toolchain(jco: &Path, engine: Engine) -> Result<String, PackError> {
    let found = version(jco)?;
    expect(JCO, &found, JCO_VERSION)?;
    let (name, wanted) = engine.package();
    let place = package(jco, name).ok_or_else(|| {
        PackError::new(format!("`{name}` is not installed beside jco (hint: `{INSTALL}` in the project)"))
    })?;
    let with = version(&place)?;
    expect(name, &with, wanted)?;
    Ok(format!("jco {found} with {} {with}", name.rsplit('/').next().unwrap_or(name)))
}

fn version(package: &Path) -> Result<String, PackError> {
    let path = package.join("package.json");
    let wrong = |why: String| PackError::new(format!("{}: {why}", path.display()));
    let text = json(&path).map_err(&wrong)?;
    let version = text.get("version").and_then(Value::as_str);
    version.map(str::to_owned).ok_or_else(|| wrong("has no `version`".to_owned()))
}

fn expect(name: &str, found: &str, wanted: &str) -> Result<(), PackError> {
    if found == wanted {
        return Ok(());
    }
    Err(PackError::new(format!(
        "`{name}` is {}, and {wanted} is the version that is known to work (hint: pin it in package.json as `strata new` \
         does, then `{INSTALL}`)",
        found.escape_debug()
    )))
}

/// Runs the project's `tsc`, or the one that jco brings.
fn check_types(project: &Project, jco: &Path, tools: &mut Tools<'_>) -> Result<(), PackError> {
    let folders = [project.folder.as_path(), jco];
    let typescript = folders.into_iter().find_map(|place| package(place, "typescript"));
    let settings = project.folder.join("tsconfig.json");
    let (Some(typescript), true) = (typescript, settings.is_file()) else {
        let what = if settings.is_file() { "there is no `typescript`" } else { "there is no tsconfig.json" };
        (tools.say)(&format!("types are not checked: {what}"));
        return Ok(());
    };
    let mut tsc = Command::new("node");
    tsc.current_dir(&project.folder).arg(typescript.join("bin/tsc"));
    tsc.args(["--noEmit", "--pretty", "false", "--project"]).arg(&settings);
    tools.run(&tsc, "tsc", &NODE, false).map(drop)
}

fn json(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("is not JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::Builder::new().prefix("a ü ").tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        folder
    }

    fn read(package: &str) -> Result<(String, Engine), String> {
        let folder =
            folder(&[("package.json", package), ("src/a.js", ""), ("strata-sdk/src/component.js", "")]);
        let project = Project::open(folder.path()).map_err(|error| error.to_string())?;
        let settings = settings(&project).map_err(|error| error.to_string())?;
        assert!(settings.sdk.ends_with("strata-sdk"), "{:?}", settings.sdk);
        Ok((settings.main, settings.engine))
    }

    #[test]
    fn a_package_says_what_to_build_and_with_what() {
        let sdk = r#""dependencies": {"strata": "file:strata-sdk"}"#;
        let plain = read(&format!(r#"{{"main": "src/a.js", {sdk}}}"#));
        assert_eq!(plain, Ok(("src/a.js".to_owned(), Engine::QuickJs)));
        let other =
            read(&format!(r#"{{"main": "src/a.js", {sdk}, "strata": {{"engine": "starlingmonkey"}}}}"#));
        assert_eq!(other, Ok(("src/a.js".to_owned(), Engine::StarlingMonkey)));
    }

    #[test]
    fn what_a_package_says_wrongly_is_named_with_a_way_out() {
        for (package, why) in [
            (r#"{"main": "src/b.js"}"#, "`main` is `src/b.js`, which is no file of the project"),
            (r#"{"main": "../a.js"}"#, "`main` is `../a.js`"),
            (r#"{"main": "src/a.js"}"#, "\"strata\": \"file:strata-sdk\""),
            (r#"{"main": "src/a.js", "dependencies": {"strata": "^1"}}"#, "does not say where the SDK is"),
            (r#"{"main": "src/a.js", "dependencies": {"strata": "file:src"}}"#, "`src` is not the SDK"),
            (
                r#"{"main": "src/a.js", "dependencies": {"strata": "file:strata-sdk"}, "strata": {"engine": "v8"}}"#,
                "`strata.engine` is \"v8\"",
            ),
        ] {
            let said = read(package).expect_err(why);
            assert!(said.contains(why) && said.contains("(hint: "), "{said}");
        }
    }

    const AS_PINNED: [(&str, &str); 3] = [
        ("node_modules/@bytecodealliance/jco/package.json", r#"{"version": "1.35.0"}"#),
        ("node_modules/@bytecodealliance/componentize-js/package.json", r#"{"version": "0.22.0"}"#),
        ("node_modules/componentize-qjs/package.json", r#"{"version": "0.4.5"}"#),
    ];

    #[test]
    fn jco_is_found_above_the_project() {
        let folder = folder(&AS_PINNED);
        let project = folder.path().join("deep/er");
        let found = jco(&project, || Ok(None)).expect("jco");
        assert_eq!(
            toolchain(&found, Engine::QuickJs).as_deref(),
            Ok("jco 1.35.0 with componentize-qjs 0.4.5")
        );
        let said = toolchain(&found, Engine::StarlingMonkey).expect_err("0.22.0 is slow").to_string();
        assert!(said.contains("is 0.22.0, and 0.23.0 is") && said.contains("npm ci"), "{said}");
    }

    #[test]
    fn jco_is_found_in_the_search_path() {
        let tools = folder(&AS_PINNED);
        let bin = tools.path().join("node_modules/.bin");
        fs::create_dir(&bin).expect("a folder");
        let program = tools.path().join("node_modules/@bytecodealliance/jco/jco.js");
        fs::write(&program, "").expect("a file");
        std::os::unix::fs::symlink(&program, bin.join("jco")).expect("a link");
        let project = folder(&[]);
        let found = jco(project.path(), || Ok(Some(bin.join("jco")))).expect("jco");
        assert!(found.ends_with("node_modules/@bytecodealliance/jco"), "{found:?}");
        let said = jco(project.path(), || Ok(None)).expect_err("none").to_string();
        assert!(said.contains("`jco` is not installed") && said.contains("hint: `npm ci` in "), "{said}");
    }
}
