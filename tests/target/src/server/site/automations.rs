//! Automations: each run is applied once, however often it is asked for.

use rusqlite::{OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::{Problem, text};
use crate::server::database::Session;

/// The most automations that are kept; the oldest ones make room.
const MOST: i64 = 500;
/// The most runs of an automation that are kept.
const MOST_RUNS: i64 = 2000;

/// What an automation is made of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    name: String,
}

/// What asks for a run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trigger {
    /// Tells this run from others.
    run: String,
}

/// An automation that was made.
#[derive(Debug, Serialize)]
pub(crate) struct Made {
    id: i64,
}

/// What came of a trigger.
#[derive(Debug, Serialize)]
pub(crate) struct Ran {
    /// False if the run had been applied before.
    applied: bool,
}

/// An automation with what it has done.
#[derive(Debug, Serialize)]
pub(crate) struct Automation {
    id: i64,
    name: String,
    /// How many runs it has counted.
    applied: i64,
    /// What was done, oldest first: at most the last 2,000.
    runs: Vec<Run>,
}

#[derive(Debug, Serialize)]
struct Run {
    run: String,
    /// Which of the automation's runs it was.
    number: i64,
}

fn missing(id: i64) -> Problem {
    Problem::Missing(format!("there is no automation {id}"))
}

/// Makes an automation.
pub(super) fn make(session: &Session<'_>, new: &New) -> Result<Made, Problem> {
    text("name", &new.name)?;
    let id = session.trip(|connection| {
        let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        transaction.execute("INSERT INTO automations (name, applied) VALUES (?, 0)", [&new.name])?;
        let id = transaction.last_insert_rowid();
        transaction.execute("DELETE FROM automation_runs WHERE automation_id <= ?", [id - MOST])?;
        transaction.execute("DELETE FROM automations WHERE id <= ?", [id - MOST])?;
        transaction.commit()?;
        Ok(id)
    })?;
    Ok(Made { id })
}

/// Looks, counts and applies in one transaction.
pub(super) fn run(session: &Session<'_>, id: i64, trigger: &Trigger) -> Result<Ran, Problem> {
    text("run", &trigger.run)?;
    members(session)?;
    let applied = session.trip(|connection| {
        let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let count = "SELECT applied FROM automations WHERE id = ?";
        let Some(applied) = transaction.query_row(count, [id], |row| row.get::<_, i64>(0)).optional()? else {
            return Ok(None);
        };
        let known = "SELECT count(*) FROM automation_runs WHERE automation_id = ? AND run = ?";
        if transaction.query_row(known, params![id, trigger.run], |row| row.get::<_, i64>(0))? > 0 {
            return Ok(Some(false));
        }
        let number = applied + 1;
        transaction
            .execute("INSERT INTO automation_runs VALUES (?, ?, ?)", params![id, trigger.run, number])?;
        transaction.execute("UPDATE automations SET applied = ? WHERE id = ?", [number, id])?;
        let old = "DELETE FROM automation_runs WHERE automation_id = ? AND number <= ?";
        transaction.execute(old, [id, number - MOST_RUNS])?;
        transaction.commit()?;
        Ok(Some(true))
    })?;
    applied.map(|applied| Ran { applied }).ok_or_else(|| missing(id))
}

/// As found: what it read at the beginning is what it writes at the end, whoever has been there meanwhile.
pub(super) fn run_unguarded(session: &Session<'_>, id: i64, trigger: &Trigger) -> Result<Ran, Problem> {
    text("run", &trigger.run)?;
    let applied: Vec<i64> =
        session.rows("SELECT applied FROM automations WHERE id = ?", &[&id], |row| row.get(0))?;
    let Some(applied) = applied.first() else { return Err(missing(id)) };
    let known = "SELECT count(*) FROM automation_runs WHERE automation_id = ? AND run = ?";
    if session.value::<i64>(known, &[&id, &trigger.run])? > 0 {
        return Ok(Ran { applied: false });
    }
    members(session)?;
    let number = applied + 1;
    session.execute("INSERT INTO automation_runs VALUES (?, ?, ?)", &[&id, &trigger.run, &number])?;
    let old = "DELETE FROM automation_runs WHERE automation_id = ?1 AND rowid <=
               (SELECT max(rowid) FROM automation_runs WHERE automation_id = ?1) - ?2";
    session.execute(old, &[&id, &MOST_RUNS])?;
    session.execute("UPDATE automations SET applied = ? WHERE id = ?", &[&number, &id])?;
    Ok(Ran { applied: true })
}

/// Whom a run is for.
fn members(session: &Session<'_>) -> Result<i64, Problem> {
    Ok(session.value("SELECT count(*) FROM memberships WHERE group_id = 1", &[])?)
}

/// An automation with its runs.
pub(super) fn show(session: &Session<'_>, id: i64) -> Result<Automation, Problem> {
    let sql = "SELECT name, applied FROM automations WHERE id = ?";
    let mut found = session.rows(sql, &[&id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some((name, applied)) = found.pop() else { return Err(missing(id)) };
    let sql = "SELECT run, number FROM automation_runs WHERE automation_id = ? ORDER BY rowid LIMIT ?";
    let runs =
        session.rows(sql, &[&id, &MOST_RUNS], |row| Ok(Run { run: row.get(0)?, number: row.get(1)? }))?;
    Ok(Automation { id, name, applied, runs })
}
