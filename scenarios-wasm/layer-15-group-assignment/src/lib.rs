//! Layer 15: how long it takes to assign members to a group, by the number of members.
//!
//! Each assignment is read back. `verdict.rs` draws the conclusions.

mod verdict;

use evidence::{Spread, Value, count, entries, json, number};
use strata_guest::prelude::*;

use verdict::{Size, TARGET, conclude};

/// How many members are assigned, and the stage's name.
const SIZES: [(u32, &str); 4] =
    [(25, "members-25"), (50, "members-50"), (100, "members-100"), (200, "members-200")];
/// Assignments of each stage.
const EACH: u32 = 2;
/// The users of the site, from 1.
const USERS: u32 = 200;
/// SQL statements that the site ran for an assignment.
const STATEMENTS: Trend = Trend::new("assignment_statements", "");

struct Assignment {
    health: Prepared,
}

impl Scenario for Assignment {
    fn describe() -> Manifest {
        let manifest = Manifest::new("layer-15-group-assignment")
            .layer(15, "Group Assignment", "Business Logic")
            .fix_priority(Priority::Critical)
            .metric(&STATEMENTS)
            .goal(Goal::at_most("response-time", TARGET, "ms").judged())
            .goal(Goal::at_least("checks", 99.0, "%").warn(99.0).measured("checks", Aggregate::Rate));
        SIZES.iter().fold(manifest, |manifest, (_, stage)| {
            manifest.stage(Stage::per_vu_iterations(*stage, 1, EACH).max_duration(Duration::from_secs(20)))
        })
    }

    fn start() -> Result<Assignment, Failure> {
        Ok(Assignment { health: Request::get("/health").name("health").prepare()? })
    }

    fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
        let Some((size, _)) = SIZES.get(context.stage as usize) else {
            return Err(Failure::new("no-such-stage", format!("stage {} has no size", context.stage)));
        };
        let group = context.iteration + 1;
        let members = members(*size, context.iteration);
        let before = self.statements()?;
        let body = format!(r#"{{"members":{members:?}}}"#);
        let path = format!("/api/groups/{group}");
        let answer = Request::post(format!("{path}/assign")).json(body).name("assign").send()?;
        let after = self.statements()?;
        check("status is 200", answer.status == 200);
        if let (Some(before), Some(after)) = (before, after) {
            STATEMENTS.add((after - before).max(0.0))?;
        }
        let read = json(&Request::get(format!("{path}/members")).name("members").send()?.text());
        let found: Vec<_> = entries(&read, "/members").iter().filter_map(Value::as_u64).collect();
        let wanted: Vec<_> = members.iter().copied().map(u64::from).collect();
        check("the group has these members and no others", found == wanted);
        Ok(())
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let mut sizes = Vec::new();
        for (members, stage) in SIZES {
            let selector = format!("http_req_duration{{stage:{stage},name:assign,expected_response:true}}");
            let statements = format!("assignment_statements{{stage:{stage}}}");
            sizes.push(Size {
                members: f64::from(members),
                spread: Spread::of(&selector)?,
                statements: match count(&statements)? {
                    0.0 => None,
                    _ => results::stat(&statements, Aggregate::Avg)?,
                },
            });
        }
        let points: Vec<_> = sizes.iter().filter_map(Size::point).collect();
        // A line that cannot be fitted is no reason to keep the times back.
        Ok(vec![conclude(&sizes, results::fit_linear(&points).ok().as_ref())])
    }
}

impl Assignment {
    /// The statements that the site has run so far.
    fn statements(&self) -> Result<Option<f64>, Failure> {
        Ok(number(&json(&self.health.send()?.text()), "/database/statements"))
    }
}

/// So many users in order, other ones each time.
fn members(size: u32, turn: u32) -> Vec<u32> {
    let mut members: Vec<u32> = (0..size).map(|number| (number + turn * 13) % USERS + 1).collect();
    members.sort_unstable();
    members
}

strata_guest::export!(Assignment);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_users_and_each_is_there_once() {
        for (size, _) in SIZES {
            for turn in 0..8 {
                let mut members = members(size, turn);
                assert!(members.iter().all(|member| (1..=USERS).contains(member)));
                members.dedup();
                assert_eq!(members.len(), size as usize);
            }
        }
    }

    #[test]
    fn the_stages_are_the_sizes_in_order() {
        let manifest = Assignment::describe();
        let stages: Vec<_> = manifest.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(stages, SIZES.map(|(_, stage)| stage));
        assert_eq!(manifest.goals.first().map(|goal| goal.name.clone()), Some(conclude(&[], None).goal));
    }
}
