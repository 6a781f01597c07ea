//! `memory` and `flat`: what is in memory while a generator runs.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use strata_support::probe;

use crate::Suite;
use crate::machine::{held, pinned, resident};
use crate::server::Server;
use crate::table::{Table, median, number};
use crate::tools::{Load, Tool, forget, script};

/// How long VUs sleep by default, in seconds.
const IDLE: u32 = 5;
/// How long `flat` runs by default, in seconds.
const FLAT: u32 = 60;
/// The bytes of a row.
const ROW: usize = 1024;
/// The VUs of `flat`.
const FLAT_VUS: u32 = 64;

/// Prints what an idle VU takes.
///
/// # Errors
/// When the server fails, or the guest that sleeps cannot be built.
pub fn memory(suite: &Suite) -> Result<()> {
    let seconds = suite.seconds(IDLE);
    let mut table = Table::new(&["tool", "VUs", "RSS MiB", "PSS MiB", "KiB of PSS per VU over one VU"]);
    let mut notes = Vec::new();
    let server = Server::start(&suite.machine)?;
    // Compiling takes memory too: once before, so that all runs find the result on disk.
    let argv = idle(suite, Tool::Strata, 1, 1, &server.url())?;
    watch(&argv, suite.folder.path(), Duration::from_millis(50), resident)?;
    for (tool, counts) in [(Tool::Strata, [1, 1000, 10_000].as_slice()), (Tool::K6, &[1, 1000])] {
        let mut alone = f64::NAN;
        for &vus in counts {
            let argv = match idle(suite, tool, vus, seconds, &server.url()) {
                Ok(argv) => argv,
                Err(why) => {
                    notes.push(format!("{} was not run: {why:#}", tool.name()));
                    break;
                }
            };
            eprintln!("{} with {vus} sleeping VUs", tool.name());
            let samples = match watch(&argv, suite.folder.path(), Duration::from_millis(500), held) {
                Ok(samples) => samples,
                Err(why) => {
                    notes.push(format!("{} with {vus} VUs: {why:#}", tool.name()));
                    continue;
                }
            };
            // The start is short beside the sleep, so the middle is asleep.
            let rss = median(samples.iter().map(|held| held.resident).collect());
            let pss = median(samples.iter().map(|held| held.proportional).collect());
            if vus == 1 {
                alone = pss;
            }
            let each = if vus == 1 { f64::NAN } else { (pss - alone) / f64::from(vus - 1) };
            table.row(vec![
                tool.name().to_owned(),
                number(f64::from(vus), 0),
                number(rss / 1024.0, 1),
                number(pss / 1024.0, 1),
                number(each, 1),
            ]);
        }
    }
    println!("VUs that sleep for {seconds} s, without a connection; median over the time\n");
    println!("{}", table.render());
    println!("- budget: at most 48 KiB per VU, and 10,000 VUs in 600 MiB");
    suite.notes(&notes);
    Ok(())
}

/// Prints what a file of rows takes that many VUs draw from.
///
/// # Errors
/// When the server fails, or the guest that draws cannot be built.
pub fn rows(suite: &Suite) -> Result<()> {
    let seconds = suite.seconds(IDLE);
    let mut table = Table::new(&["file", "VUs", "RSS MiB", "PSS MiB"]);
    let mut notes = Vec::new();
    let server = Server::start(&suite.machine)?;
    let row = format!("r,{}\n", "x".repeat(ROW - 3));
    for (name, rows) in [("one row", 1), ("100 MiB", 100 * 1024 * 1024 / ROW)] {
        for vus in [1, 1000] {
            let argv = drawing(suite, vus, seconds, &server.url(), &row.repeat(rows))?;
            eprintln!("strata with {vus} VUs that draw from {name}");
            match watch(&argv, suite.folder.path(), Duration::from_millis(500), held) {
                Ok(samples) => {
                    let rss = median(samples.iter().map(|held| held.resident).collect());
                    let pss = median(samples.iter().map(|held| held.proportional).collect());
                    let mib = |kib: f64| number(kib / 1024.0, 1);
                    table.row(vec![name.to_owned(), number(f64::from(vus), 0), mib(rss), mib(pss)]);
                }
                Err(why) => notes.push(format!("{vus} VUs and {name}: {why:#}")),
            }
        }
    }
    println!("VUs that draw random rows for {seconds} s and send nothing; median over the time\n");
    println!("{}", table.render());
    println!("- budget: the file once, however many draw from it");
    suite.notes(&notes);
    Ok(())
}

/// The command of a run in which every VU draws rows.
fn drawing(suite: &Suite, vus: u32, seconds: u32, url: &str, rows: &str) -> Result<Vec<OsString>> {
    let folder = suite.folder.path();
    let (phase, out) = (folder.join("rows.toml"), folder.join("rows"));
    forget(&out)?;
    let scenario = probe().display();
    let text = format!(
        "[phase]\ntitle = \"rows\"\ntarget = \"{url}\"\nsuccess-rate = 0\n\n[data.rows]\nfile = \"rows.csv\"\n\n\
         [secrets.token]\nfile = \"token\"\n\n[[layer]]\nscenario = \"{scenario}\"\n\
         env = {{ mode = \"take\", order = \"random\", describe = \"shared\" }}\n\n\
         [[layer.stage]]\nname = \"main\"\nexecutor = \"constant-vus\"\nvus = {vus}\nduration = \"{seconds}s\"\n"
    );
    for (path, text) in
        [("rows.toml", &*text), ("rows.csv", &format!("name,note\n{rows}")), ("token", "tr0ub4dor")]
    {
        fs::write(folder.join(path), text).with_context(|| format!("cannot write {path}"))?;
    }
    let program = Tool::Strata.program().map_err(anyhow::Error::msg)?;
    let mut argv = pinned(suite.machine.generator_core, program);
    let words = ["run", &phase.to_string_lossy(), "--quiet", "--out", &out.to_string_lossy()];
    argv.extend(words.iter().map(OsString::from));
    Ok(argv)
}

/// Prints what is in memory over a long run.
///
/// # Errors
/// When the server fails, or strata does.
pub fn flat(suite: &Suite) -> Result<()> {
    let server = Server::start(&suite.machine)?;
    let seconds = suite.seconds(FLAT);
    let load = Load { url: server.url(), vus: FLAT_VUS, seconds: Some(seconds), streams: None };
    let argv = Tool::Strata.command(&load, suite.machine.generator_core, suite.folder.path())?;
    eprintln!("strata with {FLAT_VUS} VUs for {seconds} s");
    let before = server.requests()?;
    let samples = watch(&argv, suite.folder.path(), Duration::from_secs(1), resident)?;
    let requests = server.requests()?.saturating_sub(before + 1);
    let mib = |kib: Option<&f64>| number(kib.map_or(f64::NAN, |kib| kib / 1024.0), 1);
    let most = samples.iter().copied().fold(f64::NAN, f64::max);
    let mut table = Table::new(&["tool", "requests", "first MiB", "median", "last", "most"]);
    table.row(vec![
        Tool::Strata.name().to_owned(),
        number(requests as f64, 0),
        mib(samples.first()),
        mib(Some(&median(samples.clone()))),
        mib(samples.last()),
        mib(Some(&most)),
    ]);
    println!("{FLAT_VUS} VUs, {seconds} s, {} samples, one a second; {}\n", samples.len(), server.name);
    println!("{}", table.render());
    Ok(())
}

/// The command of a run in which every VU sleeps once.
fn idle(suite: &Suite, tool: Tool, vus: u32, seconds: u32, url: &str) -> Result<Vec<OsString>> {
    let program = tool.program().map_err(anyhow::Error::msg)?;
    let mut argv = pinned(suite.machine.generator_core, program);
    let mut add = |words: &[&str]| argv.extend(words.iter().map(OsString::from));
    if tool == Tool::K6 {
        let (sleep, vus) = (format!("SLEEP={seconds}"), vus.to_string());
        add(&["run", "--quiet", "--no-usage-report", "-e", &sleep, "--vus", &vus, "--iterations", &vus]);
        add(&[&script("hello.js").to_string_lossy()]);
        return Ok(argv);
    }
    let (phase, out) = (suite.folder.path().join("phase.toml"), suite.folder.path().join("idle"));
    forget(&out)?;
    let scenario = probe().display();
    let text = format!(
        "[phase]\ntitle = \"idle\"\ntarget = \"{url}\"\nsuccess-rate = 0\n\n\
         [[layer]]\nscenario = \"{scenario}\"\nenv = {{ mode = \"sleep\", ms = \"{}\" }}\n\n\
         [[layer.stage]]\nname = \"main\"\nexecutor = \"per-vu-iterations\"\nvus = {vus}\niterations = 1\n",
        seconds * 1000
    );
    fs::write(&phase, text).context("cannot write phase.toml")?;
    add(&["run", &phase.to_string_lossy(), "--quiet", "--out", &out.to_string_lossy()]);
    Ok(argv)
}

/// Runs a command to its end and looks at its memory, first one interval after its start.
///
/// # Errors
/// When it cannot be started, fails, or is over before it was looked at.
pub fn watch<T>(
    argv: &[OsString],
    folder: &Path,
    every: Duration,
    look: impl Fn(u32) -> Option<T>,
) -> Result<Vec<T>> {
    let (program, arguments) = argv.split_first().context("an empty command")?;
    let said = folder.join("said");
    let file = fs::File::create(&said).context("no file for what it says")?;
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file)
        .spawn()
        .with_context(|| format!("cannot start `{}`", program.display()))?;
    let mut samples = Vec::new();
    let mut next = Instant::now() + every;
    let status = loop {
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        next += every;
        if let Some(status) = child.try_wait()? {
            break status;
        }
        samples.extend(look(child.id()));
    };
    // Goals that are missed are no concern here.
    if !matches!(status.code(), Some(0 | 99 | 111)) {
        let text = fs::read_to_string(&said).unwrap_or_default();
        bail!("it ended with {status}: {}", text.lines().last().unwrap_or("without a word"));
    }
    if samples.is_empty() {
        bail!("it was over before it was looked at");
    }
    Ok(samples)
}
