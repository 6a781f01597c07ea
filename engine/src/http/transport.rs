//! How connections are made, kept and shared: what the user has set, the same for all virtual users.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::tls::{Tls, TlsSettings};
use super::{Lookup, Origin, Proxies, Sources};

/// Which versions of HTTP are spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/2 over TLS where the server agrees, HTTP/1.1 elsewhere.
    #[default]
    Agreed,
    /// HTTP/1.1 alone.
    One,
    /// HTTP/2 alone, without TLS too.
    Two,
}

/// What the user has set.
#[derive(Debug)]
pub struct TransportSettings {
    /// Which versions of HTTP are spoken.
    pub version: HttpVersion,
    /// Of TLS.
    pub tls: TlsSettings,
    /// Whether the virtual users of a worker have one pool.
    pub shared: bool,
    /// The most connections of a pool to one host.
    pub most_per_host: Option<usize>,
    /// Whether a connection carries more than one request.
    pub keep_alive: bool,
    /// Whether every iteration begins without connections.
    pub fresh: bool,
    /// How long a connection may be idle before it is used again.
    pub idle: Option<Duration>,
    /// A socket of this machine on which the target listens.
    pub unix_socket: Option<PathBuf>,
    /// Who is asked for what cannot be reached directly.
    pub proxies: Proxies,
    /// How names are looked up.
    pub lookup: Lookup,
    /// Where connections come from.
    pub sources: Sources,
}

impl Default for TransportSettings {
    fn default() -> TransportSettings {
        TransportSettings {
            version: HttpVersion::default(),
            tls: TlsSettings::default(),
            shared: false,
            most_per_host: None,
            keep_alive: true,
            fresh: false,
            idle: None,
            unix_socket: None,
            proxies: Proxies::default(),
            lookup: Lookup::default(),
            sources: Sources::default(),
        }
    }
}

/// How connections are made, kept and shared.
#[derive(Debug)]
pub struct Transport {
    pub(super) settings: TransportSettings,
    pub(super) tls: Tls,
    /// How many virtual users there have been.
    users: AtomicU64,
}

impl Default for Transport {
    fn default() -> Transport {
        Transport::new(TransportSettings::default())
    }
}

impl Transport {
    /// Connections as they were set.
    pub fn new(mut settings: TransportSettings) -> Transport {
        let alpn: &[&[u8]] = match settings.version {
            HttpVersion::Agreed => &[b"h2", b"http/1.1"],
            HttpVersion::One => &[b"http/1.1"],
            HttpVersion::Two => &[b"h2"],
        };
        let tls = Tls::new(std::mem::take(&mut settings.tls), alpn);
        Transport { settings, tls, users: AtomicU64::new(0) }
    }

    /// Reads the system's certificates, so that no request waits for it.
    ///
    /// # Errors
    /// Why there can be no TLS at all.
    pub fn prepare_tls(&self) -> Result<(), String> {
        self.tls.config().map(drop)
    }

    /// Whether virtual users of a worker have one pool.
    pub fn is_shared(&self) -> bool {
        self.settings.shared
    }

    /// The number of a virtual user, by which it chooses among addresses.
    pub(super) fn next_user(&self) -> u64 {
        self.users.fetch_add(1, Relaxed)
    }

    /// Whether HTTP/2 may be spoken to an origin.
    pub(super) fn may_be_two(&self, origin: &Origin) -> bool {
        match self.settings.version {
            HttpVersion::Agreed => origin.secure,
            HttpVersion::One => false,
            HttpVersion::Two => true,
        }
    }
}
