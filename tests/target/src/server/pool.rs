//! The connections between the site and its database.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// The connections of the fixed site, which are all opened at its start.
const ENOUGH: usize = 32;
/// The connections that the site keeps with [`Defect::Pool`](crate::Defect::Pool).
const FEW: usize = 4;
/// The round trips of a new connection: TCP takes one, TLS two, signing in four, the session's settings five, and
/// each of the site's 26 statements is prepared by one.
const HANDSHAKE: u32 = 1 + 2 + 4 + 5 + 26;
/// How long a statement waits for one that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Idle connections.
pub(crate) struct Pool {
    uri: String,
    idle: Mutex<Vec<Connection>>,
    /// Somebody may wait for a connection; without it, who finds none idle opens one.
    queue: Option<Condvar>,
    size: usize,
    round_trip: Duration,
    opened: AtomicU64,
}

impl Pool {
    /// A pool over the database at `uri`, with all its connections.
    pub(crate) fn open(uri: &str, queues: bool, round_trip: Duration) -> rusqlite::Result<Pool> {
        let size = if queues { ENOUGH } else { FEW };
        let idle: Vec<_> = (0..size).map(|_| connect(uri)).collect::<Result<_, _>>()?;
        Ok(Pool {
            uri: uri.to_owned(),
            idle: Mutex::new(idle),
            queue: queues.then(Condvar::new),
            size,
            round_trip,
            opened: AtomicU64::new(size as u64),
        })
    }

    /// An idle connection; else waits for one, or opens one.
    pub(crate) fn take(&self) -> rusqlite::Result<Connection> {
        let mut idle = self.idle();
        loop {
            if let Some(connection) = idle.pop() {
                return Ok(connection);
            }
            let Some(queue) = &self.queue else { break };
            idle = queue.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
        drop(idle);
        self.opened.fetch_add(1, Relaxed);
        std::thread::sleep(self.round_trip * HANDSHAKE);
        connect(&self.uri)
    }

    /// Takes a connection back; closes one that is too many.
    pub(crate) fn give_back(&self, connection: Connection) {
        // What its user has left open or changed is of no use to the next one.
        let closed = connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok();
        let clean = closed && connection.busy_timeout(PATIENCE).is_ok();
        let mut idle = self.idle();
        let (queues, room) = (self.queue.is_some(), idle.len() < self.size);
        if clean && room {
            idle.push(connection);
        } else if queues {
            // Nobody may wait for a connection that never comes.
            idle.extend(connect(&self.uri));
        }
        drop(idle);
        self.queue.iter().for_each(Condvar::notify_one);
    }

    /// The most connections that are kept.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The connections opened so far.
    pub(crate) fn opened(&self) -> u64 {
        self.opened.load(Relaxed)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection to a database in this process's memory.
pub(crate) fn connect(uri: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri, flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}
