//! `languages`: what a scenario costs in each language, for people who choose one.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use strata_support::{repository, toolchain};

use crate::Suite;
use crate::machine::{held, pinned};
use crate::process::{self, Ended};
use crate::server::Server;
use crate::table::{Table, median, number};
use crate::tools::{Tool, forget};
use crate::watched::watch;

/// How long a load lasts by default, in seconds.
const SECONDS: u32 = 3;
/// The VUs of the load.
const VUS: u32 = 16;
/// The VUs whose memory is compared with that of one.
const MANY: u32 = 101;
/// The page that the table is on, and what stands around it.
const PAGE: &str = "engine/docs/languages.md";
const OPEN: &str = "<!-- bench languages -->\n";
const CLOSE: &str = "<!-- end -->";

/// A language: its name here, the word that `strata new` knows, the toolchain, the engine of a JavaScript project.
struct Language {
    name: &'static str,
    word: &'static str,
    tools: &'static str,
    engine: Option<&'static str>,
}

const fn language(name: &'static str, word: &'static str, tools: &'static str) -> Language {
    Language { name, word, tools, engine: None }
}

const LANGUAGES: [Language; 8] = [
    language("Rust", "rust", "rust"),
    language("C", "c", "zig"),
    language("C++", "cpp", "zig"),
    language("Zig", "zig", "zig"),
    language("JavaScript, TypeScript (QuickJS)", "js", "js"),
    Language {
        engine: Some("starlingmonkey"),
        ..language("JavaScript, TypeScript (StarlingMonkey)", "js", "js")
    },
    language("Python", "python", "python"),
    language("Go (experimental)", "go", "go"),
];

/// What one language costs.
struct Costs {
    bytes: u64,
    compile_ms: f64,
    load_ms: f64,
    kib_per_vu: f64,
    micros: f64,
}

/// Prints the table, and writes it into the page.
///
/// # Errors
/// When the server fails, or the page has no place for the table. A language that cannot be built is left out, with a note.
pub fn run(suite: &Suite) -> Result<()> {
    let server = Server::start(&suite.machine)?;
    let head = ["language", "component", "compile ms", "from cache ms", "KiB per VU", "CPU µs per iteration"];
    let (mut table, mut notes) = (Table::new(&head), Vec::new());
    for language in &LANGUAGES {
        eprintln!("{}", language.name);
        match costs(suite, &server, language) {
            Ok(costs) => table.row(vec![
                language.name.to_owned(),
                size(costs.bytes),
                number(costs.compile_ms, 0),
                number(costs.load_ms, 0),
                number(costs.kib_per_vu, 0),
                number(costs.micros, 1),
            ]),
            Err(why) => notes.push(format!("{} was not measured: {why:#}", language.name)),
        }
    }
    let ground = format!(
        "{VUS} VUs for {} s, median of {}; {}; {}",
        suite.seconds(SECONDS),
        suite.runs,
        server.name,
        suite.machine.describe()
    );
    println!("{ground}\n\n{}", table.render());
    suite.notes(&notes);
    ensure!(notes.is_empty(), "{PAGE} was left as it is, since a language is missing");
    let page = repository().join(PAGE);
    let before = fs::read_to_string(&page).with_context(|| format!("cannot read {PAGE}"))?;
    let after = placed(&before, &format!("{}\n{ground}\n", table.render()))?;
    fs::write(page, after).with_context(|| format!("cannot write {PAGE}"))
}

/// The page with another text in the place of the table.
fn placed(page: &str, text: &str) -> Result<String> {
    let (before, rest) = page.split_once(OPEN).context("the page has no place for the table")?;
    let (_, after) = rest.split_once(CLOSE).context("the table in the page has no end")?;
    Ok(format!("{before}{OPEN}{text}{CLOSE}{after}"))
}

fn costs(suite: &Suite, server: &Server, language: &Language) -> Result<Costs> {
    let component = built(suite.folder.path(), language)?;
    let cache = suite.folder.path().join("cache");
    let timed = |empty: bool| -> Result<f64> {
        if empty && cache.exists() {
            fs::remove_dir_all(&cache).context("cannot empty the cache")?;
        }
        let mut argv = strata(None, "inspect")?;
        argv.push(component.clone().into_os_string());
        Ok(ended(&argv, suite, &[0])?.wall.as_secs_f64() * 1000.0)
    };
    let compile_ms = timed(true)?;
    let load_ms = median((0..suite.runs).map(|_| timed(false)).collect::<Result<_>>()?);
    let taken = |vus: u32| -> Result<f64> {
        let load = ["--vus", &vus.to_string(), "--duration", &format!("{}s", suite.seconds(SECONDS))]
            .map(OsString::from);
        let argv = own_cache(suite, &command(suite, server, &component, &load)?);
        let samples = watch(&argv, suite.folder.path(), Duration::from_millis(200), held)?;
        Ok(samples.iter().map(|held| held.proportional).fold(0.0, f64::max))
    };
    let one = median((0..suite.runs).map(|_| taken(1)).collect::<Result<_>>()?);
    let many = median((0..suite.runs).map(|_| taken(MANY)).collect::<Result<_>>()?);
    let mut micros = Vec::new();
    for _ in 0..suite.runs {
        let load = ["--vus", &VUS.to_string(), "--duration", &format!("{}s", suite.seconds(SECONDS))]
            .map(OsString::from);
        let ended = loaded(suite, server, &component, &load)?;
        micros.push((ended.user + ended.kernel) * 1e6 / iterations(suite)?);
    }
    Ok(Costs {
        bytes: fs::metadata(&component)?.len(),
        compile_ms,
        load_ms,
        kib_per_vu: (many - one) / f64::from(MANY - 1),
        micros: median(micros),
    })
}

/// The component of a new project, as `strata new` writes it: an iteration is one prepared `GET` and one check.
fn built(folder: &Path, language: &Language) -> Result<PathBuf> {
    let path = toolchain(language.tools).map_err(anyhow::Error::msg)?;
    let name = format!("{}-{}", language.word, language.engine.unwrap_or("plain"));
    let project = folder.join(&name);
    let program = Tool::Strata.program().map_err(anyhow::Error::msg)?;
    let step = |arguments: &[&str]| -> Result<()> {
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(folder).env("PATH", &path);
        // Below `target`, so that dependencies are compiled once.
        command.env("CARGO_TARGET_DIR", repository().join("target/guests"));
        let output = command.output().context("cannot run strata")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`strata {}`: {}", arguments.join(" "), said.trim());
        Ok(())
    };
    step(&["new", &name, "--lang", language.word])?;
    if let Some(engine) = language.engine {
        let manifest = project.join("package.json");
        let mut package: Value = serde_json::from_str(&fs::read_to_string(&manifest)?)?;
        let fields = package.as_object_mut().context("package.json is no object")?;
        fields.insert("strata".to_owned(), serde_json::json!({ "engine": engine }));
        fs::write(&manifest, package.to_string())?;
    }
    step(&["build", &name])?;
    Ok(project.join(format!("{name}.wasm")))
}

/// strata's program and its first word, on a core if one is said.
fn strata(core: Option<u32>, word: &str) -> Result<Vec<OsString>> {
    let program = Tool::Strata.program().map_err(anyhow::Error::msg)?;
    let mut argv = match core {
        Some(core) => pinned(core, program),
        None => vec![program.into_os_string()],
    };
    argv.push(word.into());
    Ok(argv)
}

fn loaded(suite: &Suite, server: &Server, component: &Path, load: &[OsString]) -> Result<Ended> {
    // Goals that are missed are no concern here.
    ended(&command(suite, server, component, load)?, suite, &[0, 99, 111])
}

/// The command of a run under a load.
fn command(suite: &Suite, server: &Server, component: &Path, load: &[OsString]) -> Result<Vec<OsString>> {
    let out = out(suite);
    forget(&out)?;
    let mut argv = strata(Some(suite.machine.generator_core), "run")?;
    argv.extend([component.as_os_str(), "--quiet".as_ref(), "--target".as_ref()].map(OsString::from));
    argv.extend([server.url().into(), "--out".into(), out.into_os_string()]);
    argv.extend(load.iter().cloned());
    Ok(argv)
}

/// The command with a cache that nobody else has. `env` and `taskset` become what they start: the process stays the same.
fn own_cache(suite: &Suite, argv: &[OsString]) -> Vec<OsString> {
    let mut cache = OsString::from("STRATA_CACHE_DIR=");
    cache.push(suite.folder.path().join("cache"));
    let mut all = vec!["env".into(), cache];
    all.extend(argv.iter().cloned());
    all
}

fn ended(argv: &[OsString], suite: &Suite, codes: &[i32]) -> Result<Ended> {
    let ended = process::run(&own_cache(suite, argv), suite.folder.path())?;
    if codes.contains(&ended.code) {
        return Ok(ended);
    }
    bail!("it ended with {}: {}", ended.code, ended.last_words())
}

fn out(suite: &Suite) -> PathBuf {
    suite.folder.path().join("languages")
}

/// How many iterations the newest run has made, if all went well.
fn iterations(suite: &Suite) -> Result<f64> {
    let text = fs::read_to_string(out(suite).join("summary.json")).context("there is no summary")?;
    let summary: Value = serde_json::from_str(&text)?;
    let metrics = summary.get("metrics").and_then(Value::as_array).context("a summary without metrics")?;
    let of = |name: &str, field: &str| {
        let found = metrics.iter().find(|metric| {
            metric.get("name").is_some_and(|found| found == name)
                && metric.get("tags").and_then(Value::as_array).is_some_and(Vec::is_empty)
        });
        found.and_then(|metric| metric.get(field)?.as_f64())
    };
    let (count, held) = (of("iterations", "count"), of("checks", "rate"));
    match (count, held) {
        (Some(count), Some(1.0)) if count > 0.0 => Ok(count),
        _ => bail!("{count:?} iterations, and {held:?} of the checks held"),
    }
}

fn size(bytes: u64) -> String {
    if bytes < 1_000_000 { format!("{} kB", bytes / 1000) } else { format!("{:.1} MB", bytes as f64 / 1e6) }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test that cannot go on says why and ends")]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_place_for_the_table() {
        let page = fs::read_to_string(repository().join(PAGE)).expect("a page");
        let after = placed(&page, "| a |\n").expect("a place");
        assert!(after.contains("<!-- bench languages -->\n| a |\n<!-- end -->"));
        assert_eq!(placed(&after, "| a |\n").expect("a place"), after);
        assert!(placed("# Languages\n", "").is_err());
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!((size(99_999), size(12_345_678)), ("99 kB".to_owned(), "12.3 MB".to_owned()));
    }
}
