//! `cargo xtask bench`: what strata costs, beside its rivals. Asserts nothing, prints tables in Markdown.

mod closed;
mod install;
mod lag;
mod languages;
mod looping;
mod machine;
mod native;
mod overhead;
mod own;
mod process;
mod rounds;
mod server;
mod start;
mod summary;
mod swap;
mod table;
mod tools;
mod two;
mod view;
mod watched;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use machine::Machine;

const USAGE: &str = "cargo xtask bench [NAME...] [--seconds N] [--runs N]

  closed     64 VUs, one GET and one check each: strata, wrk, wrk with Lua, k6
  vus        the same with 1,000 VUs
  start      one request and the end of the process: strata, k6
  memory     VUs that sleep: strata with 1,000 and 10,000, k6 with 1,000
  http2      the first over HTTP/2: strata, h2load
  rows       memory with 1 and 1,000 VUs that draw from one row and from 100 MiB
  flat       memory over a long run of strata
  lag        how late iterations start at 1,000, 2,000 and 10,000 arrivals per second, and at what cost
  loop       what an endless loop of one VU does to the others of its thread
  swap       20 swaps in 20 s at 2,000 iterations per second: lag, counts, connections, memory
  view       what the live view costs the workers at 2,000 iterations per second
  overhead   strata beside its own HTTP client without guests, 64 and 1,000 VUs
  languages  a new project in each language: size, compiling, loading, memory, time; only if it is
             named, since it writes engine/docs/languages.md

  --seconds N  how long each run lasts [default: 5, flat: 60, lag: 10]
  --runs N     rounds, in which all take turns [default: 3]
  --install    install wrk, h2load, nginx-light, GNU time and k6 first";

/// The benchmarks that run if none is named, in this order.
const NAMES: [&str; 12] =
    ["closed", "vus", "http2", "start", "memory", "rows", "flat", "lag", "loop", "swap", "view", "overhead"];
/// The one that writes into the docs runs when it is named.
const LANGUAGES: &str = "languages";

/// What all benchmarks need.
pub struct Suite {
    machine: Machine,
    seconds: Option<u32>,
    runs: u32,
    folder: TempDir,
}

impl Suite {
    /// How long a run lasts: what was asked for, or this.
    fn seconds(&self, default: u32) -> u32 {
        self.seconds.unwrap_or(default)
    }

    /// Prints what there is to say below a table.
    fn notes(&self, notes: &[String]) {
        notes.iter().for_each(|note| println!("- {note}"));
    }
}

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    names: Vec<String>,
    seconds: Option<u32>,
    runs: Option<u32>,
    install: bool,
}

impl Asked {
    fn read(arguments: &[&str]) -> Result<Asked> {
        let mut asked = Asked::default();
        let mut rest = arguments.iter();
        while let Some(&argument) = rest.next() {
            let mut number = || -> Result<u32> {
                let value = rest.next().with_context(|| format!("`{argument}` without its number"))?;
                let number = value.parse().ok().filter(|number| (1..=3600).contains(number));
                number.with_context(|| format!("`{argument} {value}`: not a number from 1 to 3600"))
            };
            match argument {
                "--seconds" => asked.seconds = Some(number()?),
                "--runs" => asked.runs = Some(number()?),
                "--install" => asked.install = true,
                name if NAMES.contains(&name) || name == LANGUAGES => asked.names.push(name.to_owned()),
                other => bail!("unknown benchmark `{other}`\n\n{USAGE}"),
            }
        }
        if asked.names.is_empty() {
            asked.names = NAMES.map(str::to_owned).into();
        }
        Ok(asked)
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["--help" | "-h", ..] => {
            println!("{USAGE}");
            Ok(())
        }
        // The benchmarks' own processes.
        ["serve", port] => own::serve(port.parse().context("the port is no number")?),
        ["native", url, connections, seconds] => {
            let failed = native::run(url, connections.parse()?, seconds.parse()?)?;
            println!("failed: {failed}");
            Ok(())
        }
        arguments => bench(&Asked::read(arguments)?),
    }
}

fn bench(asked: &Asked) -> Result<()> {
    if asked.install {
        install::run()?;
    }
    let folder = TempDir::new().context("no temporary folder")?;
    let suite =
        Suite { machine: Machine::look()?, seconds: asked.seconds, runs: asked.runs.unwrap_or(3), folder };
    println!("{}", suite.machine.describe());
    for name in &asked.names {
        println!("\n## {name}\n");
        match name.as_str() {
            "closed" => closed::run(&suite, 64),
            "vus" => closed::run(&suite, 1000),
            "http2" => two::run(&suite),
            "start" => start::run(&suite),
            "memory" => watched::memory(&suite),
            "rows" => watched::rows(&suite),
            "flat" => watched::flat(&suite),
            "lag" => lag::run(&suite),
            "loop" => looping::run(&suite),
            LANGUAGES => languages::run(&suite),
            "swap" => swap::run(&suite),
            "view" => view::run(&suite),
            _ => overhead::run(&suite),
        }
        .with_context(|| format!("`{name}` cannot go on"))?;
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test that cannot go on says why and ends")]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_read() {
        let asked = Asked::read(&["vus", "--runs", "7", "--seconds", "2"]).expect("it is right");
        assert_eq!((asked.names, asked.runs, asked.seconds), (vec!["vus".to_owned()], Some(7), Some(2)));
        assert_eq!(Asked::read(&[]).expect("everything").names.len(), NAMES.len());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (arguments, why) in [
            (["fast"].as_slice(), "unknown benchmark `fast`"),
            (&["--runs"], "`--runs` without its number"),
            (&["--runs", "0"], "`--runs 0`: not a number from 1 to 3600"),
        ] {
            let error = Asked::read(arguments).expect_err(why).to_string();
            assert!(error.starts_with(why), "{error}");
        }
    }
}
