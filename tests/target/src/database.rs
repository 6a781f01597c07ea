//! The database: SQLite in memory, a number of connections, and the network to it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Row, ToSql};

use crate::profile::Profile;
use crate::seed;

/// The connections of the fixed site.
const POOL: usize = 16;

/// A database with its connections.
pub(crate) struct Database {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
    round_trip: Duration,
    statements: AtomicU64,
    at_once: AtomicU64,
    most_at_once: AtomicU64,
    /// Keeps the memory while every other connection is away.
    _anchor: Mutex<Connection>,
}

impl Database {
    /// A seeded database. `as-found` has one connection and no indexes besides the keys.
    pub(crate) fn open(profile: Profile, round_trip: Duration) -> rusqlite::Result<Database> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("file:/site-{}?vfs=memdb", NUMBER.fetch_add(1, Relaxed));
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut anchor = Connection::open_with_flags(&name, flags)?;
        seed::fill(&mut anchor, profile == Profile::Fixed)?;
        let connections = if profile == Profile::Fixed { POOL } else { 1 };
        let idle = (0..connections).map(|_| Connection::open_with_flags(&name, flags));
        Ok(Database {
            idle: Mutex::new(idle.collect::<Result<_, _>>()?),
            returned: Condvar::new(),
            round_trip,
            statements: AtomicU64::new(0),
            at_once: AtomicU64::new(0),
            most_at_once: AtomicU64::new(0),
            _anchor: Mutex::new(anchor),
        })
    }

    /// Waits for a connection, which is given back when the session ends.
    pub(crate) fn session(&self) -> Session<'_> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match idle.pop() {
                Some(connection) => return Session { database: self, connection: Some(connection) },
                None => idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Relaxed)
    }

    pub(crate) fn most_at_once(&self) -> u64 {
        self.most_at_once.load(Relaxed)
    }
}

/// One connection, held.
pub(crate) struct Session<'a> {
    database: &'a Database,
    connection: Option<Connection>,
}

impl Session<'_> {
    /// Runs a statement and reads its rows.
    ///
    /// Every statement crosses the network to the database and back: that round trip is the one thing here that is
    /// waited for instead of worked for. The connection is taken while it lasts, as over a real network.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let Some(connection) = &self.connection else { return Ok(Vec::new()) };
        let database = self.database;
        database.statements.fetch_add(1, Relaxed);
        let at_once = database.at_once.fetch_add(1, Relaxed) + 1;
        database.most_at_once.fetch_max(at_once, Relaxed);
        if !database.round_trip.is_zero() {
            std::thread::sleep(database.round_trip);
        }
        let rows = (|| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map(parameters, |row| read(row))?.collect()
        })();
        database.at_once.fetch_sub(1, Relaxed);
        rows
    }

    /// Runs a statement that has one row with one value.
    pub(crate) fn value<T: rusqlite::types::FromSql>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
    ) -> rusqlite::Result<T> {
        let mut rows = self.rows(sql, parameters, |row| row.get(0))?;
        rows.pop().ok_or(rusqlite::Error::QueryReturnedNoRows)
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let mut idle = self.database.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.connection.take());
        drop(idle);
        self.database.returned.notify_one();
    }
}
