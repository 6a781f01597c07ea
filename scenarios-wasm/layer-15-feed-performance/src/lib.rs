//! Layer 15: how long the feed takes while several users read it.
//!
//! `verdict.rs` draws the conclusions.

mod verdict;

use evidence::{Spread, Value, entries, json, number};
use strata_guest::prelude::*;

use verdict::{TARGET, conclude};

/// Users who read the feed at the same time.
const VUS: u32 = 4;

struct Feed {
    feed: Prepared,
}

impl Scenario for Feed {
    fn describe() -> Manifest {
        Manifest::new("layer-15-feed-performance")
            .layer(15, "Feed Performance", "Business Logic")
            .fix_priority(Priority::High)
            .stage(
                Stage::constant_vus("feed", VUS, Duration::from_secs(3))
                    .graceful_stop(Duration::from_secs(5)),
            )
            .goal(Goal::at_most("response-time", TARGET, "ms").judged())
            .goal(Goal::at_least("checks", 99.0, "%").warn(99.0).measured("checks", Aggregate::Rate))
    }

    fn start() -> Result<Feed, Failure> {
        Ok(Feed { feed: Request::get("/api/posts/feed").name("feed").prepare()? })
    }

    fn iteration(&mut self, _: &Context) -> Result<(), Failure> {
        let answer = self.feed.send()?;
        check("status is 200", answer.status == 200);
        check("the newest posts come first", newest_first(&json(&answer.text())));
        Ok(())
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let spread = Spread::of("http_req_duration{name:feed,expected_response:true}")?;
        Ok(vec![conclude(spread, VUS)])
    }
}

/// Whether a feed has posts, each older than the one before.
fn newest_first(feed: &Value) -> bool {
    let times: Vec<f64> =
        entries(feed, "/items").iter().filter_map(|post| number(post, "/created_at")).collect();
    !times.is_empty() && times.is_sorted_by(|a, b| a > b)
}

strata_guest::export!(Feed);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_that_is_empty_or_out_of_order_is_none() {
        for (feed, good) in [
            (r#"{"items":[{"created_at":2},{"created_at":1}]}"#, true),
            (r#"{"items":[{"created_at":1},{"created_at":2}]}"#, false),
            (r#"{"items":[]}"#, false),
            (r#"{"error":"the database is away"}"#, false),
        ] {
            assert_eq!(newest_first(&json(feed)), good, "{feed}");
        }
    }

    #[test]
    fn the_judged_goal_is_the_one_that_the_finding_names() {
        let goals = Feed::describe().goals;
        assert_eq!(goals.first().map(|goal| goal.name.clone()), Some(conclude(None, VUS).goal));
    }
}
