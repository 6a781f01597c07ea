//! Tools that are none of the toolchain's: where one is missing, a laptop's test does without and CI's fails.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::repository;

/// Packages from PyPI, none of which strata is made with: that is what they are for.
const REQUIREMENTS: &str =
    "hdrhistogram==0.10.8\njsonschema==4.26.0\njunitparser==5.0.3\nprometheus-client==0.22.1\n";

/// For [`python`]: validates summaries by the schema that is the first argument, as it stands and again with every object
/// closed, since what a summary has must be described. Prints what is wrong.
pub const SCHEMA: &str = r#"
import json, sys
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[1]))
Draft202012Validator.check_schema(schema)
def close(node):
    if isinstance(node, dict):
        if "properties" in node:
            node["additionalProperties"] = False
        for value in node.values():
            close(value)
    if isinstance(node, list):
        for value in node:
            close(value)
closed = json.loads(json.dumps(schema))
close(closed)
for path in sys.argv[2:]:
    for validator in (Draft202012Validator(schema), Draft202012Validator(closed)):
        for error in validator.iter_errors(json.load(open(path))):
            print(path, error.json_path, error.message[:200])
"#;

/// Says that a tool is missing, and fails where none may be.
pub fn missing(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what}; CI needs it");
    eprintln!("skipped: {what}");
}

/// Runs a script with arguments in a Python that has [`REQUIREMENTS`]. `None`: there is no such Python here.
pub fn python(script: &str, arguments: &[&str]) -> Option<Output> {
    let program = environment().inspect_err(|why| missing(why)).ok()?;
    let mut command = Command::new(program);
    command.args(["-I", "-c", script]).args(arguments);
    Some(command.output().expect("a Python that was just made runs"))
}

/// The Python of an environment below `target`, made by the first test that needs it.
fn environment() -> Result<PathBuf, String> {
    let folder = repository().join("target/python");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let lock = File::create(folder.join("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    let program = folder.join("venv/bin/python");
    let made = folder.join("made");
    if std::fs::read_to_string(&made).is_ok_and(|made| made == REQUIREMENTS) {
        return Ok(program);
    }
    let requirements = folder.join("requirements.txt");
    std::fs::write(&requirements, REQUIREMENTS).map_err(|error| error.to_string())?;
    let venv = folder.join("venv");
    ended(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv))?;
    ended(
        Command::new(&program).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements),
    )?;
    std::fs::write(made, REQUIREMENTS).map_err(|error| error.to_string())?;
    Ok(program)
}

pub(crate) fn ended(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    match command.output() {
        Err(error) => Err(format!("{shown} does not run: {error}")),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{shown} failed: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

/// A headless Chromium that has no network and a profile of its own. `None`: there is none here.
///
/// Returns what `--dump-dom` gives of the page, the messages of its console, and the addresses that it asked for.
pub fn chromium(page: &Path) -> Option<Page> {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let log = folder.path().join("net.json");
    let more = [format!("--log-net-log={}", log.display()), "--dump-dom".to_owned()];
    let output = headless(page, folder.path(), &more)?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let log = crate::read_json(&log);
    let requests = log["events"].as_array().expect("events").iter().filter_map(|event| {
        let initiator = event["params"]["initiator"].as_str()?;
        // What the browser asks for by itself comes from no page.
        let url = event["params"]["url"].as_str().filter(|_| initiator != "not an origin")?;
        Some(url.to_owned())
    });
    let page = Page {
        dom: String::from_utf8_lossy(&output.stdout).into_owned(),
        console: stderr.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect(),
        requests: requests.collect(),
    };
    assert!(!page.dom.is_empty(), "chromium showed nothing: {stderr}");
    Some(page)
}

/// What the page looks like in a window of this size, light or dark: a PNG in a file. False: there is no Chromium here.
pub fn screenshot(page: &Path, (width, height): (u32, u32), dark: bool, to: &Path) -> bool {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let more = [
        format!("--screenshot={}", to.display()),
        format!("--window-size={width},{height}"),
        "--hide-scrollbars".to_owned(),
        format!("--blink-settings=preferredColorScheme={}", if dark { 0 } else { 1 }),
    ];
    let shown = headless(page, folder.path(), &more);
    if let Some(output) = &shown {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    shown.is_some()
}

fn headless(page: &Path, profile: &Path, more: &[String]) -> Option<Output> {
    let output = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(|program| {
        let mut command = Command::new(program);
        command
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .args(more)
            .arg(format!("file://{}", page.display()));
        command.output().ok()
    });
    if output.is_none() {
        missing("there is no chromium");
    }
    output
}

/// A page as a browser has it.
#[derive(Debug)]
pub struct Page {
    /// The elements.
    pub dom: String,
    /// What its console says.
    pub console: Vec<String>,
    /// What it asked the network for.
    pub requests: Vec<String>,
}
