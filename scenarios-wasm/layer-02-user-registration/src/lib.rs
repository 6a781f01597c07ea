//! Layer 2: whether users who register at the same time all get an account, once and whole.
//!
//! Each registration is looked up afterwards, whatever was answered. `verdict.rs` draws the conclusions.

mod verdict;

use std::time::{SystemTime, UNIX_EPOCH};

use evidence::{Value, count, entries, holds, json, text};
use strata_guest::prelude::*;

use verdict::{Left, TARGET, conclude};

/// Users who register at the same time, and how often each does.
const VUS: u32 = 12;
const EACH: u32 = 25;
/// Whether the account is there, once and whole, and was said to be.
const REGISTERED: Rate = Rate::new("registered");
/// Answers that were not 201, by what they said.
const REFUSED: Counter = Counter::new("registrations_refused", "");
/// What was found afterwards.
const LEFT: Counter = Counter::new("accounts_left", "");

struct Registration {
    register: Prepared,
    look_up: Prepared,
    /// Tells this run's addresses from those of others.
    run: String,
}

impl Scenario for Registration {
    fn describe() -> Manifest {
        Manifest::new("layer-02-user-registration")
            .layer(2, "User Registration", "Database")
            .fix_priority(Priority::Critical)
            .stage(Stage::per_vu_iterations("register", VUS, EACH).max_duration(Duration::from_secs(15)))
            .metric(&REGISTERED)
            .metric(&REFUSED)
            .metric(&LEFT)
            .goal(Goal::at_least("success-rate", TARGET, "%").judged())
    }

    fn setup() -> Result<Vec<u8>, Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(format!("{:x}", now.as_nanos()).into_bytes())
    }

    fn start() -> Result<Registration, Failure> {
        Ok(Registration {
            register: Request::post("/api/users").json("{}").name("register").prepare()?,
            look_up: Request::get("/api/users").name("look up").prepare()?,
            run: String::from_utf8_lossy(&run::setup_data()).into_owned(),
        })
    }

    fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
        let email = format!("vu{}.{}.{}@example.org", context.vu, context.iteration, self.run);
        let body = format!(r#"{{"email":"{email}","name":"User {}"}}"#, context.vu);
        let answer = self.register.send_with(Overrides::new().body(body.as_bytes()))?;
        let made = answer.status == 201;
        if !made {
            let said = json(&answer.text());
            let said = text(&said, "/error").unwrap_or("nothing");
            REFUSED.add_tagged(1.0, "answer", &plain(&format!("{} {said}", answer.status)))?;
        }
        let found = self.look_up.send_with(Overrides::new().url(&format!("/api/users?email={email}")))?;
        let left = left(&json(&found.text()), &email);
        if let Some(left) = left {
            LEFT.add_tagged(1.0, "left", left.as_str())?;
        }
        REGISTERED.add(made && left == Some(Left::Whole))?;
        Ok(())
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let mut refused = Vec::new();
        for answer in results::values("registrations_refused", "answer")? {
            let times = count(&format!("registrations_refused{{answer:\"{answer}\"}}"))?;
            refused.push((answer, times));
        }
        let mut left = Vec::new();
        for what in Left::ALL {
            left.push((what, count(&format!("accounts_left{{left:{}}}", what.as_str()))?));
        }
        let rate = results::stat("registered", Aggregate::Rate)?;
        Ok(vec![conclude(rate, count("registered")?, &refused, &left)])
    }
}

/// A text that can stand in a selector.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).take(80).collect()
}

/// What a look-up found; nothing if it did not answer.
fn left(body: &Value, email: &str) -> Option<Left> {
    body.get("users")?;
    let own = |user: &Value| text(user, "/email") == Some(email);
    Some(match entries(body, "/users") {
        [] => Left::Nothing,
        [user] if own(user) && holds(user, "/complete") => Left::Whole,
        [user] if own(user) => Left::Half,
        _ => Left::Several,
    })
}

strata_guest::export!(Registration);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_read_from_the_answer() {
        for (body, found) in [
            (r#"{"users":[]}"#, Some(Left::Nothing)),
            (r#"{"users":[{"email":"a@b","complete":true}]}"#, Some(Left::Whole)),
            (r#"{"users":[{"email":"a@b","complete":false}]}"#, Some(Left::Half)),
            (r#"{"users":[{"email":"c@d","complete":true}]}"#, Some(Left::Several)),
            (r#"{"users":[{"email":"a@b"},{"email":"a@b"}]}"#, Some(Left::Several)),
            (r#"{"error":"the database is locked"}"#, None),
        ] {
            assert_eq!(left(&json(body), "a@b"), found, "{body}");
        }
    }

    #[test]
    fn the_judged_goal_is_the_one_that_the_finding_names() {
        let goals = Registration::describe().goals;
        assert_eq!(goals.first().map(|goal| goal.name.clone()), Some(conclude(None, 0.0, &[], &[]).goal));
    }
}
