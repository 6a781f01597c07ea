//! From a request to what it asks for.

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::server::faults::LONGEST;
use crate::server::site::{Asked, Page, Problem};

/// The most bytes of a body.
pub(crate) const MOST_BYTES: usize = 64 * 1024;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Root,
    Health,
    Page(Page),
    Dashboard,
    Ping,
    Users,
    Members(i64),
    Assign(i64),
    Automations,
    Automation(i64),
    Run(i64),
    Stats,
    StatsOf(i64),
    CacheFault,
    DatabaseFault,
}

/// What to do about a request.
#[derive(Debug)]
pub(crate) enum Task {
    Greet,
    TellHealth,
    ForgetStats,
    /// Take something away for so many milliseconds; 0 gives it back.
    Break(Part, u64),
    Ask(Asked),
}

/// What can be taken away.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Cache,
    Database,
}

/// How long something is to be away.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    ms: u64,
}

impl Place {
    /// The place of a path.
    pub(crate) fn at(path: &str) -> Option<Place> {
        if let Some(page) = Page::at(path) {
            return Some(Place::Page(page));
        }
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        Some(match segments.as_slice() {
            [""] => Place::Root,
            ["health"] => Place::Health,
            ["faults", "cache"] => Place::CacheFault,
            ["faults", "database"] => Place::DatabaseFault,
            ["api", "db", "ping"] => Place::Ping,
            ["api", "dashboard"] => Place::Dashboard,
            ["api", "users"] => Place::Users,
            ["api", "groups", id, "members"] => Place::Members(number(id)?),
            ["api", "groups", id, "assign"] => Place::Assign(number(id)?),
            ["api", "automations"] => Place::Automations,
            ["api", "automations", id] => Place::Automation(number(id)?),
            ["api", "automations", id, "run"] => Place::Run(number(id)?),
            ["api", "stats"] => Place::Stats,
            ["api", "stats", id] => Place::StatsOf(number(id)?),
            _ => return None,
        })
    }

    /// The methods that mean something here.
    pub(crate) fn methods(self) -> &'static [Method] {
        match self {
            Place::Users => &[Method::GET, Method::POST],
            Place::Assign(_) | Place::Automations | Place::Run(_) => &[Method::POST],
            Place::Stats => &[Method::DELETE],
            Place::CacheFault | Place::DatabaseFault => &[Method::POST, Method::DELETE],
            _ => &[Method::GET, Method::HEAD],
        }
    }

    /// What a request here asks for.
    pub(crate) fn task(self, method: &Method, query: Option<&str>, body: &[u8]) -> Result<Task, Problem> {
        Ok(Task::Ask(match self {
            Place::Root => return Ok(Task::Greet),
            Place::Health => return Ok(Task::TellHealth),
            Place::Stats => return Ok(Task::ForgetStats),
            Place::CacheFault => return Ok(Task::Break(Part::Cache, time(method, body)?)),
            Place::DatabaseFault => return Ok(Task::Break(Part::Database, time(method, body)?)),
            Place::Page(page) => Asked::Page(page),
            Place::Dashboard => Asked::Dashboard,
            Place::Ping => Asked::Ping,
            Place::Users if method == Method::POST => Asked::Register(read(body)?),
            Place::Users => Asked::Accounts(email(query)?),
            Place::Members(group) => Asked::Members(group),
            Place::Assign(group) => Asked::Assign(group, read(body)?),
            Place::Automations => Asked::MakeAutomation(read(body)?),
            Place::Automation(id) => Asked::ShowAutomation(id),
            Place::Run(id) => Asked::RunAutomation(id, read(body)?),
            Place::StatsOf(group) => Asked::Statistics(group),
        }))
    }
}

/// An id of one to nine digits.
fn number(text: &str) -> Option<i64> {
    let digits = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::Bad(format!("the body: {error}")))
}

fn time(method: &Method, body: &[u8]) -> Result<u64, Problem> {
    if method == Method::DELETE {
        return Ok(0);
    }
    let (Fault { ms }, longest) = (read(body)?, LONGEST.as_millis());
    if ms > 0 && u128::from(ms) <= longest {
        return Ok(ms);
    }
    Err(Problem::Bad(format!("`ms` is {ms}: 1 to {longest} are accepted")))
}

fn email(query: Option<&str>) -> Result<String, Problem> {
    let email = query.and_then(|query| query.strip_prefix("email=")).unwrap_or_default();
    if email.is_empty() || email.len() > 100 || email.contains('&') {
        return Err(Problem::Bad("an address is missing (hint: `?email=name@host`)".to_owned()));
    }
    Ok(email.to_owned())
}
