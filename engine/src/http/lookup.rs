//! How names are looked up, and where connections come from: what the user has set.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};

use super::{Error, ErrorKind, Origin};
use crate::clock::Nanos;

/// Which of a name's addresses a connection goes to first; the others follow if it cannot be opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// The first.
    First,
    /// Any, by the run's seed.
    #[default]
    Random,
    /// The next one. Each virtual user begins with another.
    RoundRobin,
}

/// Which kinds of addresses are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// IPv4 before IPv6.
    #[default]
    PreferV4,
    /// IPv6 before IPv4.
    PreferV6,
    /// IPv4 alone.
    OnlyV4,
    /// IPv6 alone.
    OnlyV6,
    /// As they come.
    Any,
}

/// What a name means on one port, whatever others say.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// In lower case.
    pub host: String,
    /// The port.
    pub port: u16,
    /// One is picked as of those that are looked up.
    pub addresses: Vec<IpAddr>,
}

/// How names are looked up.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// How long an answer is believed; nothing for as long as the pool lives.
    pub ttl: Option<Duration>,
    /// Which address a connection goes to.
    pub pick: Pick,
    /// Which kinds are wanted.
    pub family: Family,
    /// Names that are not looked up.
    pub pinned: Vec<Pinned>,
    /// Whether the user himself has said what those mean: then it is not held against the target.
    pub vouched: bool,
    /// What random choices follow from.
    pub seed: u64,
}

impl Default for Lookup {
    /// As k6 does it.
    fn default() -> Lookup {
        Lookup {
            ttl: Some(Duration::from_secs(300)),
            pick: Pick::default(),
            family: Family::default(),
            pinned: Vec::new(),
            vouched: false,
            seed: 0,
        }
    }
}

impl Lookup {
    /// Until when an answer of now is believed; nothing if it is for one connection.
    pub(super) fn until(&self, now: Nanos) -> Option<Nanos> {
        match self.ttl {
            None => Some(Nanos(u64::MAX)),
            Some(Duration::ZERO) => None,
            Some(ttl) => Some(now + ttl),
        }
    }

    /// The addresses that a name was set to.
    pub(super) fn pinned(&self, origin: &Origin) -> Option<Vec<SocketAddr>> {
        let host = origin.host.trim_end_matches('.');
        let found = self.pinned.iter().find(|pinned| pinned.host == host && pinned.port == origin.port)?;
        Some(found.addresses.iter().map(|address| SocketAddr::new(*address, origin.port)).collect())
    }

    /// Those of these kinds that are wanted, the preferred ones first.
    pub(super) fn wanted(&self, mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
        match self.family {
            Family::Any => {}
            Family::PreferV4 => addresses.sort_by_key(SocketAddr::is_ipv6),
            Family::PreferV6 => addresses.sort_by_key(SocketAddr::is_ipv4),
            Family::OnlyV4 => addresses.retain(SocketAddr::is_ipv4),
            Family::OnlyV6 => addresses.retain(SocketAddr::is_ipv6),
        }
        addresses
    }

    /// Brings the address to the front that the connection with this number of one virtual user goes to.
    pub(super) fn pick(&self, addresses: &mut [SocketAddr], user: u64, connection: u64) {
        let preferred = match (self.family, addresses.first()) {
            (Family::PreferV4 | Family::PreferV6, Some(first)) => {
                let v4 = first.is_ipv4();
                addresses.iter().take_while(|address| address.is_ipv4() == v4).count()
            }
            _ => addresses.len(),
        };
        if preferred < 2 {
            return;
        }
        let number = match self.pick {
            Pick::First => return,
            Pick::RoundRobin => user.wrapping_add(connection),
            Pick::Random => scattered(self.seed ^ scattered(user) ^ connection),
        };
        let by = usize::try_from(number % preferred as u64).unwrap_or_default();
        if let Some(preferred) = addresses.get_mut(..preferred) {
            preferred.rotate_left(by);
        }
    }
}

/// A number that has nothing to do with its neighbours' (SplitMix64).
fn scattered(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The addresses of this machine that connections come from; any if there are none.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    v4: Vec<IpAddr>,
    v6: Vec<IpAddr>,
}

impl Sources {
    /// These addresses, each of which is tried.
    ///
    /// # Errors
    /// A sentence about the first that is none of this machine's.
    pub fn new(addresses: &[IpAddr]) -> Result<Sources, String> {
        for address in addresses {
            let bound = bind(*address);
            bound.map_err(|error| format!("connections cannot come from {address}: {error}"))?;
        }
        let (v4, v6) = addresses.iter().partition(|address| address.is_ipv4());
        Ok(Sources { v4, v6 })
    }

    /// Opens a connection of a virtual user, which always has the same source address of a kind.
    pub(super) async fn connect(&self, to: SocketAddr, user: u64) -> std::io::Result<TcpStream> {
        if self.v4.is_empty() && self.v6.is_empty() {
            return TcpStream::connect(to).await;
        }
        let (kind, name) = if to.is_ipv4() { (&self.v4, "IPv4") } else { (&self.v6, "IPv6") };
        let which = usize::try_from(user % kind.len().max(1) as u64).unwrap_or_default();
        let Some(from) = kind.get(which) else {
            return Err(std::io::Error::other(format!("`--local-ips` has no address of {name}")));
        };
        bind(*from)?.connect(to).await
    }
}

fn bind(address: IpAddr) -> std::io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind(SocketAddr::new(address, 0))?;
    Ok(socket)
}

/// Opens a connection to the first address that takes one.
pub(super) async fn connect(
    origin: &Origin,
    addresses: &[SocketAddr],
    sources: &Sources,
    user: u64,
) -> Result<TcpStream, Error> {
    let mut last = None;
    for address in addresses {
        match sources.connect(*address, user).await {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(|error| Error::connecting(&origin.authority, &error))?;
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(error) => Err(Error::connecting(&origin.authority, &error)),
        None => Err(Error::new(ErrorKind::Dns, format!("`{}` has no address", origin.authority))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &str) -> Vec<SocketAddr> {
        let read = |text: &str| SocketAddr::new(text.parse().expect("an address"), 80);
        texts.split_whitespace().map(read).collect()
    }

    #[test]
    fn kinds_of_addresses_are_preferred_or_left_out() {
        let all = addresses("::1 10.0.0.1 ::2 10.0.0.2");
        for (family, left) in [
            (Family::Any, "::1 10.0.0.1 ::2 10.0.0.2"),
            (Family::PreferV4, "10.0.0.1 10.0.0.2 ::1 ::2"),
            (Family::PreferV6, "::1 ::2 10.0.0.1 10.0.0.2"),
            (Family::OnlyV4, "10.0.0.1 10.0.0.2"),
            (Family::OnlyV6, "::1 ::2"),
        ] {
            let lookup = Lookup { family, ..Lookup::default() };
            assert_eq!(lookup.wanted(all.clone()), addresses(left), "{family:?}");
        }
    }

    #[test]
    fn connections_are_spread_over_the_preferred_addresses() {
        let all = addresses("10.0.0.1 10.0.0.2 10.0.0.3 ::1");
        let firsts = |pick, users: std::ops::Range<u64>, connections: std::ops::Range<u64>| {
            let lookup = Lookup { pick, seed: 7, ..Lookup::default() };
            let mut counts = [0; 4];
            for (user, connection) in users.flat_map(|user| connections.clone().map(move |one| (user, one))) {
                let mut picked = all.clone();
                lookup.pick(&mut picked, user, connection);
                counts[all.iter().position(|address| *address == picked[0]).expect("one of them")] += 1;
                picked.sort();
                let mut every = all.clone();
                every.sort();
                assert_eq!(picked, every);
            }
            counts
        };
        assert_eq!(firsts(Pick::First, 0..30, 0..1), [30, 0, 0, 0]);
        assert_eq!(firsts(Pick::RoundRobin, 0..30, 0..1), [10, 10, 10, 0]);
        assert_eq!(firsts(Pick::RoundRobin, 5..6, 0..30), [10, 10, 10, 0]);
        for counts in [firsts(Pick::Random, 0..3000, 0..1), firsts(Pick::Random, 9..10, 0..3000)] {
            assert!(
                counts[3] == 0 && counts[..3].iter().all(|count| (800..1200).contains(count)),
                "{counts:?}"
            );
        }
    }

    #[test]
    fn an_answer_is_believed_for_its_time() {
        let until = |ttl| Lookup { ttl, ..Lookup::default() }.until(Nanos(5));
        assert_eq!(until(None), Some(Nanos(u64::MAX)));
        assert_eq!(until(Some(Duration::ZERO)), None);
        assert_eq!(until(Some(Duration::from_nanos(7))), Some(Nanos(12)));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_virtual_user_keeps_its_source_address() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let to = listener.local_addr().expect("an address");
        let own: Vec<IpAddr> = ["127.0.0.2", "127.0.0.3"].map(|text| text.parse().expect("one")).into();
        let sources = Sources::new(&own).expect("addresses of this machine");
        for user in [0, 1, 2, 1] {
            let _stream = sources.connect(to, user).await.expect("a connection");
            let (_, from) = listener.accept().await.expect("a connection");
            assert_eq!(from.ip(), own[user as usize % 2]);
        }
        let error = sources.connect("[::1]:9".parse().expect("an address"), 0).await.expect_err("no source");
        assert!(error.to_string().contains("no address of IPv6"), "{error}");
        let strange = Sources::new(&["198.51.100.1".parse().expect("an address")]).expect_err("not here");
        assert!(strange.contains("cannot come from 198.51.100.1"), "{strange}");
    }
}
