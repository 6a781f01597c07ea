//! The assignment of users to a group.

use std::collections::BTreeSet;

use rusqlite::TransactionBehavior;
use serde::{Deserialize, Serialize};

use super::Problem;
use crate::server::database::Session;
use crate::server::seed::{GROUPS, USERS};

/// Who is to be in the group, and nobody else.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assignment {
    members: Vec<i64>,
}

/// How many are in the group now.
#[derive(Debug, Serialize)]
pub(crate) struct Assigned {
    group: i64,
    assigned: usize,
}

/// Who is in the group.
#[derive(Debug, Serialize)]
pub(crate) struct Members {
    group: i64,
    members: Vec<i64>,
}

const CLEAR: &str = "DELETE FROM assignments WHERE group_id = ?";

impl Assignment {
    /// The members, each once.
    fn check(&self, group: i64) -> Result<BTreeSet<i64>, Problem> {
        known(group)?;
        let members: BTreeSet<i64> = self.members.iter().copied().collect();
        if members.len() != self.members.len() {
            return Err(Problem::Bad("`members` names somebody twice".to_owned()));
        }
        match members.iter().find(|id| !(1..=USERS).contains(*id)) {
            Some(id) => Err(Problem::Bad(format!("`members`: there is no user {id}, but 1 to {USERS}"))),
            None => Ok(members),
        }
    }
}

fn known(group: i64) -> Result<(), Problem> {
    if (1..=GROUPS).contains(&group) {
        return Ok(());
    }
    Err(Problem::Missing(format!("there is no group {group}")))
}

/// All members at once: four round trips for any number of them.
pub(super) fn assign(session: &Session<'_>, group: i64, wanted: &Assignment) -> Result<Assigned, Problem> {
    let members = wanted.check(group)?;
    let list = serde_json::to_string(&members).map_err(|error| Problem::Broken(error.to_string()))?;
    let found = "SELECT count(*) FROM users WHERE id IN (SELECT value FROM json_each(?))";
    let found: i64 = session.value(found, &[&list])?;
    if usize::try_from(found) != Ok(members.len()) {
        return Err(Problem::Bad("`members` names somebody who is not there".to_owned()));
    }
    session.value::<i64>("SELECT count(*) FROM assignments WHERE group_id = ?", &[&group])?;
    session.trip(|connection| {
        let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        transaction.execute(CLEAR, [group])?;
        let all = "INSERT INTO assignments SELECT ?, value FROM json_each(?)";
        transaction.execute(all, rusqlite::params![group, list])?;
        transaction.commit()
    })?;
    count(session, group)
}

/// As found: three statements for each member.
pub(super) fn assign_one_by_one(
    session: &Session<'_>,
    group: i64,
    wanted: &Assignment,
) -> Result<Assigned, Problem> {
    let members = wanted.check(group)?;
    session.execute(CLEAR, &[&group])?;
    for member in members {
        session.value::<String>("SELECT name FROM users WHERE id = ?", &[&member])?;
        let there = "SELECT count(*) FROM assignments WHERE group_id = ? AND user_id = ?";
        if session.value::<i64>(there, &[&group, &member])? == 0 {
            session.execute("INSERT INTO assignments VALUES (?, ?)", &[&group, &member])?;
        }
    }
    count(session, group)
}

fn count(session: &Session<'_>, group: i64) -> Result<Assigned, Problem> {
    let count: i64 = session.value("SELECT count(*) FROM assignments WHERE group_id = ?", &[&group])?;
    Ok(Assigned { group, assigned: usize::try_from(count).unwrap_or_default() })
}

/// Who is in the group, in order.
pub(super) fn members(session: &Session<'_>, group: i64) -> Result<Members, Problem> {
    known(group)?;
    let sql = "SELECT user_id FROM assignments WHERE group_id = ? ORDER BY user_id";
    Ok(Members { group, members: session.rows(sql, &[&group], |row| row.get(0))? })
}
