//! Layer 3: how much more memory the target has after a load than before it, as it says itself.
//!
//! `verdict.rs` draws the conclusions.

mod verdict;

use evidence::{count, json, number};
use strata_guest::prelude::*;

use verdict::{TARGET, conclude};

/// The stages: memory before, the load, memory after.
const LOAD: u32 = 1;
/// What the load asks for, in turns.
const PATHS: [&str; 3] = ["/api/posts/feed", "/api/events/sidebar", "/api/dashboard"];
/// The target's resident memory.
const MEMORY: Gauge = Gauge::new("target_memory", "MB");

struct Memory {
    health: Prepared,
    pages: Vec<Prepared>,
}

impl Scenario for Memory {
    fn describe() -> Manifest {
        Manifest::new("layer-03-memory-management")
            .layer(3, "Memory Management", "Application")
            .fix_priority(Priority::High)
            .stage(Stage::per_vu_iterations("before", 1, 3).max_duration(Duration::from_secs(10)))
            .stage(
                Stage::constant_vus("load", 4, Duration::from_secs(3)).graceful_stop(Duration::from_secs(5)),
            )
            .stage(Stage::per_vu_iterations("after", 1, 3).max_duration(Duration::from_secs(10)))
            .metric(&MEMORY)
            .goal(Goal::at_most("memory-growth", TARGET, "MB").judged())
            .goal(Goal::at_least("checks", 99.0, "%").warn(99.0).measured("checks", Aggregate::Rate))
    }

    fn start() -> Result<Memory, Failure> {
        let pages = PATHS.iter().map(|path| Request::get(*path).prepare()).collect::<Result<_, _>>()?;
        Ok(Memory { health: Request::get("/health").name("health").prepare()?, pages })
    }

    fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
        if context.stage != LOAD {
            let health = json(&self.health.send()?.text());
            let memory = number(&health, "/memory_bytes").filter(|bytes| *bytes > 0.0);
            check("the target says how much memory it has", memory.is_some());
            return Ok(memory.map_or(Ok(()), |bytes| MEMORY.add(bytes / 1e6))?);
        }
        let turn = (context.iteration as usize).checked_rem(self.pages.len()).unwrap_or_default();
        if let Some(page) = self.pages.get(turn) {
            let answer = page.send()?;
            check("the page is there", answer.status == 200 && answer.length > 100);
        }
        Ok(())
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let before = results::stat("target_memory{stage:before}", Aggregate::Value)?;
        let after = results::stat("target_memory{stage:after}", Aggregate::Value)?;
        Ok(vec![conclude(before, after, count("http_reqs{stage:load}")?)])
    }
}

strata_guest::export!(Memory);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_stands_between_the_measurements() {
        let manifest = Memory::describe();
        let stages: Vec<_> = manifest.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(stages, ["before", "load", "after"]);
        assert_eq!(stages.get(LOAD as usize), Some(&"load"));
        assert_eq!(
            manifest.goals.first().map(|goal| goal.name.clone()),
            Some(conclude(None, None, 0.0).goal)
        );
    }
}
