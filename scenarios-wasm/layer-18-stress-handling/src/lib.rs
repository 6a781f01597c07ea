//! Layer 18: whether the target still serves everybody at twice the load.
//!
//! `verdict.rs` draws the conclusions.

mod verdict;

use evidence::{Spread, Value, entries, json, text};
use strata_guest::prelude::*;

use verdict::{Load, TARGET, conclude};

/// Users of the baseline; under stress there are twice as many.
const BASELINE: u32 = 8;
const STRESS: u32 = 2 * BASELINE;
/// What they ask for, in turns.
const PATHS: [&str; 3] = ["/api/events/sidebar", "/api/dashboard", "/api/posts/feed"];
/// Whether an answer was good and whole.
const SERVED: Rate = Rate::new("requests_served");

struct Stress {
    pages: Vec<Prepared>,
}

impl Scenario for Stress {
    fn describe() -> Manifest {
        let stage = |name, vus, seconds| {
            Stage::constant_vus(name, vus, Duration::from_secs(seconds)).graceful_stop(Duration::from_secs(5))
        };
        Manifest::new("layer-18-stress-handling")
            .layer(18, "Stress Handling", "Security")
            .fix_priority(Priority::High)
            .stage(stage("baseline", BASELINE, 2))
            .stage(stage("stress", STRESS, 2))
            .metric(&SERVED)
            .goal(Goal::at_least("success-rate", TARGET, "%").judged())
    }

    fn start() -> Result<Stress, Failure> {
        let pages = PATHS.iter().map(|path| Request::get(*path).prepare()).collect::<Result<_, _>>()?;
        Ok(Stress { pages })
    }

    fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
        // Users are out of step, so that each page is always asked for by somebody.
        let turn = context.iteration.wrapping_add(context.vu) as usize;
        let turn = turn.checked_rem(self.pages.len()).unwrap_or_default();
        let Some(page) = self.pages.get(turn) else { return Ok(()) };
        match page.send() {
            Ok(answer) => Ok(SERVED.add(answer.status == 200 && whole(&json(&answer.text())))?),
            Err(error) => {
                SERVED.add(false)?;
                Err(error.into())
            }
        }
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let mut loads = Vec::new();
        for (stage, users) in [("baseline", BASELINE), ("stress", STRESS)] {
            loads.push(Load {
                users,
                served: results::stat(&format!("requests_served{{stage:{stage}}}"), Aggregate::Rate)?,
                rate: results::stat(&format!("http_reqs{{stage:{stage}}}"), Aggregate::Rate)?,
                spread: Spread::of(&format!("http_req_duration{{stage:{stage}}}"))?,
            });
        }
        Ok(match loads.as_slice() {
            [baseline, stress] => vec![conclude(baseline, stress)],
            _ => Vec::new(),
        })
    }
}

/// Whether a page has its visitor and entries; the dashboard has them further down.
fn whole(page: &Value) -> bool {
    let page = page.get("newest").unwrap_or(page);
    text(page, "/visitor/name").is_some() && !entries(page, "/items").is_empty()
}

strata_guest::export!(Stress);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stress_is_twice_the_baseline() {
        let vus: Vec<_> = Stress::describe().stages.iter().map(|stage| stage.vus).collect();
        assert_eq!(vus, [Some(8), Some(16)]);
    }

    #[test]
    fn a_page_without_entries_is_not_whole() {
        let page = r#"{"visitor":{"name":"A"},"items":[{"id":1}]}"#;
        assert!(whole(&json(page)));
        assert!(whole(&json(&format!(r#"{{"newest":{page},"totals":{{}}}}"#))));
        assert!(!whole(&json(r#"{"visitor":{"name":"A"},"items":[]}"#)));
        assert!(!whole(&json(r#"{"error":"the database is away"}"#)));
    }
}
