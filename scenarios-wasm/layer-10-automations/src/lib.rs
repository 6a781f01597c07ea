//! Layer 10: whether automation runs that are asked for at the same time are each applied exactly once.
//!
//! Every run is asked for twice at once, as whoever delivers at least once does. What became of them is read from the
//! automation when all are done. `verdict.rs` draws the conclusions.

mod verdict;

use evidence::{count, json, number};
use strata_guest::Pair;
use strata_guest::prelude::*;

use verdict::{Fate, TARGET, conclude, fates};

/// Users who ask for runs at the same time, and how often each does.
const VUS: u32 = 8;
const EACH: u32 = 15;
/// The stage in which the runs are looked up.
const VERIFY: u32 = 1;
/// The most runs of one user that are named.
const NAMED: usize = 2;
/// Whether a run was applied once and counted.
const APPLIED: Rate = Rate::new("runs_applied_once");
/// Runs that were not counted, some of them with their names.
const LOST: Counter = Counter::new("runs_lost", "");
/// Runs that were applied more than once, some of them with their names.
const TWICE: Counter = Counter::new("runs_applied_twice", "");

struct Automations {
    run: Request,
    show: Request,
    /// What this user has asked for.
    asked: Vec<String>,
}

impl Scenario for Automations {
    fn describe() -> Manifest {
        Manifest::new("layer-10-automations")
            .layer(10, "Automations", "Deployment")
            .fix_priority(Priority::High)
            .stage(Stage::per_vu_iterations("run", VUS, EACH).max_duration(Duration::from_secs(15)))
            .stage(Stage::per_vu_iterations("verify", VUS, 1).max_duration(Duration::from_secs(10)))
            .metric(&APPLIED)
            .metric(&LOST)
            .metric(&TWICE)
            .goal(Goal::at_least("success-rate", TARGET, "%").warn(TARGET).judged())
    }

    fn setup() -> Result<Vec<u8>, Failure> {
        let made = Request::post("/api/automations").json(r#"{"name":"layer 10"}"#).send()?;
        match number(&json(&made.text()), "/id") {
            Some(id) if made.status == 201 => Ok(format!("{id}").into_bytes()),
            _ => Err(Failure::new("no-automation", format!("{}: {}", made.status, made.text()))),
        }
    }

    fn start() -> Result<Automations, Failure> {
        let id = String::from_utf8_lossy(&run::setup_data()).into_owned();
        Ok(Automations {
            run: Request::post(format!("/api/automations/{id}/run")).name("run"),
            show: Request::get(format!("/api/automations/{id}")).name("show"),
            asked: Vec::new(),
        })
    }

    fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
        if context.stage == VERIFY {
            return self.verify();
        }
        let run = format!("{}-{}", context.vu, context.iteration);
        let request = self.run.clone().json(format!(r#"{{"run":"{run}"}}"#));
        self.asked.push(run);
        for answer in http::send_all(&[request.clone(), request]) {
            check("the run is answered", answer?.status == 200);
        }
        Ok(())
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let rate = results::stat("runs_applied_once", Aggregate::Rate)?;
        let all = count("runs_applied_once")?;
        let lost = (count("runs_lost")?, results::values("runs_lost", "run")?);
        let twice = (count("runs_applied_twice")?, results::values("runs_applied_twice", "run")?);
        Ok(vec![conclude(rate, all, &lost, &twice)])
    }
}

impl Automations {
    /// Looks up what became of this user's runs.
    fn verify(&mut self) -> Result<(), Failure> {
        let shown = self.show.send()?;
        if shown.status != 200 {
            return Err(Failure::new("no-automation", format!("{}: {}", shown.status, shown.text())));
        }
        let (mut lost, mut twice) = (0, 0);
        for (run, fate) in fates(&json(&shown.text()), &self.asked) {
            APPLIED.add(fate == Fate::Once)?;
            match fate {
                Fate::Once => {}
                Fate::Lost => name(&LOST, run, &mut lost)?,
                Fate::Twice => name(&TWICE, run, &mut twice)?,
            }
        }
        Ok(())
    }
}

/// Counts a run, with its name if it is one of the first.
fn name(counter: &Counter, run: &str, named: &mut usize) -> Result<(), Failure> {
    *named += 1;
    let tag = Pair::new("run", run);
    Ok(if *named <= NAMED { counter.add_tagged(1.0, &tag.name, &tag.value) } else { counter.add(1.0) }?)
}

strata_guest::export!(Automations);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_looked_up_when_all_are_done() {
        let manifest = Automations::describe();
        let stages: Vec<_> = manifest.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!((stages.get(VERIFY as usize), stages.len()), (Some(&"verify"), 2));
        let none = (0.0, Vec::new());
        let finding = conclude(None, 0.0, &none, &none);
        assert_eq!(manifest.goals.first().map(|goal| goal.name.clone()), Some(finding.goal));
    }
}
