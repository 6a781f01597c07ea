//! The pages as they were found: a list, and then for each entry whatever is still missing.

use std::collections::BTreeMap;

use rusqlite::Result;

use super::{EVENTS, Event, FEED, GROUPS, Group, Post, SUGGESTIONS, Suggestion, VISITOR};
use crate::database::Session;

const USER_NAME: &str = "SELECT name FROM users WHERE id = ?";
const FRIENDS: &str = "SELECT friend_id FROM friendships WHERE user_id = ?";

/// 1 + 8 x 2 statements.
pub(super) fn feed(session: &Session<'_>) -> Result<Vec<Post>> {
    let list = "SELECT id, author_id, body, created_at FROM posts ORDER BY created_at DESC LIMIT ?";
    let posts = session
        .rows(list, &[&FEED], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get(2)?, row.get(3)?)))?;
    let mut feed = Vec::new();
    for (id, author, body, created_at) in posts {
        let author = session.value(USER_NAME, &[&author])?;
        let likes = session.value("SELECT count(*) FROM likes WHERE post_id = ?", &[&id])?;
        feed.push(Post { id, author, body, created_at, likes });
    }
    Ok(feed)
}

/// 1 + 20 x 3 statements.
pub(super) fn groups(session: &Session<'_>) -> Result<Vec<Group>> {
    let list = "SELECT id, name, owner_id FROM groups ORDER BY id LIMIT ?";
    let list = session.rows(list, &[&GROUPS], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?)))?;
    let newest = "SELECT body FROM posts WHERE group_id = ? ORDER BY created_at DESC LIMIT 1";
    let mut groups = Vec::new();
    for (id, name, owner) in list {
        let owner = session.value(USER_NAME, &[&owner])?;
        let members = session.value("SELECT count(*) FROM memberships WHERE group_id = ?", &[&id])?;
        let newest = session.value(newest, &[&id])?;
        groups.push(Group { id, name, owner, members, newest });
    }
    Ok(groups)
}

/// 1 + 6 x 2 statements.
pub(super) fn sidebar(session: &Session<'_>) -> Result<Vec<Event>> {
    let list = "SELECT id, title, host_id, starts_at FROM events ORDER BY starts_at, id LIMIT ?";
    let list = session
        .rows(list, &[&EVENTS], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?, row.get(3)?)))?;
    let mut events = Vec::new();
    for (id, title, host, starts_at) in list {
        let host = session.value(USER_NAME, &[&host])?;
        let attendees = session.value("SELECT count(*) FROM attendances WHERE event_id = ?", &[&id])?;
        events.push(Event { id, title, host, starts_at, attendees });
    }
    Ok(events)
}

/// 1 + 10 + 10 x 4 statements.
pub(super) fn suggestions(session: &Session<'_>) -> Result<Vec<Suggestion>> {
    let friends: Vec<i64> = session.rows(FRIENDS, &[&VISITOR], |row| row.get(0))?;
    let mut mutual: BTreeMap<i64, i64> = BTreeMap::new();
    for friend in &friends {
        for other in session.rows(FRIENDS, &[friend], |row| row.get::<_, i64>(0))? {
            if other != VISITOR && !friends.contains(&other) {
                *mutual.entry(other).or_default() += 1;
            }
        }
    }
    let mut ranked: Vec<(i64, i64)> = mutual.into_iter().collect();
    ranked.sort_by_key(|(id, friends)| (-friends, *id));
    let shared = "SELECT count(*) FROM memberships WHERE user_id = ? AND group_id IN
                  (SELECT group_id FROM memberships WHERE user_id = ?)";
    let newest = "SELECT body FROM posts WHERE author_id = ? ORDER BY created_at DESC LIMIT 1";
    let mut suggestions = Vec::new();
    for (id, mutual_friends) in ranked.into_iter().take(SUGGESTIONS) {
        suggestions.push(Suggestion {
            id,
            name: session.value(USER_NAME, &[&id])?,
            city: session.value("SELECT city FROM users WHERE id = ?", &[&id])?,
            mutual_friends,
            shared_groups: session.value(shared, &[&id, &VISITOR])?,
            newest: session.value(newest, &[&id])?,
        });
    }
    Ok(suggestions)
}
