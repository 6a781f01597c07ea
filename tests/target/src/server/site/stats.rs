//! What is kept in the cache: a group's statistics, and the dashboard's share of them.

use rusqlite::{Result, ToSql};
use serde::Serialize;

use crate::server::database::Session;

/// A group in numbers.
#[derive(Debug, Serialize)]
pub(super) struct Statistics {
    group: i64,
    members: i64,
    posts: i64,
    likes: i64,
    cities: Vec<City>,
}

#[derive(Debug, Serialize)]
struct City {
    name: String,
    members: i64,
    posts: i64,
}

/// 5 + 5 x 2 = 15 statements; nothing if there is no such group.
pub(super) fn of_group(session: &Session<'_>, group: i64) -> Result<Option<Statistics>> {
    let id: [&dyn ToSql; 1] = [&group];
    if session.value::<i64>("SELECT count(*) FROM groups WHERE id = ?", &id)? == 0 {
        return Ok(None);
    }
    let members = session.value("SELECT count(*) FROM memberships WHERE group_id = ?", &id)?;
    let posts = session.value("SELECT count(*) FROM posts WHERE group_id = ?", &id)?;
    let likes = "SELECT count(*) FROM likes WHERE post_id IN (SELECT id FROM posts WHERE group_id = ?)";
    let likes = session.value(likes, &id)?;
    let names: Vec<String> =
        session.rows("SELECT DISTINCT city FROM users ORDER BY city", &[], |row| row.get(0))?;
    let (in_city, by_city) = (
        "SELECT count(*) FROM memberships JOIN users ON users.id = user_id WHERE group_id = ? AND city = ?",
        "SELECT count(*) FROM posts JOIN users ON users.id = author_id WHERE group_id = ? AND city = ?",
    );
    let mut cities = Vec::new();
    for name in names {
        let members = session.value(in_city, &[&group, &name])?;
        let posts = session.value(by_city, &[&group, &name])?;
        cities.push(City { name, members, posts });
    }
    Ok(Some(Statistics { group, members, posts, likes, cities }))
}

/// The site in numbers, of the dashboard.
#[derive(Debug, Serialize)]
pub(super) struct Totals {
    users: i64,
    posts: i64,
    groups: i64,
}

/// 3 statements.
pub(super) fn totals(session: &Session<'_>) -> Result<Totals> {
    Ok(Totals {
        users: session.value("SELECT count(*) FROM users", &[])?,
        posts: session.value("SELECT count(*) FROM posts", &[])?,
        groups: session.value("SELECT count(*) FROM groups", &[])?,
    })
}
