//! `view`: what the live view costs the workers.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use strata_support::{committed, sleep_until};

use crate::Suite;
use crate::server::Server;
use crate::table::{Table, median, number};
use crate::tools::{Tool, forget};

/// How long a run is measured by default, in seconds.
const SECONDS: u32 = 10;
/// Arrivals per second.
const RATE: u32 = 2000;
/// A run's first seconds, in which it connects, and its last one, are not measured.
const BEFORE: u32 = 2;
const AFTER: u32 = 2;
/// How long something may take that is waited for, and how often it is looked at.
const LONG: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(20);

/// Seconds of processor time by thread.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    workers: f64,
    view: f64,
    others: f64,
}

/// Prints the processor time of the workers for the same load on the same terminal, with lines and with a view.
///
/// # Errors
/// When the server or strata fails, or there is no tmux.
pub fn run(suite: &Suite) -> Result<()> {
    let server = Server::start(&suite.machine)?;
    let seconds = suite.seconds(SECONDS);
    let columns = [
        "run",
        "workers µs per iteration, lines",
        "view",
        "x",
        "others, lines",
        "view",
        "its thread, % of a core",
    ];
    let mut table = Table::new(&columns);
    let mut ratios = Vec::new();
    for round in 1..=suite.runs {
        eprintln!("round {round} of {}", suite.runs);
        // Who comes first takes turns too.
        let (lines, view) = if round % 2 == 1 {
            let lines = on_terminal(suite, &server, "--plain", seconds)?;
            (lines, on_terminal(suite, &server, "", seconds)?)
        } else {
            let view = on_terminal(suite, &server, "", seconds)?;
            (on_terminal(suite, &server, "--plain", seconds)?, view)
        };
        let each = |used: f64| number(used / f64::from(RATE * seconds) * 1e6, 2);
        let ratio = view.workers / lines.workers;
        ratios.push(ratio);
        table.row(vec![
            number(f64::from(round), 0),
            each(lines.workers),
            each(view.workers),
            number(ratio, 3),
            each(lines.others),
            each(view.others),
            number(view.view / f64::from(seconds) * 100.0, 2),
        ]);
    }
    println!(
        "{RATE} iterations/s for {seconds} s, one GET and one check each, on a terminal of 80x24; {}\n",
        server.name
    );
    println!("{}", table.render());
    println!(
        "- the view's workers take {} x those of plain lines, the median of {} rounds",
        number(median(ratios), 3),
        suite.runs
    );
    Ok(())
}

/// A terminal of tmux; what runs on it ends with it.
struct Terminal<'a> {
    suite: &'a Suite,
}

impl Terminal<'_> {
    fn tell(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new("taskset")
            .args(["-c", &self.suite.machine.server_core.to_string(), "tmux", "-S"])
            .arg(self.suite.folder.path().join("tmux.sock"))
            .args(arguments)
            .env_remove("TMUX")
            .env_remove("CI")
            .env("LC_ALL", "C.UTF-8")
            .output()
            .context("cannot run tmux (hint: `apt-get install -y tmux`)")?;
        if !output.status.success() {
            bail!("tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        // One whose last program has ended is gone already.
        let _ = self.tell(&["kill-server"]);
    }
}

fn on_terminal(suite: &Suite, server: &Server, how: &str, seconds: u32) -> Result<Used> {
    let folder = suite.folder.path();
    let out = folder.join("view");
    forget(&out)?;
    let program = Tool::Strata.program().map_err(anyhow::Error::msg)?;
    let command = format!(
        "exec taskset -c {} {} run {} --target {} {how} --out {} --executor constant-arrival-rate --rate {RATE} \
         --vus 50 --duration {}s",
        suite.machine.generator_core,
        program.display(),
        committed("hello").display(),
        server.url(),
        out.display(),
        BEFORE + seconds + AFTER
    );
    let terminal = Terminal { suite };
    let shell = ["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24"];
    terminal.tell(&[&shell[..], &[command.as_str()]].concat())?;
    let process: u32 =
        terminal.tell(&["display-message", "-p", "#{pane_pid}"])?.parse().context("no process")?;
    let waiting = Instant::now();
    while used(process)?.workers == 0.0 {
        if waiting.elapsed() > LONG {
            bail!("strata did not begin within {} s", LONG.as_secs());
        }
        sleep_until(Instant::now() + LOOK);
    }
    let began = Instant::now() + Duration::from_secs(u64::from(BEFORE));
    sleep_until(began);
    let before = used(process)?;
    sleep_until(began + Duration::from_secs(u64::from(seconds)));
    let after = used(process)?;
    let ending = Instant::now();
    while Path::new(&format!("/proc/{process}")).exists() {
        if ending.elapsed() > LONG {
            bail!("strata did not end within {} s", LONG.as_secs());
        }
        sleep_until(Instant::now() + LOOK);
    }
    if !out.join("summary.json").is_file() {
        bail!("strata has written no summary");
    }
    Ok(Used {
        workers: after.workers - before.workers,
        view: after.view - before.view,
        others: after.others - before.others,
    })
}

/// What the threads of a process have used so far, to the nanosecond.
fn used(process: u32) -> Result<Used> {
    let mut used = Used::default();
    let tasks = fs::read_dir(format!("/proc/{process}/task")).context("strata has ended early")?;
    for task in tasks {
        let task = task.context("the kernel lists no threads")?.path();
        // A thread may end between the two.
        let (Ok(name), Ok(times)) =
            (fs::read_to_string(task.join("comm")), fs::read_to_string(task.join("schedstat")))
        else {
            continue;
        };
        let nanos = times.split_whitespace().next().and_then(|nanos| nanos.parse::<f64>().ok());
        let seconds = nanos.context("the kernel does not account for threads")? / 1e9;
        match name.trim() {
            name if name.starts_with("worker ") => used.workers += seconds,
            "live view" => used.view += seconds,
            _ => used.others += seconds,
        }
    }
    Ok(used)
}
