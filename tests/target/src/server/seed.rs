//! The site's data: the same in every run, made of arithmetic.

use rusqlite::{Connection, params};

pub(crate) const USERS: i64 = 200;
/// Each user's friends: so many neighbours on either side.
const NEIGHBOURS: i64 = 5;
const POSTS: i64 = 1000;
pub(crate) const GROUPS: i64 = 40;
const EVENTS: i64 = 30;

const SCHEMA: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT NOT NULL);
    CREATE TABLE friendships (user_id INTEGER NOT NULL, friend_id INTEGER NOT NULL);
    CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, group_id INTEGER NOT NULL,
                        body TEXT NOT NULL, created_at INTEGER NOT NULL);
    CREATE TABLE likes (post_id INTEGER NOT NULL, user_id INTEGER NOT NULL);
    CREATE TABLE groups (id INTEGER PRIMARY KEY, name TEXT NOT NULL, owner_id INTEGER NOT NULL);
    CREATE TABLE memberships (group_id INTEGER NOT NULL, user_id INTEGER NOT NULL);
    CREATE TABLE events (id INTEGER PRIMARY KEY, title TEXT NOT NULL, host_id INTEGER NOT NULL,
                         starts_at INTEGER NOT NULL);
    CREATE TABLE attendances (event_id INTEGER NOT NULL, user_id INTEGER NOT NULL);
    CREATE TABLE accounts (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL, name TEXT NOT NULL);
    CREATE TABLE account_settings (account_id INTEGER PRIMARY KEY, language TEXT NOT NULL,
                                   welcome_group INTEGER NOT NULL);
    CREATE TABLE assignments (group_id INTEGER NOT NULL, user_id INTEGER NOT NULL);
    CREATE TABLE automations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, applied INTEGER NOT NULL);
    CREATE TABLE automation_runs (automation_id INTEGER NOT NULL, run TEXT NOT NULL, number INTEGER NOT NULL);
    CREATE INDEX friendships_of_user ON friendships (user_id, friend_id);
    CREATE INDEX posts_by_time ON posts (created_at);
    CREATE INDEX posts_of_author ON posts (author_id, created_at);
    CREATE INDEX posts_of_group ON posts (group_id, created_at);
    CREATE INDEX likes_of_post ON likes (post_id);
    CREATE INDEX memberships_of_group ON memberships (group_id);
    CREATE INDEX memberships_of_user ON memberships (user_id, group_id);
    CREATE INDEX events_by_time ON events (starts_at);
    CREATE INDEX attendances_of_event ON attendances (event_id);
    CREATE INDEX accounts_by_email ON accounts (email);
    CREATE INDEX assignments_of_group ON assignments (group_id, user_id);
    CREATE INDEX runs_of_automation ON automation_runs (automation_id, run);
";

const FIRST: [&str; 10] =
    ["Ada", "Bruno", "Clara", "Dario", "Elena", "Felix", "Greta", "Hugo", "Ines", "Jonas"];
const LAST: [&str; 7] = ["Acosta", "Bianchi", "Castro", "Duarte", "Esposito", "Ferrari", "Garcia"];
const CITY: [&str; 5] = ["Buenos Aires", "Berlin", "Lisbon", "Seoul", "Istanbul"];
const ABOUT: [&str; 6] = ["milonga", "orchestra", "practica", "shoes", "festival", "playlist"];

fn pick<'a>(list: &[&'a str], number: i64) -> &'a str {
    let len = i64::try_from(list.len()).unwrap_or(1);
    usize::try_from(number.rem_euclid(len)).ok().and_then(|at| list.get(at)).copied().unwrap_or_default()
}

/// Makes the tables and fills them, in one transaction.
pub(crate) fn fill(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    {
        let mut user = transaction.prepare("INSERT INTO users VALUES (?, ?, ?)")?;
        let mut friend = transaction.prepare("INSERT INTO friendships VALUES (?, ?)")?;
        for id in 1..=USERS {
            let name = format!("{} {}", pick(&FIRST, id), pick(&LAST, id / 3));
            user.execute(params![id, name, pick(&CITY, id / 7)])?;
            for step in (-NEIGHBOURS..=NEIGHBOURS).filter(|step| *step != 0) {
                friend.execute(params![id, (id + step - 1).rem_euclid(USERS) + 1])?;
            }
        }
        let mut post = transaction.prepare("INSERT INTO posts VALUES (?, ?, ?, ?, ?)")?;
        let mut like = transaction.prepare("INSERT INTO likes VALUES (?, ?)")?;
        for id in 1..=POSTS {
            let body = format!("Note {id} on the {} in {}", pick(&ABOUT, id), pick(&CITY, id / 2));
            let author = id * 7 % USERS + 1;
            post.execute(params![id, author, id * 3 % GROUPS + 1, body, 1_700_000_000 + id * 600])?;
            for number in 0..id % 6 {
                like.execute(params![id, (id * 11 + number * 17) % USERS + 1])?;
            }
        }
        let mut group = transaction.prepare("INSERT INTO groups VALUES (?, ?, ?)")?;
        let mut member = transaction.prepare("INSERT INTO memberships VALUES (?, ?)")?;
        for id in 1..=GROUPS {
            let name = format!("{} of {} {id}", pick(&ABOUT, id), pick(&CITY, id));
            group.execute(params![id, name, id * 13 % USERS + 1])?;
            for user in (1..=USERS).filter(|user| (user + id) % (4 + id % 5) == 0) {
                member.execute(params![id, user])?;
            }
        }
        let mut event = transaction.prepare("INSERT INTO events VALUES (?, ?, ?, ?)")?;
        let mut attendance = transaction.prepare("INSERT INTO attendances VALUES (?, ?)")?;
        for id in 1..=EVENTS {
            let title = format!("{} {id} in {}", pick(&ABOUT, id), pick(&CITY, id));
            event.execute(params![
                id,
                title,
                id * 19 % USERS + 1,
                1_800_000_000 + id * 7 % EVENTS * 86_400
            ])?;
            for user in (1..=USERS).filter(|user| (user * id) % 9 == 0) {
                attendance.execute(params![id, user])?;
            }
        }
    }
    transaction.commit()
}
