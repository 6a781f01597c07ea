//! `loop`: what an endless loop of one VU does to the others of its thread.

use anyhow::Result;
use strata_support::probe;

use crate::Suite;
use crate::server::Server;
use crate::summary::{self, figure};
use crate::table::{Table, number};

/// How long a run lasts by default, in seconds.
const SECONDS: u32 = 5;
/// How long a loop may compute.
const LIMIT: &str = "iteration=200ms";
/// How many VUs there are; in an open load the one that loops might never get its turn.
const LOADS: [&str; 2] = ["64", "8"];

/// Prints the durations of the others' requests without a loop and with one.
///
/// # Errors
/// When the server or strata fails, or the guest that loops cannot be built.
pub fn run(suite: &Suite) -> Result<()> {
    let server = Server::start(&suite.machine)?;
    let duration = format!("{}s", suite.seconds(SECONDS));
    let columns = [
        "VUs",
        "VU 1",
        "requests",
        "med µs",
        "p90",
        "p99",
        "p99.9",
        "loops",
        "ended after ms",
        "CPU % of core",
    ];
    let mut table = Table::new(&columns);
    for vus in LOADS {
        for round in 1..=suite.runs {
            for (mode, does) in [("mode=ok", "as the others"), ("mode=spin-one", "loops")] {
                eprintln!("round {round} of {}: {vus} VUs, VU 1 {does}", suite.runs);
                let more = ["--env", mode, "--limit", LIMIT, "--vus", vus, "--duration", &duration];
                let (ended, summary) = summary::run(suite, &server, probe(), &more)?;
                let of = |name| number(figure(&summary, "http_req_duration", name) * 1e3, 0);
                let loops = mode != "mode=ok";
                let loops = |metric, name, digits| {
                    number(if loops { figure(&summary, metric, name) } else { f64::NAN }, digits)
                };
                table.row(vec![
                    vus.to_owned(),
                    does.to_owned(),
                    number(figure(&summary, "http_reqs", "count"), 0),
                    of("med"),
                    of("p90"),
                    of("p99"),
                    of("p999"),
                    loops("iterations_failed", "count", 0),
                    loops("iteration_duration", "max", 0),
                    number((ended.user + ended.kernel) / ended.wall.as_secs_f64() * 100.0, 1),
                ]);
            }
        }
    }
    println!(
        "one GET and one check each, {duration}, one row per run, a loop may take 200 ms; {}\n",
        server.name
    );
    println!("{}", table.render());
    Ok(())
}
