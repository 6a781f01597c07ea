//! `overhead`: what a guest costs, over the client that it drives.

use anyhow::Result;

use crate::Suite;
use crate::rounds::{Lap, take};
use crate::server::Server;
use crate::table::{Table, number};
use crate::tools::{Load, Tool};

/// How long a run lasts by default, in seconds.
const SECONDS: u32 = 5;
/// Connections, which are VUs.
const CONNECTIONS: [u32; 2] = [64, 1000];

/// Prints the table.
///
/// # Errors
/// When the server fails.
pub fn run(suite: &Suite) -> Result<()> {
    let mut table =
        Table::new(&["VUs", "generator", "req/s", "CPU µs/req", "user", "kernel", "over it µs", "x"]);
    let mut notes = Vec::new();
    let server = Server::start(&suite.machine)?;
    for vus in CONNECTIONS {
        let load = Load { url: server.url(), vus, seconds: Some(suite.seconds(SECONDS)), streams: None };
        let rounds = take(suite, &server, &[Tool::Native, Tool::Strata], &load, suite.runs)?;
        let native = rounds.of(Tool::Native);
        for laps in &rounds.laps {
            let more =
                native.map_or(f64::NAN, |native| laps.beside(native, |own, alone| own.cost() - alone.cost()));
            table.row(vec![
                number(f64::from(vus), 0),
                laps.tool.name().to_owned(),
                number(laps.median(|lap| lap.per_second), 0),
                number(laps.median(Lap::cost), 2),
                number(laps.median(|lap| lap.user), 2),
                number(laps.median(|lap| lap.kernel), 2),
                number(more, 2),
                number(native.map_or(f64::NAN, |native| laps.ratio(native)), 2),
            ]);
        }
        notes.extend(rounds.notes);
    }
    println!("{} s, median of {}; {}\n", suite.seconds(SECONDS), suite.runs, server.name);
    println!("{}", table.render());
    println!("- budget: at most 1.20 µs over the client at 64 VUs, at most 1.50 x the client at 1,000");
    suite.notes(&notes);
    Ok(())
}
