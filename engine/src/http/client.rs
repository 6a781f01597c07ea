//! One VU's way to connections: those of its pool, and new ones.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::connection::Connection;
use super::names::Names;
use super::opening::{Opened, open};
use super::pool::{Found, Pool, Seat};
use super::timeouts::Deadlines;
use super::{Alarm, Answer, Error, Exchange, Guard, Origin, Prepared, Transport};
use crate::clock::{Clock, Nanos};

/// A connection that an exchange is about to use, and what it cost to have it.
pub struct Acquired {
    connection: Connection,
    origin: Arc<Origin>,
    seat: Seat,
    /// Waiting for a connection that others used or opened.
    pub blocked: Duration,
    /// Looking the host up; zero for a kept connection.
    pub dns: Duration,
    /// Opening the connection; zero for a kept one.
    pub connecting: Duration,
    /// The TLS handshake; zero for a kept one.
    pub tls: Duration,
}

impl Acquired {
    fn kept_one(origin: &Arc<Origin>, connection: Connection) -> Acquired {
        let (seat, zero) = (None, Duration::ZERO);
        Acquired {
            connection,
            origin: Arc::clone(origin),
            seat,
            blocked: zero,
            dns: zero,
            connecting: zero,
            tls: zero,
        }
    }

    /// Sends a request within its bounds, of which the longest counts from `asked`, and reads the answer, keeping at most
    /// `most` bytes of its body.
    ///
    /// # Errors
    /// Which bound was not kept; then the connection is of no further use.
    pub async fn exchange_in_time(
        &mut self,
        request: &Prepared,
        clock: Clock,
        asked: Nanos,
        most: usize,
        (answer, alarm): (&mut Answer, &mut Alarm),
    ) -> Result<Exchange, Error> {
        let begun = if self.kept() { asked } else { clock.now() };
        let begun = begun.max(asked + self.blocked);
        let deadlines = Deadlines::of(request, clock, asked, begun);
        let begins = request.timeouts.first_byte.map(|_| self.connection.begins());
        // Where it stays: it is large.
        let exchange = pin!(self.connection.exchange(request, clock, begun, most, answer));
        let ended = deadlines.keep(alarm, exchange, || begins.is_some_and(|begins| begins.seen())).await;
        ended.map_err(|late| late.error(request))
    }

    /// Whether the connection was there already.
    pub fn kept(&self) -> bool {
        self.connection.used()
    }
}

/// What a request wants: a connection to its origin by an instant.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The request.
    pub request: &'a Prepared,
    /// When it was asked for; its bounds count from here.
    pub asked: Nanos,
    /// Whether it must be a new one.
    pub new: bool,
}

/// One VU's connections and known addresses. Connections live until the server closes them, the VU ends or the settings
/// say so.
#[derive(Clone, Default)]
pub struct Client {
    pool: Pool,
    names: Names,
    transport: Arc<Transport>,
}

impl Client {
    /// A client that looks at what granted names mean.
    pub fn guarded(guard: Guard, transport: Arc<Transport>) -> Client {
        let names = Names::guarded(guard, transport.next_user());
        Client { names, transport, pool: Pool::default() }
    }

    /// Uses the pool of all virtual users of a worker, if the settings say so.
    pub fn join(&mut self, pool: &Pool) {
        if self.transport.is_shared() {
            self.pool = pool.clone();
        }
    }

    /// Begins an iteration, without connections if the settings say so.
    pub fn begin_iteration(&mut self) {
        if self.transport.settings.fresh {
            self.pool.lock().close();
        }
    }

    /// A connection for a request: an idle one that is still open, or a new one.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn acquire(
        &self,
        wanted: Wanted<'_>,
        clock: Clock,
        alarm: &mut Alarm,
    ) -> Result<Acquired, Error> {
        match self.kept(wanted, clock).await {
            Some(acquired) => Ok(acquired),
            // Rare and large: in a box, it does not make every exchange carry its size.
            None => Box::pin(self.acquire_slowly(wanted, clock, alarm)).await,
        }
    }

    /// An idle connection that is still open, where none has to be waited for; else [`Client::acquire_slowly`] has one.
    ///
    /// One that the server has closed is left out silently: nothing has been sent over it.
    pub async fn kept(&self, wanted: Wanted<'_>, clock: Clock) -> Option<Acquired> {
        if wanted.new || self.transport.settings.most_per_host.is_some() {
            return None;
        }
        let origin = &wanted.request.origin;
        let connection = self.checkout(origin, clock).await?;
        Some(Acquired::kept_one(origin, connection))
    }

    /// A connection that others may have to be waited for, or that has to be opened. Takes much of a stack.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn acquire_slowly(
        &self,
        wanted: Wanted<'_>,
        clock: Clock,
        alarm: &mut Alarm,
    ) -> Result<Acquired, Error> {
        let Wanted { request, asked, new } = wanted;
        let (origin, timeouts) = (&request.origin, &request.timeouts);
        let gates = self.pool.lock().gates(origin, &self.transport);
        let gates_two = gates.door.is_some();
        let waiting = async {
            let mut door = None;
            if let Some(gate) = gates.door {
                // Never closed.
                door = gate.acquire_owned().await.ok();
                let mut hosts = self.pool.lock();
                if let Some(two) = hosts.find_two(origin, &self.transport, clock.now()) {
                    return (None, None, Some(Connection::Two(two)));
                }
                // One who had to learn that a server wants HTTP/1.1 opens the door to all others.
                door = door.filter(|_| !hosts.is_one_only(origin));
            }
            let seat = match gates.seats {
                None => None,
                Some(seats) => seats.acquire_owned().await.ok(),
            };
            let kept = if new { None } else { self.checkout(origin, clock).await };
            (seat, door, kept)
        };
        let by = clock.instant(asked + timeouts.request);
        let Some((seat, door, kept)) = alarm.until(by, waiting).await else {
            return Err(timeouts.not_free(&origin.authority));
        };
        let mut blocked = clock.now().since(asked);
        if let Some(connection) = kept {
            return Ok(Acquired { seat, blocked, ..Acquired::kept_one(origin, connection) });
        }
        if seat.is_some() {
            self.pool.lock().make_room(origin);
        }
        // Without a gate nothing was waited for.
        let gated = seat.is_some() || door.is_some() || gates_two;
        let began = if gated { clock.now() } else { asked };
        if !gated {
            blocked = Duration::ZERO;
        }
        let opening = open(&self.names, &self.transport, &self.pool, origin, clock);
        let by = timeouts.connecting(clock, began).min(by);
        let opened = alarm.until(by, opening).await;
        let opened = opened.unwrap_or_else(|| {
            let proxy = self.transport.settings.proxies.before(origin);
            let proxy = proxy.map(|proxy| proxy.origin.authority.as_str());
            Err(timeouts.not_connected(&origin.authority, proxy))
        })?;
        let Opened { connection, dns, connecting, tls } = opened;
        // One of HTTP/2 has room for all.
        let seat = seat.filter(|_| matches!(connection, Connection::One(_)));
        if self.transport.settings.keep_alive && self.transport.may_be_two(origin) {
            let mut hosts = self.pool.lock();
            match &connection {
                Connection::One(_) => hosts.note_one_only(origin),
                Connection::Two(two) => hosts.share(origin, two, clock.now()),
            }
        }
        drop(door);
        Ok(Acquired { connection, origin: Arc::clone(origin), seat, blocked, dns, connecting, tls })
    }

    /// Takes a connection back after its exchange at `now`. One that has failed is noticed when it is next wanted.
    pub fn release(&self, acquired: Acquired, now: Nanos) {
        let Acquired { connection, origin, seat, .. } = acquired;
        if let Connection::One(one) = connection
            && self.transport.settings.keep_alive
        {
            self.pool.lock().give_back(&origin, one, &self.transport, now);
        }
        // Only now can another have it.
        drop(seat);
    }

    /// Gives a connection up over which a request has failed that is sent again.
    pub fn discard(&self, acquired: &Acquired) {
        if let Connection::Two(two) = &acquired.connection {
            self.pool.lock().forget(&acquired.origin, two);
        }
    }

    async fn checkout(&self, origin: &Arc<Origin>, clock: Clock) -> Option<Connection> {
        // The clock is read only where an idle limit is compared with it.
        let now = if self.transport.settings.idle.is_some() { clock.now() } else { Nanos(0) };
        loop {
            let found = self.pool.lock().find(origin, &self.transport, now);
            match found {
                Found::Nothing => return None,
                Found::Two(two) => return Some(Connection::Two(two)),
                Found::One(mut one) => {
                    if one.usable().await {
                        return Some(Connection::One(one));
                    }
                }
            }
        }
    }
}
