//! Open connections by origin: one virtual user's, or those of all on a worker.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::one::One;
use super::two::Two;
use super::{Origin, Transport};
use crate::clock::Nanos;

/// The most idle connections of one user's pool: what the largest `send-all` may leave behind.
const MOST_IDLE: usize = 256;
/// The same of a worker's.
const MOST_IDLE_OF_ALL: usize = 65_536;

/// Connections that nobody is using, and what else is known of their servers. Copies are the same pool.
#[derive(Clone, Default)]
pub struct Pool(Arc<Mutex<Hosts>>);

/// Of one pool.
#[derive(Default)]
pub(super) struct Hosts {
    hosts: Vec<Host>,
    idle: usize,
    /// With the sessions of TLS that servers offered to go on with.
    pub tls: Option<Arc<ClientConfig>>,
}

/// A server.
struct Host {
    origin: Arc<Origin>,
    idle: Vec<(Box<One>, Nanos)>,
    two: Option<(Two, Nanos)>,
    /// Whether it chose HTTP/1.1 where it could have had HTTP/2.
    one_only: bool,
    /// Passed one at a time by those who may find a connection of HTTP/2 behind it.
    door: Arc<Semaphore>,
    /// One for each connection that there may be.
    seats: Option<Arc<Semaphore>>,
    addresses: Option<(Vec<SocketAddr>, Nanos)>,
    /// How many connections were opened.
    opened: u64,
}

/// What a pool has for a request.
pub(super) enum Found {
    /// An idle connection, perhaps no longer open.
    One(Box<One>),
    /// A connection to be shared.
    Two(Two),
    /// Nothing.
    Nothing,
}

/// What must be had before a connection is opened.
pub(super) struct Gates {
    pub seats: Option<Arc<Semaphore>>,
    pub door: Option<Arc<Semaphore>>,
}

/// Room for one connection, given back with it.
pub(super) type Seat = Option<OwnedSemaphorePermit>;

impl Pool {
    pub(super) fn lock(&self) -> MutexGuard<'_, Hosts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn same(a: &Arc<Origin>, b: &Arc<Origin>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

impl Host {
    fn find_two(&mut self, limit: Option<Duration>, now: Nanos) -> Option<Two> {
        let (two, since) = self.two.as_mut()?;
        if two.usable() && limit.is_none_or(|limit| now.since(*since) <= limit) {
            *since = now;
            return Some(two.handle());
        }
        self.two = None;
        None
    }
}

impl Hosts {
    fn host(&mut self, origin: &Arc<Origin>) -> Option<&mut Host> {
        self.hosts.iter_mut().find(|host| same(&host.origin, origin))
    }

    fn host_or_new(&mut self, origin: &Arc<Origin>, most: Option<usize>) -> Option<&mut Host> {
        if self.host(origin).is_none() {
            self.hosts.push(Host {
                origin: Arc::clone(origin),
                idle: Vec::new(),
                two: None,
                one_only: false,
                door: Arc::new(Semaphore::new(1)),
                seats: most.map(|most| Arc::new(Semaphore::new(most))),
                addresses: None,
                opened: 0,
            });
        }
        self.host(origin)
    }

    /// Takes the connection that was used last, if one has not been idle for too long.
    pub(super) fn find(&mut self, origin: &Arc<Origin>, transport: &Transport, now: Nanos) -> Found {
        let limit = transport.settings.idle;
        let Some(host) = self.hosts.iter_mut().find(|host| same(&host.origin, origin)) else {
            return Found::Nothing;
        };
        if host.two.is_some()
            && let Some(two) = host.find_two(limit, now)
        {
            return Found::Two(two);
        }
        let Some((one, since)) = host.idle.pop() else { return Found::Nothing };
        self.idle -= 1;
        if limit.is_some_and(|limit| now.since(since) > limit) {
            // The others have been idle for longer.
            self.idle -= host.idle.len();
            host.idle.clear();
            return Found::Nothing;
        }
        Found::One(one)
    }

    /// A connection to be shared.
    pub(super) fn find_two(
        &mut self,
        origin: &Arc<Origin>,
        transport: &Transport,
        now: Nanos,
    ) -> Option<Two> {
        self.host(origin)?.find_two(transport.settings.idle, now)
    }

    /// Closes a connection that nobody uses, so that another one may be opened in its place.
    pub(super) fn make_room(&mut self, origin: &Arc<Origin>) {
        if let Some(host) = self.hosts.iter_mut().find(|host| same(&host.origin, origin)) {
            self.idle -= usize::from(host.idle.pop().is_some());
        }
    }

    pub(super) fn gates(&mut self, origin: &Arc<Origin>, transport: &Transport) -> Gates {
        let settings = &transport.settings;
        let two = settings.keep_alive && transport.may_be_two(origin);
        match self.host_or_new(origin, settings.most_per_host) {
            None => Gates { seats: None, door: None },
            Some(host) => Gates {
                seats: host.seats.clone(),
                door: (two && !host.one_only).then(|| Arc::clone(&host.door)),
            },
        }
    }

    /// Whether HTTP/2 has turned out not to be spoken there.
    pub(super) fn is_one_only(&mut self, origin: &Arc<Origin>) -> bool {
        self.host(origin).is_some_and(|host| host.one_only)
    }

    /// A server chose HTTP/1.1 where it could have had HTTP/2.
    pub(super) fn note_one_only(&mut self, origin: &Arc<Origin>) {
        if let Some(host) = self.host(origin) {
            host.one_only = true;
        }
    }

    /// A connection that others can share from now on.
    pub(super) fn share(&mut self, origin: &Arc<Origin>, two: &Two, now: Nanos) {
        if let Some(host) = self.host(origin) {
            host.two = Some((two.handle(), now));
        }
    }

    /// A connection of HTTP/2 that is not to be shared any more.
    pub(super) fn forget(&mut self, origin: &Arc<Origin>, two: &Two) {
        if let Some(host) = self.host(origin)
            && host.two.as_ref().is_some_and(|(known, _)| known.same(two))
        {
            host.two = None;
        }
    }

    /// Takes a connection back that nobody uses any more.
    pub(super) fn give_back(
        &mut self,
        origin: &Arc<Origin>,
        one: Box<One>,
        transport: &Transport,
        now: Nanos,
    ) {
        let most = if transport.settings.shared { MOST_IDLE_OF_ALL } else { MOST_IDLE };
        if self.idle >= most {
            return;
        }
        let limit = transport.settings.idle;
        if let Some(host) = self.host_or_new(origin, transport.settings.most_per_host) {
            let before = host.idle.len();
            if let Some(limit) = limit {
                host.idle.retain(|(_, since)| now.since(*since) <= limit);
            }
            host.idle.push((one, now));
            let after = host.idle.len();
            self.idle = self.idle + after - before;
        }
    }

    /// Closes all connections that nobody uses.
    pub(super) fn close(&mut self) {
        self.idle = 0;
        for host in &mut self.hosts {
            host.idle.clear();
            host.two = None;
        }
    }

    /// Addresses that were looked up not too long ago.
    pub(super) fn addresses(&mut self, origin: &Arc<Origin>, now: Nanos) -> Option<Vec<SocketAddr>> {
        let (addresses, until) = self.host(origin)?.addresses.as_ref()?;
        (now <= *until).then(|| addresses.clone())
    }

    /// Keeps addresses.
    pub(super) fn learn(
        &mut self,
        origin: &Arc<Origin>,
        addresses: &[SocketAddr],
        until: Nanos,
        transport: &Transport,
    ) {
        if let Some(host) = self.host_or_new(origin, transport.settings.most_per_host) {
            host.addresses = Some((addresses.to_vec(), until));
        }
    }

    /// The number of a connection that is about to be opened.
    pub(super) fn next_connection(&mut self, origin: &Arc<Origin>, transport: &Transport) -> u64 {
        self.host_or_new(origin, transport.settings.most_per_host).map_or(0, |host| {
            host.opened += 1;
            host.opened - 1
        })
    }
}
