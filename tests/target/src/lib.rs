//! The reference target: a small community site of users, posts, groups, events and friends, on SQLite.
//!
//! It comes with six [defects](Defect) that a site grows into, all of them (`as-found`), none (`fixed`), or one alone.
//! Each is a mechanism, not a delay: the only thing that is made up is the network between site and database, a
//! fixed [round trip](Options::round_trip) per statement. What no defect is about has the same bytes and the same
//! number of statements in every [profile](Profile).
//!
//! | request | what it does |
//! |---|---|
//! | `GET /api/posts/feed`, `/api/groups`, `/api/events/sidebar`, `/api/friends/suggestions` | pages of 20, 53, 11 and 46 statements |
//! | `GET /api/dashboard` | 12 statements, and 3 more whose answer is kept in the cache |
//! | `GET /api/stats/{group}`, `DELETE /api/stats` | 15 statements whose answer is kept in the cache; empties it |
//! | `GET /api/db/ping` | one statement |
//! | `POST /api/users`, `GET /api/users?email=` | registers `{"email", "name"}`; finds accounts |
//! | `POST /api/groups/{id}/assign`, `GET /api/groups/{id}/members` | makes `{"members": [ids]}` the members; lists them |
//! | `POST /api/automations`, `GET /api/automations/{id}` | makes `{"name"}`; shows it with its runs |
//! | `POST /api/automations/{id}/run` | applies the run `{"run"}`, once |
//! | `GET /health` | status, resident memory, connections opened, hits and misses |
//! | `POST /faults/cache`, `/faults/database`, `DELETE` | takes it away for `{"ms"}`, at most 10,000; gives it back |
//!
//! The server keeps a log of every request that reached it, which tests hold against what a load generator says.
//! Requests below `/_target/` ask for that log and are not in it.
//!
//! Without the feature `site` there is no site and no SQLite, and only the [echo](Echo) is left.

mod echo;
#[cfg(feature = "site")]
mod server;

pub use echo::Echo;
#[cfg(feature = "site")]
pub use server::{Arrival, Arrivals, Defect, Options, Profile, Server};
