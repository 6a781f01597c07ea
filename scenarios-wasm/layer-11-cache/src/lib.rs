//! Layer 11: how much faster an answer is when it has been given before.
//!
//! Each user asks for keys of its own: once while the cache is cold, and then again and again. `verdict.rs` draws the
//! conclusions.

mod verdict;

use std::collections::HashMap;

use evidence::Spread;
use strata_guest::prelude::*;

use verdict::{NEAR, TARGET, conclude};

/// Users, the keys of each, and how often they ask for one of them when the cache is warm.
const VUS: u32 = 4;
const KEYS: u32 = 10;
const AGAIN: u32 = 40;
/// The stage in which nothing has been asked for before.
const COLD: u32 = 0;
/// How long answers took, by what the cache said.
const TIMES: Trend = Trend::new("cache_times", "ms");

struct Cache {
    statistics: Prepared,
    /// What was answered first.
    first: HashMap<u32, Vec<u8>>,
}

impl Scenario for Cache {
    fn describe() -> Manifest {
        Manifest::new("layer-11-cache")
            .layer(11, "Cache", "Analytics & Monitoring")
            .fix_priority(Priority::High)
            .stage(Stage::per_vu_iterations("cold", VUS, KEYS).max_duration(Duration::from_secs(15)))
            .stage(Stage::per_vu_iterations("warm", VUS, AGAIN).max_duration(Duration::from_secs(15)))
            .metric(&TIMES)
            .goal(Goal::at_least("improvement", TARGET, "%").warn(NEAR).judged())
            .goal(Goal::at_least("checks", 99.0, "%").warn(99.0).measured("checks", Aggregate::Rate))
    }

    /// Empties the cache.
    fn setup() -> Result<Vec<u8>, Failure> {
        let emptied = Request::delete("/api/stats").send()?;
        match emptied.status {
            204 => Ok(Vec::new()),
            status => Err(Failure::new("not-emptied", format!("{status}: {}", emptied.text()))),
        }
    }

    fn start() -> Result<Cache, Failure> {
        let statistics = Request::get("/api/stats/1").name("statistics").prepare()?;
        Ok(Cache { statistics, first: HashMap::new() })
    }

    fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
        let key = (context.vu - 1) * KEYS + context.iteration % KEYS + 1;
        let answer = self.statistics.send_with(Overrides::new().url(&format!("/api/stats/{key}")))?;
        check("status is 200", answer.status == 200);
        let said = answer.header("x-cache").unwrap_or_else(|| "nothing".to_owned());
        TIMES.add_tagged(answer.timings.duration, "cache", &said)?;
        let body = answer.body();
        if context.stage == COLD {
            check("the cache is cold", said != "hit");
            self.first.insert(key, body);
        } else {
            check("the answer is the same as the first one", self.first.get(&key) == Some(&body));
        }
        Ok(())
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let of = |stage: &str| Spread::of(&format!("cache_times{{stage:{stage}}}"));
        let said = |said: &str| Spread::of(&format!("cache_times{{stage:warm,cache:{said}}}"));
        Ok(vec![conclude(of("cold")?, of("warm")?, said("hit")?, said("miss")?)])
    }
}

strata_guest::export!(Cache);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cold_stage_comes_first() {
        let manifest = Cache::describe();
        let stages: Vec<_> = manifest.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!((stages.get(COLD as usize), stages.len()), (Some(&"cold"), 2));
        let finding = conclude(None, None, None, None);
        assert_eq!(manifest.goals.first().map(|goal| goal.name.clone()), Some(finding.goal));
    }
}
