//! What the site answers, and why it may not.

use rusqlite::ErrorCode;
use serde::Serialize;

/// A good answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// JSON.
    pub(crate) body: Vec<u8>,
    /// `hit` or `miss` of the cache, if it was asked.
    pub(crate) cache: Option<&'static str>,
}

impl Reply {
    /// An answer of this status.
    pub(crate) fn new(status: u16, body: &impl Serialize) -> Result<Reply, Problem> {
        let body = serde_json::to_vec(body).map_err(|error| Problem::Broken(error.to_string()))?;
        Ok(Reply { status, body, cache: None })
    }

    /// An answer of status 200.
    pub(crate) fn good(body: &impl Serialize) -> Result<Reply, Problem> {
        Reply::new(200, body)
    }
}

/// Why there is no good answer.
#[derive(Debug)]
pub(crate) enum Problem {
    /// What was asked for makes no sense.
    Bad(String),
    /// There is no such thing.
    Missing(String),
    /// It is there already.
    Conflict(String),
    /// The database did not do what it was asked for.
    Database(rusqlite::Error),
    /// The site itself is broken.
    Broken(String),
}

impl Problem {
    /// Its status, and what is said of it.
    pub(crate) fn answer(&self) -> (u16, String) {
        match self {
            Problem::Bad(why) => (400, why.clone()),
            Problem::Missing(why) => (404, why.clone()),
            Problem::Conflict(why) => (409, why.clone()),
            Problem::Broken(why) => (500, why.clone()),
            Problem::Database(error) => match error.sqlite_error_code() {
                Some(ErrorCode::CannotOpen) => (503, "the database is away".to_owned()),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    (500, "the database is locked".to_owned())
                }
                _ => (500, error.to_string()),
            },
        }
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Problem {
        Problem::Database(error)
    }
}
