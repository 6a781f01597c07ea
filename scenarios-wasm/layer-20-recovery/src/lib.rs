//! Layer 20: how long it takes from a fault of the database to success that lasts.
//!
//! The database is broken for a second; it heals by itself. `verdict.rs` draws the conclusions.

mod verdict;

use evidence::{count, entries, json};
use strata_guest::prelude::*;

use verdict::{GIVE_UP, LASTING, Story, TARGET, conclude};

/// Users who go on asking.
const VUS: u32 = 4;
/// The stages that do something else than ask.
const FAULT: u32 = 1;
const WATCH: u32 = 2;
/// Where the database can be broken, and for how long.
const PATH: &str = "/faults/database";
const AWAY_MS: u32 = 1000;
/// How long a user waits between two requests.
const PAUSE: Duration = Duration::from_millis(20);
/// When the database was broken, on the run's clock in milliseconds.
const BROKEN_AT: Gauge = Gauge::new("fault_at", "ms");
/// Requests that failed after that.
const FAILURES: Counter = Counter::new("failures_after_fault", "");
/// When a request failed.
const FAILED_AT: Gauge = Gauge::new("failure_at", "ms");
/// When a request succeeded, and the one before had not.
const RECOVERED_AT: Gauge = Gauge::new("recovery_at", "ms");
/// When a request succeeded.
const SERVED_AT: Gauge = Gauge::new("success_at", "ms");

struct Recovery {
    page: Prepared,
}

impl Scenario for Recovery {
    fn describe() -> Manifest {
        let longest = Duration::from_secs(15);
        Manifest::new("layer-20-recovery")
            .layer(20, "Recovery", "Business Operations")
            .fix_priority(Priority::High)
            .stage(Stage::per_vu_iterations("before", VUS, 5).max_duration(longest))
            .stage(Stage::per_vu_iterations("fault", 1, 1).max_duration(longest))
            .stage(Stage::per_vu_iterations("recovery", VUS, 1).max_duration(longest))
            .metric(&BROKEN_AT)
            .metric(&FAILURES)
            .metric(&FAILED_AT)
            .metric(&RECOVERED_AT)
            .metric(&SERVED_AT)
            .goal(Goal::at_most("recovery-time", TARGET, "s").warn(GIVE_UP).judged())
            .goal(Goal::at_least("checks", 99.0, "%").warn(99.0).measured("checks", Aggregate::Rate))
    }

    fn start() -> Result<Recovery, Failure> {
        Ok(Recovery { page: Request::get("/api/events/sidebar").name("sidebar").prepare()? })
    }

    fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
        match context.stage {
            FAULT => {
                let broken =
                    Request::post(PATH).json(format!(r#"{{"ms":{AWAY_MS}}}"#)).name("fault").send()?;
                if !check("the database can be broken", broken.status == 204) {
                    return Ok(());
                }
                Ok(BROKEN_AT.add(ms(run::now()))?)
            }
            WATCH => self.watch(),
            _ => {
                let served = self.served();
                check("the page is there before the fault", served);
                Ok(())
            }
        }
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let at = |metric: &str, aggregate| results::stat(&format!("{metric}{{stage:recovery}}"), aggregate);
        Ok(vec![conclude(&Story {
            broken: results::stat("fault_at", Aggregate::Value)?,
            failures: count("failures_after_fault")?,
            failed: at("failure_at", Aggregate::Max)?,
            recovered: at("recovery_at", Aggregate::Max)?,
            served: at("success_at", Aggregate::Max)?,
        })])
    }

    fn teardown() -> Result<(), Failure> {
        Request::delete(PATH).send()?;
        Ok(())
    }
}

impl Recovery {
    /// Whether the page is served, whole.
    fn served(&self) -> bool {
        let whole = |body: &str| !entries(&json(body), "/items").is_empty();
        self.page.send().is_ok_and(|answer| answer.status == 200 && whole(&answer.text()))
    }

    /// Asks until success has lasted, or for so long that it is no recovery any more.
    fn watch(&mut self) -> Result<(), Failure> {
        let began = run::now();
        let mut failing = false;
        let mut since = began;
        loop {
            let served = self.served();
            let now = run::now();
            if served {
                SERVED_AT.add(ms(now))?;
            } else {
                FAILURES.add(1.0)?;
                FAILED_AT.add(ms(now))?;
                since = now;
            }
            if served && failing {
                RECOVERED_AT.add(ms(now))?;
                since = now;
            }
            failing = !served;
            let lasted = served && ms(now.saturating_sub(since)) > LASTING * 1000.0;
            if lasted || ms(now.saturating_sub(began)) > (GIVE_UP + LASTING) * 1000.0 {
                return Ok(());
            }
            run::sleep(PAUSE);
        }
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

strata_guest::export!(Recovery);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fault_comes_between_before_and_after() {
        let manifest = Recovery::describe();
        let stages: Vec<_> = manifest.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(stages, ["before", "fault", "recovery"]);
        assert_eq!(
            (stages.get(FAULT as usize), stages.get(WATCH as usize)),
            (Some(&"fault"), Some(&"recovery"))
        );
        let finding = conclude(&Story::default());
        assert_eq!(manifest.goals.first().map(|goal| goal.name.clone()), Some(finding.goal));
    }
}
