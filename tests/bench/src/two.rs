//! `http2`: one GET and one check per iteration over HTTP/2 without TLS, beside h2load.

use anyhow::{Result, bail};

use crate::Suite;
use crate::rounds::{Lap, take};
use crate::server::Server;
use crate::table::{Table, number};
use crate::tools::{Load, Tool};

/// How long a run lasts by default, in seconds.
const SECONDS: u32 = 5;
/// Requests at the same time.
const VUS: u32 = 64;
/// How many of them are on one connection.
const STREAMS: [u32; 2] = [1, VUS];

/// Prints the table.
///
/// # Errors
/// When the server fails, or there is no nginx.
pub fn run(suite: &Suite) -> Result<()> {
    let server = Server::start(&suite.machine)?;
    let Some(url) = server.url_two() else { bail!("only nginx speaks HTTP/2 here (hint: `--install`)") };
    let mut table = Table::new(&[
        "connections",
        "streams",
        "tool",
        "req/s",
        "CPU µs/req",
        "user",
        "kernel",
        "x h2load",
        "RSS MiB",
        "errors",
        "server CPU %",
    ]);
    let mut notes = Vec::new();
    for streams in STREAMS {
        let load = Load {
            url: url.clone(),
            vus: VUS,
            seconds: Some(suite.seconds(SECONDS)),
            streams: Some(streams),
        };
        let rounds = take(suite, &server, &[Tool::H2load, Tool::Strata], &load, suite.runs)?;
        let rival = rounds.of(Tool::H2load);
        for laps in &rounds.laps {
            table.row(vec![
                number(f64::from(VUS / streams), 0),
                number(f64::from(streams), 0),
                laps.tool.name().to_owned(),
                number(laps.median(|lap| lap.per_second), 0),
                number(laps.median(Lap::cost), 2),
                number(laps.median(|lap| lap.user), 2),
                number(laps.median(|lap| lap.kernel), 2),
                number(rival.map_or(f64::NAN, |rival| laps.ratio(rival)), 2),
                number(laps.median(|lap| lap.resident), 0),
                number(laps.most(|lap| lap.errors as f64), 0),
                number(laps.median(|lap| lap.server), 0),
            ]);
        }
        notes.extend(rounds.notes);
    }
    println!("{VUS} VUs, {} s, median of {}; {}\n", suite.seconds(SECONDS), suite.runs, server.name);
    println!("{}", table.render());
    suite.notes(&notes);
    Ok(())
}
