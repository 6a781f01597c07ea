//! Layer 1: how long the database takes to answer one statement while others ask too.
//!
//! Requests are sent in bursts, all of a burst at the same time: whoever finds no connection is then always in it.
//! `verdict.rs` draws the conclusions.

mod verdict;

use evidence::{Spread, count, holds, json, number};
use strata_guest::prelude::*;

use verdict::{Level, TARGET, conclude};

/// How many ask at once, and the stage's name.
const LEVELS: [(usize, &str); 4] = [(2, "at-2"), (4, "at-4"), (8, "at-8"), (16, "at-16")];
/// Bursts of each stage.
const BURSTS: u32 = 15;
/// Connections that the site opened during a burst.
const OPENED: Counter = Counter::new("connections_opened", "");
/// The connections that the site keeps.
const POOL: Gauge = Gauge::new("connections_kept", "");

struct Connection {
    /// As many as ask at once at most.
    pings: Vec<Prepared>,
    health: Prepared,
    opened: Option<f64>,
}

impl Connection {
    /// The connections opened since the last time.
    fn count_opened(&mut self) -> Result<(), Failure> {
        let health = json(&self.health.send()?.text());
        let opened = number(&health, "/database/opened");
        if let (Some(now), Some(before)) = (opened, self.opened) {
            OPENED.add((now - before).max(0.0))?;
        }
        self.opened = opened;
        number(&health, "/database/pool").map_or(Ok(()), |pool| POOL.add(pool))?;
        Ok(())
    }
}

impl Scenario for Connection {
    fn describe() -> Manifest {
        let manifest = Manifest::new("layer-01-database-connection")
            .layer(1, "Database Connection", "Foundation")
            .fix_priority(Priority::High)
            .metric(&OPENED)
            .metric(&POOL)
            .goal(Goal::at_most("response-time", TARGET, "ms").judged())
            .goal(Goal::at_least("checks", 99.0, "%").warn(99.0).measured("checks", Aggregate::Rate));
        LEVELS.iter().fold(manifest, |manifest, (_, stage)| {
            manifest.stage(Stage::per_vu_iterations(*stage, 1, BURSTS).max_duration(Duration::from_secs(20)))
        })
    }

    fn start() -> Result<Connection, Failure> {
        let most = LEVELS.iter().map(|(at_once, _)| *at_once).max().unwrap_or(1);
        let ping = Request::get("/api/db/ping").name("ping");
        let pings = (0..most).map(|_| ping.prepare()).collect::<Result<_, _>>()?;
        Ok(Connection { pings, health: Request::get("/health").name("health").prepare()?, opened: None })
    }

    fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
        let Some((at_once, _)) = LEVELS.get(context.stage as usize) else {
            return Err(Failure::new("no-such-stage", format!("stage {} has no level", context.stage)));
        };
        if self.opened.is_none() {
            self.count_opened()?;
        }
        let burst: Vec<&Prepared> = self.pings.iter().take(*at_once).collect();
        for answer in http::send_all_prepared(&burst) {
            let good =
                answer.is_ok_and(|answer| answer.status == 200 && holds(&json(&answer.text()), "/database"));
            check("the database answers", good);
        }
        self.count_opened()
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let mut levels = Vec::new();
        for (at_once, stage) in LEVELS {
            let selector = format!("http_req_duration{{stage:{stage},name:ping,expected_response:true}}");
            let opened = count(&format!("connections_opened{{stage:{stage}}}"))?;
            levels.push(Level { at_once: at_once as f64, spread: Spread::of(&selector)?, opened });
        }
        let pool = results::stat("connections_kept", Aggregate::Max)?;
        Ok(vec![conclude(&levels, pool)])
    }
}

strata_guest::export!(Connection);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stages_are_the_levels_in_order() {
        let manifest = Connection::describe();
        let stages: Vec<_> = manifest.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(stages, ["at-2", "at-4", "at-8", "at-16"]);
        assert_eq!(manifest.goals.first().map(|goal| goal.name.clone()), Some(conclude(&[], None).goal));
    }
}
