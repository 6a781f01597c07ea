//! `closed` and `vus`: one GET and one check per iteration, as fast as it goes, on one core.

use anyhow::Result;

use crate::Suite;
use crate::rounds::{Lap, Rounds, take};
use crate::server::Server;
use crate::table::{Table, number};
use crate::tools::{Load, Tool};

/// How long a run lasts by default, in seconds.
const SECONDS: u32 = 5;

/// Prints the table for a number of VUs.
///
/// # Errors
/// When the server fails.
pub fn run(suite: &Suite, vus: u32) -> Result<()> {
    let server = Server::start(&suite.machine)?;
    let load = Load { url: server.url(), vus, seconds: Some(suite.seconds(SECONDS)), streams: None };
    let tools = [Tool::Wrk, Tool::WrkLua, Tool::Strata, Tool::K6];
    let rounds = take(suite, &server, &tools, &load, suite.runs)?;
    println!("{vus} VUs, {} s, median of {}; {}\n", suite.seconds(SECONDS), suite.runs, server.name);
    println!("{}", table(&rounds).render());
    for (own, other, budget) in
        [(Tool::Strata, Tool::WrkLua, "at most 1.10"), (Tool::K6, Tool::Strata, "at least 7")]
    {
        if let (Some(above), Some(below)) = (rounds.of(own), rounds.of(other)) {
            let ratio = number(above.ratio(below), 2);
            println!("- {} costs {ratio} x {} (budget at 64 VUs: {budget})", own.name(), other.name());
        }
    }
    suite.notes(&rounds.notes);
    Ok(())
}

fn table(rounds: &Rounds) -> Table {
    let mut table = Table::new(&[
        "tool",
        "req/s",
        "CPU µs/req",
        "user",
        "kernel",
        "x wrk",
        "RSS MiB",
        "errors",
        "server CPU %",
    ]);
    for laps in &rounds.laps {
        let ratio = rounds.of(Tool::Wrk).map_or(f64::NAN, |wrk| laps.ratio(wrk));
        table.row(vec![
            laps.tool.name().to_owned(),
            number(laps.median(|lap| lap.per_second), 0),
            number(laps.median(Lap::cost), 2),
            number(laps.median(|lap| lap.user), 2),
            number(laps.median(|lap| lap.kernel), 2),
            number(ratio, 2),
            number(laps.median(|lap| lap.resident), 0),
            number(laps.most(|lap| lap.errors as f64), 0),
            number(laps.median(|lap| lap.server), 0),
        ]);
    }
    table
}
