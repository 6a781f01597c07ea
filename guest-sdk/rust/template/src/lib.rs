//! What a virtual user of @NAME@ does, and what its numbers must be.

use strata_guest::prelude::*;

struct User {
    front: Prepared,
}

impl Scenario for User {
    fn describe() -> Manifest {
        Manifest::new("@NAME@")
            // @LAYER-BEGIN@
            .layer(@LAYER@, "@NAME@", "Area of the system")
            // @LAYER-END@
            .stage(Stage::constant_vus("main", 2, Duration::from_secs(5)))
            .goal(Goal::at_least("checks", 99.0, "%").measured("checks", Aggregate::Rate))
            .goal(Goal::at_most("p95", 200.0, "ms").measured("http_req_duration", Aggregate::P(95.0)))
    }

    /// Once per virtual user: what every iteration needs.
    fn start() -> Result<User, Failure> {
        Ok(User { front: Request::get("/").name("front page").prepare()? })
    }

    /// Over and over.
    fn iteration(&mut self, _: &Context) -> Result<(), Failure> {
        let answer = self.front.send()?;
        check("status is 200", answer.status == 200);
        Ok(())
    }
}

strata_guest::export!(User);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_goal_is_measured() {
        let manifest = User::describe();
        assert_eq!(manifest.name, "@NAME@");
        assert!(manifest.goals.iter().all(|goal| goal.measure.is_some()));
    }
}
