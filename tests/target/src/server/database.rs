//! The database: SQLite in memory, and the network to it.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Error, Row, ToSql, ffi};

use crate::server::faults::Outage;
use crate::server::pool::{Pool, connect};
use crate::server::profile::{Defect, Profile};
use crate::server::seed;

/// A statement that follows another within this time of its answer is one of the same conversation.
const CONVERSATION: Duration = Duration::from_millis(50);

/// A database with its connections.
pub(crate) struct Database {
    pub(crate) pool: Pool,
    pub(crate) outage: Outage,
    round_trip: Duration,
    statements: AtomicU64,
    at_once: AtomicU64,
    most_at_once: AtomicU64,
    /// Keeps the memory while every other connection is away.
    _anchor: Mutex<Connection>,
}

impl Database {
    /// A seeded database.
    pub(crate) fn open(profile: Profile, round_trip: Duration) -> rusqlite::Result<Database> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let uri = format!("file:/site-{}?vfs=memdb", NUMBER.fetch_add(1, Relaxed));
        let mut anchor = connect(&uri)?;
        seed::fill(&mut anchor)?;
        Ok(Database {
            pool: Pool::open(&uri, !profile.has(Defect::Pool), round_trip)?,
            outage: Outage::default(),
            round_trip,
            statements: AtomicU64::new(0),
            at_once: AtomicU64::new(0),
            most_at_once: AtomicU64::new(0),
            _anchor: Mutex::new(anchor),
        })
    }

    /// Takes a connection, which is given back when the session ends.
    pub(crate) fn session(&self) -> rusqlite::Result<Session<'_>> {
        let connection = self.pool.take()?;
        Ok(Session { database: self, connection: Some(connection), due: Cell::new(Instant::now()) })
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
    /// When the last answer was due.
    due: Cell<Instant>,
}

impl Session<'_> {
    /// Crosses the network to the database and back, and does there what `work` does.
    ///
    /// The round trip is the one thing of the site that is waited for instead of worked for. An answer is due one
    /// round trip after the one before it: a thread that wakes up late does not make a conversation longer.
    pub(crate) fn trip<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let Some(connection) = &self.connection else { return Err(away()) };
        let database = self.database;
        database.statements.fetch_add(1, Relaxed);
        let at_once = database.at_once.fetch_add(1, Relaxed) + 1;
        database.most_at_once.fetch_max(at_once, Relaxed);
        let now = Instant::now();
        let asked =
            if now.saturating_duration_since(self.due.get()) < CONVERSATION { self.due.get() } else { now };
        self.due.set(asked + database.round_trip);
        let wait = self.due.get().saturating_duration_since(now);
        if !wait.is_zero() {
            std::thread::sleep(wait);
        }
        let result = if database.outage.lasts() { Err(away()) } else { work(connection) };
        database.at_once.fetch_sub(1, Relaxed);
        result
    }

    /// Runs a statement and reads its rows.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.trip(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map(parameters, |row| read(row))?.collect()
        })
    }

    /// Runs a statement that has one row with one value.
    pub(crate) fn value<T: rusqlite::types::FromSql>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
    ) -> rusqlite::Result<T> {
        let mut rows = self.rows(sql, parameters, |row| row.get(0))?;
        rows.pop().ok_or(Error::QueryReturnedNoRows)
    }

    /// Runs a statement without rows; the number of rows that it changed.
    pub(crate) fn execute(&self, sql: &str, parameters: &[&dyn ToSql]) -> rusqlite::Result<usize> {
        self.trip(|connection| connection.prepare_cached(sql)?.execute(parameters))
    }

    /// Waits for others that write, or gives up at once.
    pub(crate) fn patience(&self, patience: Duration) -> rusqlite::Result<()> {
        self.connection.as_ref().map_or(Ok(()), |connection| connection.busy_timeout(patience))
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.database.pool.give_back(connection);
        }
    }
}

/// What is said of a database that cannot be reached.
fn away() -> Error {
    Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CANTOPEN), Some("the database is away".to_owned()))
}
