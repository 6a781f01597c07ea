//! `swap`: what swapping costs the load that goes on.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use strata_support::{probe_version, sleep_until};

use crate::Suite;
use crate::machine::{pinned, resident};
use crate::server::Server;
use crate::table::{Table, median, number};
use crate::tools::{Tool, forget};

/// Arrivals per second.
const RATE: u32 = 2000;
/// The versions that are swapped in, a second apart. None of these letters makes the probe behave differently.
const LETTERS: &str = "123456789abcdefghijk";
/// How long the load runs before the first swap, and after the last, in seconds.
const BEFORE: u32 = 10;
const AFTER: u32 = 3;

/// Prints what 20 swaps in 20 s do to a load of 2,000 iterations per second.
///
/// # Errors
/// When the server or strata fails, or strata's counts and the server's differ.
pub fn run(suite: &Suite) -> Result<()> {
    let server = Server::start(&suite.machine)?;
    let columns = [
        "run",
        "lag p99 before µs",
        "while swapping",
        "x",
        "worst second before",
        "while",
        "requests",
        "server's",
        "dropped",
        "connections before",
        "after",
        "MiB before",
        "after",
        "KiB per swap",
    ];
    let mut table = Table::new(&columns);
    for round in 1..=suite.runs {
        eprintln!("round {round} of {}", suite.runs);
        table.row(swaps(suite, &server, round)?);
    }
    println!(
        "{} swaps in {} s at {RATE} iterations/s, one GET and one check each; lag p99 is the median of seconds; {}\n",
        LETTERS.len(),
        LETTERS.len(),
        server.name
    );
    println!("{}", table.render());
    println!("- budget: lag p99 while swapping within 2 x of before, on a machine with a core to spare");
    Ok(())
}

fn swaps(suite: &Suite, server: &Server, round: u32) -> Result<Vec<String>> {
    let folder = suite.folder.path().join("swap");
    forget(&folder)?;
    fs::create_dir_all(&folder).context("no folder")?;
    let component = folder.join("probe.wasm");
    save(&component, '0')?;
    let seconds = BEFORE + LETTERS.len() as u32 + AFTER;
    let requests = server.requests()?;
    let began = Instant::now();
    let mut child = start(suite, server, &folder, seconds)?;
    let at = |second: u32| sleep_until(began + Duration::from_secs(u64::from(second)));
    at(BEFORE - 1);
    let (memory, connections) = (resident(child.id()), opened(server));
    for (nth, letter) in LETTERS.chars().enumerate() {
        at(BEFORE + nth as u32);
        save(&component, letter)?;
    }
    at(seconds - AFTER + 2);
    let (memory_after, connections_after) = (resident(child.id()), opened(server));
    let status = child.wait()?;
    if !matches!(status.code(), Some(0 | 99 | 111)) {
        let said = fs::read_to_string(folder.join("said")).unwrap_or_default();
        bail!("strata ended with {status}: {}", said.lines().last().unwrap_or("without a word"));
    }
    let sent = server.requests()?.saturating_sub(requests);
    let text = fs::read_to_string(folder.join("out/summary.json")).context("no summary")?;
    let summary: Value = serde_json::from_str(&text).context("a summary that is no JSON")?;
    // Asking for the number of requests is a request: once at the end, and twice for connections.
    let asked = 3;
    let counted = |name: &str| {
        let rows = summary.get("metrics").and_then(Value::as_array).into_iter().flatten();
        let mut whole =
            rows.filter(|row| row.get("tags").and_then(Value::as_array).is_some_and(Vec::is_empty));
        whole.find(|row| row.get("name").is_some_and(|other| other == name))?.get("count")?.as_f64()
    };
    let reqs = counted("http_reqs").context("a summary without requests")?;
    if sent.saturating_sub(asked) as f64 != reqs {
        bail!("strata has counted {reqs} requests, and the server {}", sent.saturating_sub(asked));
    }
    let swaps = swapped(&summary);
    let &[first, .., last] = swaps.as_slice() else { bail!("fewer than two swaps") };
    if swaps.len() != LETTERS.len() {
        bail!("{} swaps, and {} were asked for", swaps.len(), LETTERS.len());
    }
    let lags = lags(&summary);
    // The first second has connections to open.
    let of = |from: f64, to: f64| -> Vec<f64> {
        lags.iter().filter(|(at, _)| *at >= from && *at + 1.0 <= to).map(|(_, lag)| *lag).collect()
    };
    let (before, during) = (of(1.0, first), of(first - 1.0, last + 1.0));
    let most = |values: &[f64]| values.iter().copied().fold(f64::NAN, f64::max);
    let (usual, swapping) = (median(before.clone()), median(during.clone()));
    let mib = |kib: Option<f64>| kib.map_or(f64::NAN, |kib| kib / 1024.0);
    let grown = memory_after.zip(memory).map_or(f64::NAN, |(after, before)| after - before);
    Ok(vec![
        number(f64::from(round), 0),
        number(usual * 1e3, 0),
        number(swapping * 1e3, 0),
        number(swapping / usual, 2),
        number(most(&before) * 1e3, 0),
        number(most(&during) * 1e3, 0),
        number(reqs, 0),
        number(sent.saturating_sub(asked) as f64, 0),
        number(counted("dropped_iterations").unwrap_or(0.0), 0),
        number(connections, 0),
        number(connections_after, 0),
        number(mib(memory), 1),
        number(mib(memory_after), 1),
        number(grown / LETTERS.len() as f64, 0),
    ])
}

fn start(suite: &Suite, server: &Server, folder: &Path, seconds: u32) -> Result<Child> {
    let program = Tool::Strata.program().map_err(anyhow::Error::msg)?;
    let argv = pinned(suite.machine.generator_core, program);
    let (program, arguments) = argv.split_first().context("an empty command")?;
    let (rate, duration, url) = (RATE.to_string(), format!("{seconds}s"), server.url());
    let said = fs::File::create(folder.join("said")).context("no file for what it says")?;
    Command::new(program)
        .args(arguments)
        .args(["run", "probe.wasm", "--watch", "--quiet", "--target", &url, "--out", "out"])
        .args(["--env", "mode=version", "--executor", "constant-arrival-rate", "--rate", &rate])
        .args(["--vus", "50", "--duration", &duration])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said)
        .spawn()
        .context("cannot start strata")
}

/// Another version takes the file's name.
fn save(component: &Path, letter: char) -> Result<()> {
    let part = component.with_extension("part");
    fs::write(&part, probe_version(letter)).context("cannot write a component")?;
    fs::rename(&part, component).context("cannot write a component")
}

/// When versions were swapped, in seconds since the run began.
fn swapped(summary: &Value) -> Vec<f64> {
    let changes = summary.get("changes").and_then(Value::as_array).into_iter().flatten();
    let swaps = changes.filter(|change| change.get("kind").is_some_and(|kind| kind == "swap"));
    swaps.filter_map(|swap| swap.get("at_s")?.as_f64()).collect()
}

/// When each second began, and its p99 of the lag in ms.
fn lags(summary: &Value) -> Vec<(f64, f64)> {
    let points = summary.pointer("/timeline/0/points").and_then(Value::as_array).into_iter().flatten();
    let whole = points.filter(|point| point.get("length_s").and_then(Value::as_f64).is_some_and(|s| s > 0.9));
    whole
        .filter_map(|point| Some((point.get("start_s")?.as_f64()?, point.get("lag_p99")?.as_f64()?)))
        .collect()
}

/// Connections so far; a number that is none where the server does not count them.
fn opened(server: &Server) -> f64 {
    server.connections().map_or(f64::NAN, |count| count as f64)
}
