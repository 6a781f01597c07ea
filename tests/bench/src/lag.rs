//! `lag`: how late iterations start that are due by the clock, and what it costs to be on time.

use anyhow::Result;
use serde_json::Value;
use strata_support::committed;

use crate::Suite;
use crate::machine::stolen;
use crate::process::Ended;
use crate::server::Server;
use crate::summary::{self, figure, whole};
use crate::table::{Table, number};

/// How long a run lasts by default, in seconds.
const SECONDS: u32 = 10;
/// Arrivals per second.
const RATES: [u32; 3] = [1000, 2000, 10_000];
/// The lag in µs of 99 % of iterations that the design asks for on a core that is otherwise idle.
const BUDGET: u32 = 200;
/// A run of whose core the host took more than this, in percent, is not one on a core that is otherwise idle.
const STOLEN: f64 = 0.2;
/// How often such a run is repeated. Each has its row.
const TRIES: u32 = 4;

/// Prints the distribution of the lag at each rate.
///
/// # Errors
/// When the server or strata fails.
pub fn run(suite: &Suite) -> Result<()> {
    let server = Server::start(&suite.machine)?;
    let seconds = suite.seconds(SECONDS);
    let columns = [
        "arrivals/s",
        "lag p50 µs",
        "p90",
        "p99",
        "p99.9",
        "max",
        "CPU % of core",
        "stolen %",
        "dropped",
        "measurement",
    ];
    let mut table = Table::new(&columns);
    for rate in RATES {
        let (mut quiet, mut tried) = (0u32, 0u32);
        while quiet < suite.runs && tried < suite.runs * TRIES {
            tried += 1;
            eprintln!("round {} of {}, run {tried}: {rate} arrivals per second", quiet + 1, suite.runs);
            let before = stolen(suite.machine.generator_core)?;
            let (ended, summary) = arrivals(suite, &server, rate, seconds)?;
            let stolen = stolen(suite.machine.generator_core)? - before;
            let stolen = stolen / ended.wall.as_secs_f64() * 100.0;
            quiet += u32::from(stolen <= STOLEN);
            let micros = |name: &str| number(figure(&summary, "iteration_lag", name) * 1e3, 0);
            let dropped = whole(&summary, "dropped_iterations").and_then(|all| all.get("count")?.as_f64());
            table.row(vec![
                number(f64::from(rate), 0),
                micros("med"),
                micros("p90"),
                micros("p99"),
                micros("p999"),
                micros("max"),
                number((ended.user + ended.kernel) / ended.wall.as_secs_f64() * 100.0, 1),
                number(stolen, 2),
                number(dropped.unwrap_or(0.0), 0),
                summary.pointer("/run/validity").and_then(Value::as_str).unwrap_or("-").to_owned(),
            ]);
        }
    }
    println!("one GET and one check each, {seconds} s, up to 1,000 VUs, one row per run; {}", server.name);
    println!(
        "`stolen`: what the host took of the generator's core; runs with more than {STOLEN} % are repeated\n"
    );
    println!("{}", table.render());
    println!(
        "- budget: p99 at most {BUDGET} µs at 1,000 and 10,000 arrivals/s on a core that is otherwise idle"
    );
    Ok(())
}

fn arrivals(suite: &Suite, server: &Server, rate: u32, seconds: u32) -> Result<(Ended, Value)> {
    let (rate, duration) = (rate.to_string(), format!("{seconds}s"));
    let words = ["--rate", &rate, "--vus", "200", "--max-vus", "1000", "--duration", &duration];
    summary::run(suite, server, &committed("hello"), &words)
}
