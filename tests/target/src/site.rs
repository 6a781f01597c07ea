//! The pages of the site, and what they show.

mod as_found;
mod fixed;

use serde::Serialize;

use crate::database::Database;
use crate::profile::Profile;

/// Who is looking.
const VISITOR: i64 = 1;
/// How much the pages show.
const FEED: i64 = 8;
const GROUPS: i64 = 20;
const EVENTS: i64 = 6;
const SUGGESTIONS: usize = 10;

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

/// A post of the feed.
#[derive(Debug, Serialize)]
struct Post {
    id: i64,
    author: String,
    body: String,
    created_at: i64,
    likes: i64,
}

/// A group with its newest post.
#[derive(Debug, Serialize)]
struct Group {
    id: i64,
    name: String,
    owner: String,
    members: i64,
    newest: String,
}

/// An event that comes.
#[derive(Debug, Serialize)]
struct Event {
    id: i64,
    title: String,
    host: String,
    starts_at: i64,
    attendees: i64,
}

/// Somebody whom the visitor may know.
#[derive(Debug, Serialize)]
struct Suggestion {
    id: i64,
    name: String,
    city: String,
    mutual_friends: i64,
    shared_groups: i64,
    newest: String,
}

/// The site over its database.
pub(crate) struct Site {
    pub(crate) database: Database,
    pub(crate) profile: Profile,
}

impl Site {
    /// A page as JSON. Blocks: on the connection, and on each statement's round trip.
    pub(crate) fn page(&self, page: Page) -> anyhow::Result<Vec<u8>> {
        let session = self.database.session();
        let session = &session;
        Ok(match (self.profile, page) {
            (Profile::AsFound, Page::Feed) => serde_json::to_vec(&as_found::feed(session)?)?,
            (Profile::AsFound, Page::Groups) => serde_json::to_vec(&as_found::groups(session)?)?,
            (Profile::AsFound, Page::Sidebar) => serde_json::to_vec(&as_found::sidebar(session)?)?,
            (Profile::AsFound, Page::Suggestions) => serde_json::to_vec(&as_found::suggestions(session)?)?,
            (Profile::Fixed, Page::Feed) => serde_json::to_vec(&fixed::feed(session)?)?,
            (Profile::Fixed, Page::Groups) => serde_json::to_vec(&fixed::groups(session)?)?,
            (Profile::Fixed, Page::Sidebar) => serde_json::to_vec(&fixed::sidebar(session)?)?,
            (Profile::Fixed, Page::Suggestions) => serde_json::to_vec(&fixed::suggestions(session)?)?,
        })
    }
}
