//! Layer 8: how many requests per second four endpoints of the API answer, each under eight users of its own.
//!
//! The layer's number is the mean of the four rates of good answers. `verdict.rs` draws the conclusions.

mod verdict;

use strata_guest::prelude::*;

use verdict::{Endpoint, LAYER_MARK, conclude};

/// The stages, in the order in which they run: each asks for one endpoint.
const ENDPOINTS: [Endpoint; 4] = [
    Endpoint { stage: "feed", path: "/api/posts/feed" },
    Endpoint { stage: "groups", path: "/api/groups" },
    Endpoint { stage: "sidebar", path: "/api/events/sidebar" },
    Endpoint { stage: "suggestions", path: "/api/friends/suggestions" },
];
/// Users of each stage.
const VUS: u32 = 8;
/// How long each stage starts requests.
const DURATION: Duration = Duration::from_secs(3);
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
            .goal(Goal::at_least("checks", 99.0, "%").measured("checks", Aggregate::Rate));
        ENDPOINTS.iter().fold(manifest, |manifest, endpoint| {
            manifest.stage(Stage::constant_vus(endpoint.stage, VUS, DURATION).graceful_stop(GRACE))
        })
    }

    fn start() -> Result<Throughput, Failure> {
        let prepared =
            ENDPOINTS.iter().map(|endpoint| Request::get(endpoint.path).name(endpoint.stage).prepare());
        Ok(Throughput { requests: prepared.collect::<Result<_, _>>()? })
    }

    fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
        let Some(request) = self.requests.get(context.stage as usize) else {
            return Err(Failure::new("no-such-stage", format!("stage {} has no endpoint", context.stage)));
        };
        let answer = request.send()?;
        check("status is 200", answer.status == 200);
        Ok(())
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let mut rates = Vec::with_capacity(ENDPOINTS.len());
        for endpoint in &ENDPOINTS {
            rates.push((endpoint.path, results::stat(&endpoint.selector(), Aggregate::Rate)?));
        }
        Ok(vec![conclude(&rates)])
    }
}

strata_guest::export!(Throughput);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stages_are_the_endpoints_in_order() {
        let manifest = Throughput::describe();
        let stages: Vec<_> = manifest.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(stages, ["feed", "groups", "sidebar", "suggestions"]);
        assert!(manifest.stages.iter().all(|stage| stage.duration_ms == Some(3000) && stage.vus == Some(8)));
    }

    #[test]
    fn the_judged_goal_is_the_one_that_the_finding_names() {
        let judged: Vec<_> =
            Throughput::describe().goals.into_iter().filter(|goal| goal.measure.is_none()).collect();
        let names: Vec<_> = judged.iter().map(|goal| goal.name.as_str()).collect();
        assert_eq!(names, [conclude(&[]).goal]);
    }
}
