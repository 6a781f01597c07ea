//! `start`: from nothing to one answered request and the end of the process.

use anyhow::Result;

use crate::Suite;
use crate::rounds::take;
use crate::server::Server;
use crate::table::{Table, number};
use crate::tools::{Load, Tool};

/// Starts per run that was asked for: a start is short, and its first ones are odd.
const STARTS: u32 = 5;

/// Prints the table.
///
/// # Errors
/// When the server fails.
pub fn run(suite: &Suite) -> Result<()> {
    let server = Server::start(&suite.machine)?;
    let load = Load { url: server.url(), vus: 1, seconds: None, streams: None };
    let tools = [Tool::Strata, Tool::K6];
    // Compiles the component, and brings the programs into memory.
    take(suite, &server, &tools, &load, 1)?;
    let rounds = take(suite, &server, &tools, &load, suite.runs * STARTS)?;
    let mut table = Table::new(&["tool", "wall ms", "least", "most", "RSS MiB", "errors"]);
    for laps in &rounds.laps {
        table.row(vec![
            laps.tool.name().to_owned(),
            number(laps.median(|lap| lap.wall), 1),
            number(-laps.most(|lap| -lap.wall), 1),
            number(laps.most(|lap| lap.wall), 1),
            number(laps.median(|lap| lap.resident), 0),
            number(laps.most(|lap| lap.errors as f64), 0),
        ]);
    }
    println!("one request, median of {}; {}\n", suite.runs * STARTS, server.name);
    println!("{}", table.render());
    println!("- wrk has no run of one request");
    suite.notes(&rounds.notes);
    Ok(())
}
