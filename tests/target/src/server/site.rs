//! The site: what each request does with the database.

mod accounts;
mod assignments;
mod automations;
mod pages;
mod stats;

use std::time::Instant;

use serde::Serialize;

use crate::server::cache::Cache;
use crate::server::database::Database;
use crate::server::profile::{Defect, Profile};
pub(crate) use crate::server::reply::{Problem, Reply};
pub(crate) use accounts::Registration;
pub(crate) use assignments::Assignment;
pub(crate) use automations::{New, Trigger};
pub(crate) use pages::Page;

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    Page(Page),
    Dashboard,
    Ping,
    Statistics(i64),
    Register(Registration),
    Accounts(String),
    Members(i64),
    Assign(i64, Assignment),
    MakeAutomation(New),
    ShowAutomation(i64),
    RunAutomation(i64, Trigger),
}

/// The site over its database.
pub(crate) struct Site {
    pub(crate) database: Database,
    pub(crate) cache: Cache,
    pub(crate) profile: Profile,
    pub(crate) started: Instant,
}

/// The dashboard's two parts, each JSON.
#[derive(Serialize)]
struct Dashboard {
    newest: serde_json::Value,
    totals: serde_json::Value,
}

impl Site {
    /// Whether requests of this kind are answered one at a time.
    pub(crate) fn takes_turns(&self, asked: &Asked) -> bool {
        self.profile.has(Defect::Blocking) && matches!(asked, Asked::Page(_))
    }

    /// Answers. Blocks: on the connection, and on each statement's round trip.
    pub(crate) fn answer(&self, asked: &Asked) -> Result<Reply, Problem> {
        match asked {
            Asked::Page(page) => self.page(*page),
            Asked::Dashboard => self.dashboard(),
            Asked::Statistics(group) => self.statistics(*group),
            Asked::Ping => {
                let one: i64 = self.database.session()?.value("SELECT 1", &[])?;
                Reply::good(&serde_json::json!({ "database": one == 1 }))
            }
            Asked::Register(new) => {
                let session = self.database.session()?;
                let made = if self.profile.has(Defect::Registration) {
                    accounts::register_in_steps(&session, new)
                } else {
                    accounts::register(&session, new)
                };
                Reply::new(201, &made?)
            }
            Asked::Accounts(email) => {
                let users = accounts::with_email(&self.database.session()?, email)?;
                Reply::good(&serde_json::json!({ "users": users }))
            }
            Asked::Members(group) => Reply::good(&assignments::members(&self.database.session()?, *group)?),
            Asked::Assign(group, wanted) => {
                let session = self.database.session()?;
                let assigned = if self.profile.has(Defect::NPlusOne) {
                    assignments::assign_one_by_one(&session, *group, wanted)
                } else {
                    assignments::assign(&session, *group, wanted)
                };
                Reply::good(&assigned?)
            }
            Asked::MakeAutomation(new) => {
                Reply::new(201, &automations::make(&self.database.session()?, new)?)
            }
            Asked::ShowAutomation(id) => Reply::good(&automations::show(&self.database.session()?, *id)?),
            Asked::RunAutomation(id, trigger) => {
                let session = self.database.session()?;
                let ran = if self.profile.has(Defect::AutomationRace) {
                    automations::run_unguarded(&session, *id, trigger)
                } else {
                    automations::run(&session, *id, trigger)
                };
                Reply::good(&ran?)
            }
        }
    }

    fn page(&self, page: Page) -> Result<Reply, Problem> {
        let session = &self.database.session()?;
        match page {
            Page::Feed => Reply::good(&pages::feed(session)?),
            Page::Groups => Reply::good(&pages::groups(session)?),
            Page::Sidebar => Reply::good(&pages::sidebar(session)?),
            Page::Suggestions => Reply::good(&pages::suggestions(session)?),
        }
    }

    fn statistics(&self, group: i64) -> Result<Reply, Problem> {
        let (body, hit) = self.cache.get(&format!("statistics of group {group}"), || {
            let found = stats::of_group(&self.database.session()?, group)?;
            let found = found.ok_or_else(|| Problem::Missing(format!("there is no group {group}")))?;
            Ok::<_, Problem>(Reply::good(&found)?.body)
        })?;
        Ok(Reply { status: 200, body, cache: Some(if hit { "hit" } else { "miss" }) })
    }

    /// Most of it is read from the database each time; the totals come from the cache.
    fn dashboard(&self) -> Result<Reply, Problem> {
        let session = self.database.session()?;
        let newest = pages::newest(&session)?;
        let (totals, hit) =
            self.cache.get("totals", || Ok::<_, Problem>(Reply::good(&stats::totals(&session)?)?.body))?;
        let broken = |error: serde_json::Error| Problem::Broken(error.to_string());
        let dashboard = Dashboard {
            newest: serde_json::to_value(newest).map_err(broken)?,
            totals: serde_json::from_slice(&totals).map_err(broken)?,
        };
        let reply = Reply::good(&dashboard)?;
        Ok(Reply { cache: Some(if hit { "hit" } else { "miss" }), ..reply })
    }
}

/// Whether a short text is one: not empty, at most 100 characters, none of them a control character.
fn text(name: &str, value: &str) -> Result<(), Problem> {
    if !value.is_empty() && value.len() <= 100 && !value.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Problem::Bad(format!("`{name}` is not a text of 1 to 100 characters")))
}
