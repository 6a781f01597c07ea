//! Runs that take turns: A B C, A B C, ... so that what drifts, drifts for all of them.

use anyhow::{Result, anyhow};

use crate::Suite;
use crate::process;
use crate::server::Server;
use crate::table::median;
use crate::tools::{Load, Tool};

/// What one run of a generator did, and what it cost.
#[derive(Clone, Copy, Debug)]
pub struct Lap {
    /// Requests that the server counted, per second of the time that was asked for.
    pub per_second: f64,
    /// Microseconds of processor time per request outside of the kernel.
    pub user: f64,
    /// The same in the kernel.
    pub kernel: f64,
    /// Milliseconds from its start to its end.
    pub wall: f64,
    /// MiB in memory at most.
    pub resident: f64,
    /// Requests that failed, as it says.
    pub errors: u64,
    /// How much of its core the server used, in percent.
    pub server: f64,
    /// How much of the two cores neither of them used, in percent of one core; a second is too short to tell.
    pub others: Option<f64>,
}

impl Lap {
    /// Microseconds of processor time per request.
    pub fn cost(&self) -> f64 {
        self.user + self.kernel
    }
}

/// The laps of one generator, one for each round; `None` where it failed.
#[derive(Debug)]
pub struct Laps {
    /// Which generator.
    pub tool: Tool,
    laps: Vec<Option<Lap>>,
}

impl Laps {
    /// The median of a number over the rounds.
    pub fn median(&self, number: impl Fn(&Lap) -> f64) -> f64 {
        median(self.laps.iter().flatten().map(number).collect())
    }

    /// The most of a number over the rounds.
    pub fn most(&self, number: impl Fn(&Lap) -> f64) -> f64 {
        self.laps.iter().flatten().map(number).fold(f64::NAN, f64::max)
    }

    /// The median of a number of two generators' laps of the same round.
    pub fn beside(&self, other: &Laps, number: impl Fn(&Lap, &Lap) -> f64) -> f64 {
        let both =
            self.laps.iter().zip(&other.laps).filter_map(|(own, other)| own.as_ref().zip(other.as_ref()));
        median(both.map(|(own, other)| number(own, other)).collect())
    }

    /// The ratio of costs to another generator's.
    pub fn ratio(&self, other: &Laps) -> f64 {
        self.beside(other, |own, other| own.cost() / other.cost())
    }
}

/// All generators' laps, and what there is to say about them.
#[derive(Debug)]
pub struct Rounds {
    /// In the order asked for.
    pub laps: Vec<Laps>,
    /// What could not be run, and why.
    pub notes: Vec<String>,
}

impl Rounds {
    /// The laps of one generator.
    pub fn of(&self, tool: Tool) -> Option<&Laps> {
        self.laps.iter().find(|laps| laps.tool == tool)
    }
}

/// Runs each generator once per round.
///
/// # Errors
/// When the server fails, or the kernel does not account; a generator that fails is noted.
pub fn take(suite: &Suite, server: &Server, tools: &[Tool], load: &Load, rounds: u32) -> Result<Rounds> {
    let mut notes = Vec::new();
    let mut all = Vec::new();
    for &tool in tools {
        match tool.program() {
            Ok(_) => all.push(Laps { tool, laps: Vec::new() }),
            Err(why) => notes.push(format!("{} was not run: {why}", tool.name())),
        }
    }
    for round in 1..=rounds {
        for laps in &mut all {
            eprintln!("round {round} of {rounds}: {} with {} VUs", laps.tool.name(), load.vus);
            let lap = lap(suite, server, laps.tool, load)?;
            if let Err(why) = &lap {
                notes.push(format!("{} in round {round}: {why:#}", laps.tool.name()));
            }
            laps.laps.push(lap.ok());
        }
    }
    let most = all.iter().map(|laps| laps.most(|lap| lap.others.unwrap_or(0.0))).fold(0.0, f64::max);
    if most >= 10.0 {
        notes.push(format!("others took up to {most:.0} % of a core during a run: trust the ratios only"));
    }
    Ok(Rounds { laps: all, notes })
}

/// One run. The outer error ends the benchmark, the inner one is the generator's own.
fn lap(suite: &Suite, server: &Server, tool: Tool, load: &Load) -> Result<Result<Lap>> {
    let (machine, folder) = (&suite.machine, suite.folder.path());
    let argv = tool.command(load, machine.generator_core, folder)?;
    let (requests, server_time, busy) = (server.requests()?, server.processor_time()?, machine.busy()?);
    let ended = process::run(&argv, folder)?;
    let (server_time, busy) = (server.processor_time()? - server_time, machine.busy()? - busy);
    // The question itself is counted too.
    let requests = server.requests()?.saturating_sub(requests + 1);
    let errors = match tool.errors(&ended, folder) {
        Ok(errors) => errors,
        Err(why) => return Ok(Err(why)),
    };
    if requests == 0 {
        return Ok(Err(anyhow!("no request reached the server")));
    }
    let wall = ended.wall.as_secs_f64();
    let seconds = load.seconds.map_or(wall, f64::from);
    let each = |seconds: f64| seconds * 1e6 / requests as f64;
    let others = busy - server_time - ended.user - ended.kernel;
    Ok(Ok(Lap {
        per_second: requests as f64 / seconds,
        user: each(ended.user),
        kernel: each(ended.kernel),
        wall: wall * 1e3,
        resident: ended.most_resident as f64 / 1024.0,
        errors,
        server: server_time / wall * 100.0,
        others: (wall > 1.0).then(|| others / wall * 100.0),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laps(tool: Tool, costs: [Option<f64>; 3]) -> Laps {
        let lap = |cost: f64| Lap {
            per_second: 1.0,
            user: cost / 4.0,
            kernel: cost * 3.0 / 4.0,
            wall: 1.0,
            resident: 1.0,
            errors: 0,
            server: 1.0,
            others: None,
        };
        Laps { tool, laps: costs.map(|cost| cost.map(lap)).into() }
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let wrk = laps(Tool::Wrk, [Some(10.0), Some(20.0), Some(5.0)]);
        let strata = laps(Tool::Strata, [Some(15.0), None, Some(5.0)]);
        assert_eq!(strata.ratio(&wrk), 1.25);
        assert_eq!(strata.median(Lap::cost), 10.0);
        assert_eq!(wrk.most(Lap::cost), 20.0);
        assert!(laps(Tool::K6, [None; 3]).ratio(&wrk).is_nan());
    }
}
