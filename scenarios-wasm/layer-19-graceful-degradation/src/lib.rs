//! Layer 19: how much slower the dashboard is when the cache is away.
//!
//! The cache is taken away between two stages and given back afterwards; it comes back by itself too. `verdict.rs`
//! draws the conclusions.

mod verdict;

use evidence::{Spread, count};
use strata_guest::prelude::*;

use verdict::{TARGET, conclude};

/// Users who look at the dashboard at the same time, and how often each does.
const VUS: u32 = 4;
const EACH: u32 = 15;
/// The stages that change something.
const OUTAGE: u32 = 2;
const RETURN: u32 = 4;
/// Where the cache can be taken away.
const FAULT: &str = "/faults/cache";
/// The longest that it is away, in milliseconds.
const AWAY_MS: u32 = 10_000;
/// Whether the cache could be taken away.
const OUTAGES: Counter = Counter::new("cache_outages", "");
/// Answers by what the cache said.
const SAID: Counter = Counter::new("dashboard_cache", "");

struct Degradation {
    dashboard: Prepared,
    /// What was answered first.
    first: Option<Vec<u8>>,
}

impl Scenario for Degradation {
    fn describe() -> Manifest {
        let users = |name| {
            Stage::per_vu_iterations(name, VUS, EACH).max_duration(Duration::from_millis(u64::from(AWAY_MS)))
        };
        let once = |name| Stage::per_vu_iterations(name, 1, 1).max_duration(Duration::from_secs(5));
        Manifest::new("layer-19-graceful-degradation")
            .layer(19, "Graceful Degradation", "Infrastructure")
            .fix_priority(Priority::Medium)
            .stage(once("fill").warm_up())
            .stage(users("with-cache"))
            .stage(once("outage"))
            .stage(users("without-cache"))
            .stage(once("return"))
            .metric(&OUTAGES)
            .metric(&SAID)
            .goal(Goal::at_most("ratio", TARGET, "").judged())
            .goal(Goal::at_least("checks", 99.0, "%").warn(99.0).measured("checks", Aggregate::Rate))
    }

    fn start() -> Result<Degradation, Failure> {
        Ok(Degradation {
            dashboard: Request::get("/api/dashboard").name("dashboard").prepare()?,
            first: None,
        })
    }

    fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
        match context.stage {
            OUTAGE => {
                let taken =
                    Request::post(FAULT).json(format!(r#"{{"ms":{AWAY_MS}}}"#)).name("fault").send()?;
                check("the cache can be taken away", taken.status == 204);
                return Ok(OUTAGES.add(f64::from(u8::from(taken.status == 204)))?);
            }
            RETURN => {
                let back = Request::delete(FAULT).name("fault").send()?;
                check("the cache comes back", back.status == 204);
                return Ok(());
            }
            _ => {}
        }
        let answer = self.dashboard.send()?;
        check("status is 200", answer.status == 200);
        SAID.add_tagged(1.0, "cache", &answer.header("x-cache").unwrap_or_else(|| "nothing".to_owned()))?;
        let body = answer.body();
        check(
            "the dashboard is the same with and without the cache",
            self.first.get_or_insert(body.clone()) == &body,
        );
        Ok(())
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let of = |stage: &str| Spread::of(&format!("http_req_duration{{stage:{stage},name:dashboard}}"));
        let hits = |stage: &str| count(&format!("dashboard_cache{{stage:{stage},cache:hit}}"));
        let outages = count("cache_outages")?;
        let hits = (hits("with-cache")?, hits("without-cache")?);
        Ok(vec![conclude(of("with-cache")?, of("without-cache")?.filter(|_| outages > 0.0), hits)])
    }

    fn teardown() -> Result<(), Failure> {
        Request::delete(FAULT).send()?;
        Ok(())
    }
}

strata_guest::export!(Degradation);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_away_between_the_two_loads() {
        let manifest = Degradation::describe();
        let stages: Vec<_> = manifest.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(stages, ["fill", "with-cache", "outage", "without-cache", "return"]);
        assert_eq!(
            (stages.get(OUTAGE as usize), stages.get(RETURN as usize)),
            (Some(&"outage"), Some(&"return"))
        );
        let finding = conclude(None, None, (0.0, 0.0));
        assert_eq!(manifest.goals.first().map(|goal| goal.name.clone()), Some(finding.goal));
    }
}
