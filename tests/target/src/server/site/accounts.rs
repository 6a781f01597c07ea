//! Registration: an account, and its settings.

use std::time::Duration;

use rusqlite::{OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::{Problem, text};
use crate::server::database::Session;

/// The most accounts that are kept; the oldest ones make room.
const MOST: i64 = 20_000;
const LANGUAGE: &str = "en";

/// What somebody who registers sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    email: String,
    name: String,
}

/// An account that was made.
#[derive(Debug, Serialize)]
pub(crate) struct Registered {
    id: i64,
}

/// An account that was found.
#[derive(Debug, Serialize)]
pub(crate) struct Account {
    id: i64,
    email: String,
    name: String,
    /// Whether its settings are there too.
    complete: bool,
}

impl Registration {
    fn check(&self) -> Result<(), Problem> {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let good = self.email.len() <= 100
            && self.email.split_once('@').is_some_and(|(user, host)| {
                !user.is_empty() && !host.is_empty() && user.chars().all(part) && host.chars().all(part)
            });
        if !good {
            return Err(Problem::Bad("`email` is not an address of at most 100 characters".to_owned()));
        }
        text("name", &self.name)
    }
}

fn taken() -> Problem {
    Problem::Conflict("the address has an account already".to_owned())
}

/// Looks, and writes account and settings, in one transaction and one round trip.
pub(super) fn register(session: &Session<'_>, new: &Registration) -> Result<Registered, Problem> {
    new.check()?;
    let id = session.trip(|connection| {
        // Begun as one that writes: it waits its turn instead of finding out at its end.
        let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let found = "SELECT id FROM accounts WHERE email = ?";
        let known: Option<i64> = transaction.query_row(found, [&new.email], |row| row.get(0)).optional()?;
        if known.is_some() {
            return Ok(None);
        }
        transaction
            .execute("INSERT INTO accounts (email, name) VALUES (?, ?)", params![new.email, new.name])?;
        let id = transaction.last_insert_rowid();
        let welcome: i64 = transaction.query_row("SELECT min(id) FROM groups", [], |row| row.get(0))?;
        transaction
            .execute("INSERT INTO account_settings VALUES (?, ?, ?)", params![id, LANGUAGE, welcome])?;
        transaction.execute("DELETE FROM account_settings WHERE account_id <= ?", [id - MOST])?;
        transaction.execute("DELETE FROM accounts WHERE id <= ?", [id - MOST])?;
        transaction.commit()?;
        Ok(Some(id))
    })?;
    id.map(|id| Registered { id }).ok_or_else(taken)
}

/// As found: a transaction that reads before it writes, and the settings after it. Whoever meets another gives up.
pub(super) fn register_in_steps(session: &Session<'_>, new: &Registration) -> Result<Registered, Problem> {
    new.check()?;
    session.patience(Duration::ZERO)?;
    session.execute("BEGIN", &[])?;
    let known: i64 = session.value("SELECT count(*) FROM accounts WHERE email = ?", &[&new.email])?;
    if known > 0 {
        return Err(taken());
    }
    let welcome: i64 = session.value("SELECT min(id) FROM groups", &[])?;
    session.value::<i64>("SELECT count(*) FROM accounts WHERE name = ?", &[&new.name])?;
    session.value::<i64>("SELECT count(*) FROM memberships WHERE group_id = ?", &[&welcome])?;
    let newest: i64 = session.value("SELECT coalesce(max(id), 0) FROM accounts", &[])?;
    session.execute("INSERT INTO accounts (email, name) VALUES (?, ?)", &[&new.email, &new.name])?;
    session.execute("DELETE FROM accounts WHERE id <= ?", &[&(newest - MOST)])?;
    session.execute("DELETE FROM account_settings WHERE account_id <= ?", &[&(newest - MOST)])?;
    session.execute("COMMIT", &[])?;
    let id: i64 = session.value("SELECT max(id) FROM accounts WHERE email = ?", &[&new.email])?;
    session.value::<String>("SELECT name FROM groups WHERE id = ?", &[&welcome])?;
    session.execute("INSERT INTO account_settings VALUES (?, ?, ?)", &[&id, &LANGUAGE, &welcome])?;
    Ok(Registered { id })
}

/// The accounts with this address, of which there should be one at most.
pub(super) fn with_email(session: &Session<'_>, email: &str) -> Result<Vec<Account>, Problem> {
    let sql = "SELECT id, email, name, EXISTS (SELECT 1 FROM account_settings WHERE account_id = accounts.id)
               FROM accounts WHERE email = ? ORDER BY id LIMIT 10";
    Ok(session.rows(sql, &[&email], |row| {
        Ok(Account { id: row.get(0)?, email: row.get(1)?, name: row.get(2)?, complete: row.get(3)? })
    })?)
}
