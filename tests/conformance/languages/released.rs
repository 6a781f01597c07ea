//! Components of released versions of the contract, never built anew, and what old and new have to do with each other.

use std::fs;
use std::path::{Path, PathBuf};

use strata_support::{Answering, Ended, Strata, repository};

use super::guests::built;

/// A component that is kept in `tests/conformance/frozen/VERSION/`.
#[derive(Clone, Debug)]
pub struct Frozen {
    version: String,
    name: String,
    file: PathBuf,
}

impl Frozen {
    /// Every one.
    pub fn all() -> Vec<Frozen> {
        let mut all = Vec::new();
        for version in entries(&repository().join("tests/conformance/frozen")) {
            for file in entries(&version) {
                let named = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if let Some(name) = named.strip_suffix(".wasm.zst") {
                    let version = version.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    all.push(Frozen { version, name: name.to_owned(), file });
                }
            }
        }
        all
    }

    /// Of its test.
    pub fn test_name(&self) -> String {
        format!("frozen::{}::{}", self.version, self.name)
    }

    /// It still says what it is, and still does everything that has to do with requests.
    pub fn runs(&self) -> Result<(), String> {
        let folder = repository().join("target/frozen").join(&self.version);
        let component = self.unpacked(&folder);
        let inspect =
            Strata::new(env!("CARGO_BIN_EXE_strata")).args(["inspect", "--json"]).args([&component]);
        let inspected = inspect.run();
        let described: serde_json::Value = serde_json::from_str(&inspected.stdout)
            .map_err(|error| format!("{error}: {}{}", inspected.stdout, inspected.stderr))?;
        let probe = !["plain", "outgoing"].contains(&self.name.as_str());
        let name = if probe { "probe" } else { &self.name };
        if described["manifest"]["name"] != name {
            return Err(format!("it calls itself {}", described["manifest"]["name"]));
        }
        if self.name == "outgoing" {
            return super::projects::goes_through_wasi_http(&component);
        }
        let more: &[&str] =
            if probe { &["--env", "mode=send", "--vus", "2", "--iterations", "4"] } else { &[] };
        good(&load(&component, more))
    }
}

impl Frozen {
    /// The component as a file in a folder.
    fn unpacked(&self, folder: &Path) -> PathBuf {
        fs::create_dir_all(folder).expect("a folder");
        let component = folder.join(format!("{}.wasm", self.name));
        let bytes = zstd::decode_all(fs::File::open(&self.file).expect("a file")).expect("a component");
        fs::write(&component, bytes).expect("a file");
        component
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn load(component: &Path, more: &[&str]) -> Ended {
    let server = Answering::start();
    let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([component]);
    strata.args(["--target", &server.url()]).args(more.iter().copied()).run()
}

/// The run ended well, and every check held.
fn good(ended: &Ended) -> Result<(), String> {
    if ended.code != 0 {
        return Err(format!("exit code {}:\n{}", ended.code, ended.stderr));
    }
    let checks = ended.metric("checks").ok_or("there were no checks")?;
    if checks["rate"] == 1.0 && checks["count"].as_f64() > Some(0.0) {
        Ok(())
    } else {
        Err(format!("{checks:#}"))
    }
}

/// The project without an SDK, against another contract than the present one.
fn other(name: &str, change: impl Fn(&str, &str) -> String) -> PathBuf {
    let project = repository().join("target/guests").join(name);
    let wit = project.join("wit");
    for folder in [&wit, &project.join("src")] {
        fs::create_dir_all(folder).expect("a folder");
    }
    let write = |path: PathBuf, text: String| {
        // What stays the same is not built again.
        if fs::read_to_string(&path).is_ok_and(|before| before == text) {
            return;
        }
        fs::write(path, text).expect("a file");
    };
    for file in entries(&repository().join("wit")) {
        if file.extension().is_some_and(|extension| extension == "wit") {
            let named = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            write(wit.join(&named), change(&named, &fs::read_to_string(&file).expect("a text")));
        }
    }
    let plain = repository().join("tests/conformance/plain");
    let source = fs::read_to_string(plain.join("src/lib.rs")).expect("a source");
    write(project.join("src/lib.rs"), change("lib.rs", &source.replace("../../../wit", "wit")));
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n\
         [dependencies]\nwit-bindgen = {{ version = \"0.61.1\", default-features = false, features = [\"macros\", \
         \"realloc\", \"std\"] }}\n[workspace]\n"
    );
    write(project.join("Cargo.toml"), manifest);
    let lock = fs::read_to_string(repository().join("scenarios-wasm/Cargo.lock")).expect("a lock file");
    if !project.join("Cargo.lock").is_file() {
        write(project.join("Cargo.lock"), lock);
    }
    project
}

/// What was built before functions and interfaces were added works with what has them.
pub fn older() -> Result<(), String> {
    let project = other("older", |file, text| match file {
        "world.wit" => text.replace("    import data;\n    import kv;\n", ""),
        "run.wit" => without(text, "    secret: func"),
        "http.wit" => without(&without(text, "    headers: func(index"), "    clear-cookies: func"),
        _ => text.to_owned(),
    });
    good(&load(&built(&project, "older", "rust")?, &[]))
}

/// What was built against functions that came later works too, as long as it does not call them; if it does, that is said.
pub fn newer() -> Result<(), String> {
    let more = |file: &str, text: &str| match file {
        "run.wit" => {
            text.replace("    now: func", "    /// New.\n    later: func() -> f64;\n\n    now: func")
        }
        _ => text.replace("strata:scenario@0.1.0", "strata:scenario@0.1.7"),
    };
    good(&load(&built(&other("newer", more), "newer", "rust")?, &[]))?;
    let project = other("newest", |file, text| match file {
        "lib.rs" => text.replacen("metrics::check(", "run::later();\n        metrics::check(", 1),
        _ => more(file, text),
    });
    let build = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["build"]).args([
        project,
        "-o".into(),
        "newest.wasm".into(),
    ]);
    let refused = build.env("CARGO_TARGET_DIR", repository().join("target/guests")).run();
    let named = refused.stderr.contains("later") && refused.stderr.contains("strata:scenario/run");
    if refused.code == 104 && named { Ok(()) } else { Err(format!("{}: {}", refused.code, refused.stderr)) }
}

/// A text without the line that begins so.
fn without(text: &str, line: &str) -> String {
    let kept: Vec<&str> = text.lines().filter(|found| !found.starts_with(line)).collect();
    assert!(kept.len() < text.lines().count(), "{line}");
    kept.join("\n")
}
