//! The pages as they should be: one statement each.

use rusqlite::Result;

use super::{EVENTS, Event, FEED, GROUPS, Group, Post, SUGGESTIONS, Suggestion, VISITOR};
use crate::database::Session;

pub(super) fn feed(session: &Session<'_>) -> Result<Vec<Post>> {
    let sql = "SELECT posts.id, users.name, posts.body, posts.created_at,
                      (SELECT count(*) FROM likes WHERE post_id = posts.id)
               FROM posts JOIN users ON users.id = posts.author_id
               ORDER BY posts.created_at DESC LIMIT ?";
    session.rows(sql, &[&FEED], |row| {
        Ok(Post {
            id: row.get(0)?,
            author: row.get(1)?,
            body: row.get(2)?,
            created_at: row.get(3)?,
            likes: row.get(4)?,
        })
    })
}

pub(super) fn groups(session: &Session<'_>) -> Result<Vec<Group>> {
    let sql = "SELECT groups.id, groups.name, users.name,
                      (SELECT count(*) FROM memberships WHERE group_id = groups.id),
                      (SELECT body FROM posts WHERE group_id = groups.id ORDER BY created_at DESC LIMIT 1)
               FROM groups JOIN users ON users.id = groups.owner_id
               ORDER BY groups.id LIMIT ?";
    session.rows(sql, &[&GROUPS], |row| {
        Ok(Group {
            id: row.get(0)?,
            name: row.get(1)?,
            owner: row.get(2)?,
            members: row.get(3)?,
            newest: row.get(4)?,
        })
    })
}

pub(super) fn sidebar(session: &Session<'_>) -> Result<Vec<Event>> {
    let sql = "SELECT events.id, events.title, users.name, events.starts_at,
                      (SELECT count(*) FROM attendances WHERE event_id = events.id)
               FROM events JOIN users ON users.id = events.host_id
               ORDER BY events.starts_at, events.id LIMIT ?";
    session.rows(sql, &[&EVENTS], |row| {
        Ok(Event {
            id: row.get(0)?,
            title: row.get(1)?,
            host: row.get(2)?,
            starts_at: row.get(3)?,
            attendees: row.get(4)?,
        })
    })
}

pub(super) fn suggestions(session: &Session<'_>) -> Result<Vec<Suggestion>> {
    let sql = "WITH mine AS (SELECT friend_id FROM friendships WHERE user_id = ?1),
                    ranked AS (SELECT theirs.friend_id AS id, count(*) AS mutual
                               FROM friendships AS theirs JOIN mine ON theirs.user_id = mine.friend_id
                               WHERE theirs.friend_id <> ?1 AND theirs.friend_id NOT IN mine
                               GROUP BY theirs.friend_id ORDER BY mutual DESC, id LIMIT ?2)
               SELECT users.id, users.name, users.city, ranked.mutual,
                      (SELECT count(*) FROM memberships WHERE user_id = users.id AND group_id IN
                       (SELECT group_id FROM memberships WHERE user_id = ?1)),
                      (SELECT body FROM posts WHERE author_id = users.id ORDER BY created_at DESC LIMIT 1)
               FROM ranked JOIN users ON users.id = ranked.id
               ORDER BY ranked.mutual DESC, users.id";
    let most = i64::try_from(SUGGESTIONS).unwrap_or(i64::MAX);
    session.rows(sql, &[&VISITOR, &most], |row| {
        Ok(Suggestion {
            id: row.get(0)?,
            name: row.get(1)?,
            city: row.get(2)?,
            mutual_friends: row.get(3)?,
            shared_groups: row.get(4)?,
            newest: row.get(5)?,
        })
    })
}
