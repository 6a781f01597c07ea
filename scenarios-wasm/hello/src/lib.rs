//! The smallest scenario: one request, one check.
//!
//! `--env path=/somewhere` chooses what it asks the target for.

use strata_guest::prelude::*;

struct Hello {
    request: Prepared,
}

impl Scenario for Hello {
    fn describe() -> Manifest {
        Manifest::new("hello")
            .stage(Stage::constant_vus("main", 1, Duration::from_secs(10)))
            .goal(Goal::at_least("checks", 99.0, "%").measured("checks", Aggregate::Rate))
            .needs_env("path")
    }

    fn start() -> Result<Hello, Failure> {
        let path = run::env("path").unwrap_or_else(|| "/".to_owned());
        Ok(Hello { request: Request::get(path).discard_body().prepare()? })
    }

    fn iteration(&mut self, _: &Context) -> Result<(), Failure> {
        let answer = self.request.send()?;
        check("status is 200", answer.status == 200);
        Ok(())
    }
}

strata_guest::export!(Hello);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stage_and_one_measured_goal() {
        let manifest = Hello::describe();
        assert_eq!((manifest.name.as_str(), manifest.stages.len()), ("hello", 1));
        assert!(manifest.goals.iter().all(|goal| goal.measure.is_some()));
    }
}
