//! The pages: a list, and then for each entry whatever is still missing.
//!
//! They cost the same number of statements in every profile, since no defect is about them. Only whether several can
//! be made at once is one.

use std::collections::BTreeMap;

use rusqlite::Result;
use serde::Serialize;

use crate::server::database::Session;

/// Who is looking.
const VISITOR: i64 = 1;
/// How much the pages show.
const FEED: i64 = 9;
const GROUPS: i64 = 17;
const EVENTS: i64 = 3;
const SUGGESTIONS: usize = 8;
const NEWEST: i64 = 10;

const USER_NAME: &str = "SELECT name FROM users WHERE id = ?";
const USER_CITY: &str = "SELECT city FROM users WHERE id = ?";
const FRIENDS: &str = "SELECT friend_id FROM friendships WHERE user_id = ?";
const LIKES: &str = "SELECT count(*) FROM likes WHERE post_id = ?";

/// A page that needs the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Feed,
    Groups,
    Sidebar,
    Suggestions,
}

impl Page {
    pub(crate) fn at(path: &str) -> Option<Page> {
        match path {
            "/api/posts/feed" => Some(Page::Feed),
            "/api/groups" => Some(Page::Groups),
            "/api/events/sidebar" => Some(Page::Sidebar),
            "/api/friends/suggestions" => Some(Page::Suggestions),
            _ => None,
        }
    }
}

/// What every page begins with.
#[derive(Debug, Serialize)]
pub(super) struct Visitor {
    name: String,
}

#[derive(Debug, Serialize)]
pub(super) struct List<T> {
    visitor: Visitor,
    items: Vec<T>,
}

/// A post of the feed.
#[derive(Debug, Serialize)]
pub(super) struct Post {
    id: i64,
    author: String,
    body: String,
    created_at: i64,
    likes: i64,
}

/// A group with its newest post.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    id: i64,
    name: String,
    owner: String,
    members: i64,
    newest: String,
}

/// An event that comes.
#[derive(Debug, Serialize)]
pub(super) struct Event {
    id: i64,
    title: String,
    host: String,
    starts_at: i64,
    attendees: i64,
    attending: bool,
}

/// Somebody whom the visitor may know.
#[derive(Debug, Serialize)]
pub(super) struct Suggestion {
    id: i64,
    name: String,
    city: String,
    near: bool,
    mutual_friends: i64,
    shared_groups: i64,
    newest: String,
}

/// A post of the dashboard.
#[derive(Debug, Serialize)]
pub(super) struct Note {
    id: i64,
    likes: i64,
}

fn visitor(session: &Session<'_>) -> Result<Visitor> {
    Ok(Visitor { name: session.value(USER_NAME, &[&VISITOR])? })
}

/// 2 + 9 x 2 = 20 statements.
pub(super) fn feed(session: &Session<'_>) -> Result<List<Post>> {
    let visitor = visitor(session)?;
    let list = "SELECT id, author_id, body, created_at FROM posts ORDER BY created_at DESC LIMIT ?";
    let posts = session
        .rows(list, &[&FEED], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get(2)?, row.get(3)?)))?;
    let mut items = Vec::new();
    for (id, author, body, created_at) in posts {
        let author = session.value(USER_NAME, &[&author])?;
        let likes = session.value(LIKES, &[&id])?;
        items.push(Post { id, author, body, created_at, likes });
    }
    Ok(List { visitor, items })
}

/// 2 + 17 x 3 = 53 statements.
pub(super) fn groups(session: &Session<'_>) -> Result<List<Group>> {
    let visitor = visitor(session)?;
    let list = "SELECT id, name, owner_id FROM groups ORDER BY id LIMIT ?";
    let list = session.rows(list, &[&GROUPS], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?)))?;
    let newest = "SELECT body FROM posts WHERE group_id = ? ORDER BY created_at DESC LIMIT 1";
    let mut items = Vec::new();
    for (id, name, owner) in list {
        let owner = session.value(USER_NAME, &[&owner])?;
        let members = session.value("SELECT count(*) FROM memberships WHERE group_id = ?", &[&id])?;
        let newest = session.value(newest, &[&id])?;
        items.push(Group { id, name, owner, members, newest });
    }
    Ok(List { visitor, items })
}

/// 2 + 3 x 3 = 11 statements.
pub(super) fn sidebar(session: &Session<'_>) -> Result<List<Event>> {
    let visitor = visitor(session)?;
    let list = "SELECT id, title, host_id, starts_at FROM events ORDER BY starts_at, id LIMIT ?";
    let list = session
        .rows(list, &[&EVENTS], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?, row.get(3)?)))?;
    let attending = "SELECT count(*) FROM attendances WHERE event_id = ? AND user_id = ?";
    let mut items = Vec::new();
    for (id, title, host, starts_at) in list {
        let host = session.value(USER_NAME, &[&host])?;
        let attendees = session.value("SELECT count(*) FROM attendances WHERE event_id = ?", &[&id])?;
        let attending = session.value::<i64>(attending, &[&id, &VISITOR])? > 0;
        items.push(Event { id, title, host, starts_at, attendees, attending });
    }
    Ok(List { visitor, items })
}

/// 3 + 10 + 8 x 4 + 1 = 46 statements.
pub(super) fn suggestions(session: &Session<'_>) -> Result<List<Suggestion>> {
    let visitor = visitor(session)?;
    let home: String = session.value(USER_CITY, &[&VISITOR])?;
    let friends: Vec<i64> = session.rows(FRIENDS, &[&VISITOR], |row| row.get(0))?;
    let mut mutual: BTreeMap<i64, i64> = BTreeMap::new();
    for friend in &friends {
        for other in session.rows(FRIENDS, &[friend], |row| row.get::<_, i64>(0))? {
            *mutual.entry(other).or_default() += 1;
        }
    }
    // The friends themselves are asked for anew: somebody may have accepted meanwhile.
    let friends: Vec<i64> = session.rows(FRIENDS, &[&VISITOR], |row| row.get(0))?;
    let mut ranked: Vec<(i64, i64)> =
        mutual.into_iter().filter(|(id, _)| *id != VISITOR && !friends.contains(id)).collect();
    ranked.sort_by_key(|(id, friends)| (-friends, *id));
    let shared = "SELECT count(*) FROM memberships WHERE user_id = ? AND group_id IN
                  (SELECT group_id FROM memberships WHERE user_id = ?)";
    let newest = "SELECT body FROM posts WHERE author_id = ? ORDER BY created_at DESC LIMIT 1";
    let mut items = Vec::new();
    for (id, mutual_friends) in ranked.into_iter().take(SUGGESTIONS) {
        let city: String = session.value(USER_CITY, &[&id])?;
        items.push(Suggestion {
            id,
            name: session.value(USER_NAME, &[&id])?,
            near: city == home,
            city,
            mutual_friends,
            shared_groups: session.value(shared, &[&id, &VISITOR])?,
            newest: session.value(newest, &[&id])?,
        });
    }
    Ok(List { visitor, items })
}

/// 2 + 10 = 12 statements: the part of the dashboard that is not kept in the cache.
pub(super) fn newest(session: &Session<'_>) -> Result<List<Note>> {
    let visitor = visitor(session)?;
    let list = "SELECT id FROM posts ORDER BY created_at DESC LIMIT ?";
    let posts: Vec<i64> = session.rows(list, &[&NEWEST], |row| row.get(0))?;
    let mut items = Vec::new();
    for id in posts {
        items.push(Note { id, likes: session.value(LIKES, &[&id])? });
    }
    Ok(List { visitor, items })
}
