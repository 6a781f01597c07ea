//! Layer 8: how many requests per second four endpoints of the API answer, each under eight users of its own.
//!
//! The layer's number is the mean of the four rates of good answers. One endpoint is also asked by fewer users, to see
//! whether throughput rises with concurrency. `verdict.rs` draws the conclusions.

mod verdict;

use evidence::{Spread, entries, json};
use strata_guest::prelude::*;

use verdict::{Endpoint, LAYER_MARK, Level, Scaling, conclude, point};

/// The stages, in the order in which they run: each asks for one endpoint.
const ENDPOINTS: [Endpoint; 4] = [
    Endpoint { stage: "feed", path: "/api/posts/feed" },
    Endpoint { stage: "groups", path: "/api/groups" },
    Endpoint { stage: "sidebar", path: "/api/events/sidebar" },
    Endpoint { stage: "suggestions", path: "/api/friends/suggestions" },
];
/// Which of them is also asked by fewer users.
const SCALED: usize = 2;
/// Users of each stage.
const VUS: u32 = 8;
/// How long each stage starts requests.
const DURATION: Duration = Duration::from_millis(1500);
/// The stages of fewer users, which all ask for the scaled endpoint.
const FEWER: [(u32, &str); 5] =
    [(1, "sidebar-1"), (2, "sidebar-2"), (3, "sidebar-3"), (4, "sidebar-4"), (6, "sidebar-6")];
/// How long each of them starts requests.
const SHORTER: Duration = Duration::from_millis(500);
/// How long the last requests of a stage may take.
const GRACE: Duration = Duration::from_secs(5);

struct Throughput {
    /// In the order of `ENDPOINTS`.
    requests: Vec<Prepared>,
}

impl Scenario for Throughput {
    fn describe() -> Manifest {
        let manifest = Manifest::new("layer-08-api-throughput")
            .layer(8, "Throughput", "API & Services")
            .fix_priority(Priority::Critical)
            .goal(Goal::at_least("throughput", LAYER_MARK, "req/s").judged())
            .goal(Goal::at_least("checks", 99.0, "%").warn(99.0).measured("checks", Aggregate::Rate));
        let full = ENDPOINTS.iter().map(|endpoint| (endpoint.stage, VUS, DURATION));
        let fewer = FEWER.iter().map(|(vus, stage)| (*stage, *vus, SHORTER));
        full.chain(fewer).fold(manifest, |manifest, (stage, vus, duration)| {
            manifest.stage(Stage::constant_vus(stage, vus, duration).graceful_stop(GRACE))
        })
    }

    fn start() -> Result<Throughput, Failure> {
        let prepared =
            ENDPOINTS.iter().map(|endpoint| Request::get(endpoint.path).name(endpoint.stage).prepare());
        Ok(Throughput { requests: prepared.collect::<Result<_, _>>()? })
    }

    fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
        let request = self.requests.get(context.stage as usize).or(self.requests.get(SCALED));
        let Some(request) = request else {
            return Err(Failure::new("no-such-stage", format!("stage {} has no endpoint", context.stage)));
        };
        let answer = request.send()?;
        check("status is 200", answer.status == 200);
        check("the page has its entries", !entries(&json(&answer.text()), "/items").is_empty());
        Ok(())
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let mut rates = Vec::with_capacity(ENDPOINTS.len());
        for endpoint in &ENDPOINTS {
            rates.push((endpoint.path, results::stat(&endpoint.selector("http_reqs"), Aggregate::Rate)?));
        }
        Ok(vec![conclude(&rates, scaling()?.as_ref())])
    }
}

/// What the scaled endpoint's throughput does when more users ask; nothing if it did not answer all of them.
fn scaling() -> Result<Option<Scaling>, Failure> {
    let scaled = &ENDPOINTS[SCALED];
    let mut levels = Vec::new();
    for (vus, stage) in FEWER.into_iter().chain([(VUS, scaled.stage)]) {
        let endpoint = Endpoint { stage, ..*scaled };
        let rate = results::stat(&endpoint.selector("http_reqs"), Aggregate::Rate)?;
        let spread = Spread::of(&endpoint.selector("http_req_duration"))?;
        let (Some(rate), Some(spread)) = (rate, spread) else { return Ok(None) };
        levels.push(Level { users: vus, rate, ms: spread.avg });
    }
    let points: Vec<_> = levels.iter().map(point).collect();
    // A curve that cannot be fitted is no reason to keep the rates back.
    Ok(Some(Scaling { path: scaled.path, levels, law: results::fit_usl(&points).ok() }))
}

strata_guest::export!(Throughput);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stages_are_the_endpoints_and_then_fewer_users() {
        let manifest = Throughput::describe();
        let stages: Vec<_> =
            manifest.stages.iter().map(|stage| (stage.name.as_str(), stage.vus.unwrap_or(0))).collect();
        let full = [("feed", 8), ("groups", 8), ("sidebar", 8), ("suggestions", 8)];
        let fewer =
            [("sidebar-1", 1), ("sidebar-2", 2), ("sidebar-3", 3), ("sidebar-4", 4), ("sidebar-6", 6)];
        assert_eq!(stages, full.into_iter().chain(fewer).collect::<Vec<_>>());
    }

    #[test]
    fn the_judged_goal_is_the_one_that_the_finding_names() {
        let judged: Vec<_> =
            Throughput::describe().goals.into_iter().filter(|goal| goal.measure.is_none()).collect();
        let names: Vec<_> = judged.iter().map(|goal| goal.name.as_str()).collect();
        assert_eq!(names, [conclude(&[], None).goal]);
    }
}
