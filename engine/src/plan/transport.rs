//! How connections are made, kept and shared, as somebody set it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{Dns, Pinned, Proxies, shown};

/// The most addresses of `resolve` that a report names.
const MOST_NOTED: usize = 8;

/// Which versions of HTTP are spoken, if not those that client and server agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpVersions {
    /// HTTP/1.1 alone.
    One,
    /// HTTP/2 alone, without TLS too.
    Prior,
}

/// Whose connections are one pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connections {
    /// Each virtual user's own.
    PerVu,
    /// Those of all virtual users on a worker.
    Shared,
}

/// What somebody set; what is left out is the engine's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transport {
    /// PEM files of certificates that are trusted besides the system's.
    pub ca_certs: Vec<PathBuf>,
    /// A PEM file of the certificates that are shown to servers.
    pub cert: Option<PathBuf>,
    /// A PEM file of their key.
    pub key: Option<PathBuf>,
    /// Whether TLS must be 1.3.
    pub tls_13: Option<bool>,
    /// Whether any certificate is taken.
    pub insecure: Option<bool>,
    /// Whether sessions of TLS go on over new connections.
    pub tls_resumption: Option<bool>,
    /// Which versions of HTTP are spoken.
    pub versions: Option<HttpVersions>,
    /// Whose connections are one pool.
    pub connections: Option<Connections>,
    /// The most connections of a pool to one host.
    pub max_per_host: Option<u32>,
    /// Whether a connection carries more than one request.
    pub keep_alive: Option<bool>,
    /// Whether an iteration uses the connections of the one before.
    pub vu_reuse: Option<bool>,
    /// How long a connection may be idle and then be used again.
    pub idle: Option<Duration>,
    /// A socket of this machine on which the target listens.
    pub unix_socket: Option<PathBuf>,
    /// Who is asked for what cannot be reached directly.
    pub proxies: Option<Proxies>,
    /// What is reached directly all the same.
    pub no_proxy: Option<String>,
    /// What names mean, whatever others say.
    pub resolve: Vec<Pinned>,
    /// Whether a phase file says that, and not the user himself.
    pub resolve_of_phase: bool,
    /// How other names are looked up.
    pub dns: Option<Dns>,
    /// The addresses of this machine that connections come from.
    pub sources: Vec<IpAddr>,
}

impl Transport {
    /// These settings, and where nothing is set the others.
    #[must_use]
    pub fn or(self, others: Transport) -> Transport {
        // A key belongs to its certificate.
        let own = self.cert.is_some() || self.key.is_some();
        let (cert, key) = if own { (self.cert, self.key) } else { (others.cert, others.key) };
        Transport {
            ca_certs: if self.ca_certs.is_empty() { others.ca_certs } else { self.ca_certs },
            cert,
            key,
            tls_13: self.tls_13.or(others.tls_13),
            insecure: self.insecure.or(others.insecure),
            tls_resumption: self.tls_resumption.or(others.tls_resumption),
            versions: self.versions.or(others.versions),
            connections: self.connections.or(others.connections),
            max_per_host: self.max_per_host.or(others.max_per_host),
            keep_alive: self.keep_alive.or(others.keep_alive),
            vu_reuse: self.vu_reuse.or(others.vu_reuse),
            idle: self.idle.or(others.idle),
            unix_socket: self.unix_socket.or(others.unix_socket),
            proxies: self.proxies.or(others.proxies),
            no_proxy: self.no_proxy.or(others.no_proxy),
            resolve_of_phase: if self.resolve.is_empty() {
                others.resolve_of_phase
            } else {
                self.resolve_of_phase
            },
            resolve: if self.resolve.is_empty() { others.resolve } else { self.resolve },
            dns: self.dns.or(others.dns),
            sources: if self.sources.is_empty() { others.sources } else { self.sources },
        }
    }

    /// The same without a way to servers of its own; and what that was called, if there was one.
    #[must_use]
    pub fn without_a_way(self) -> (Transport, Vec<&'static str>) {
        let known = [
            ("proxy", self.proxies.is_some()),
            ("no-proxy", self.no_proxy.is_some()),
            ("resolve", !self.resolve.is_empty()),
        ];
        let named = known.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect();
        (Transport { proxies: None, no_proxy: None, resolve: Vec::new(), ..self }, named)
    }

    /// What everybody who reads a report must know of the way that requests took.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.insecure == Some(true) {
            notes.push(
                "certificates of servers were not checked (`--insecure`): the target may have been anybody"
                    .to_owned(),
            );
        }
        if let Some(Proxies { plain, secure }) = &self.proxies {
            let through: &[_] = if plain == secure {
                &[("requests", plain)]
            } else {
                &[("`http` requests", plain), ("`https` requests", secure)]
            };
            let but = self.no_proxy.as_ref().map(|list| format!(", but not to `{}`", shown(list)));
            let but = but.unwrap_or_default();
            for (what, proxy) in through {
                let Some(proxy) = proxy else { continue };
                notes.push(format!("{what} went through the proxy `{proxy}`{but}: its time is in all times"));
            }
        }
        for pinned in self.resolve.iter().take(MOST_NOTED) {
            let addresses: Vec<_> = pinned.addresses.iter().map(ToString::to_string).collect();
            let (host, port) = (&pinned.host, pinned.port);
            notes.push(format!("`{host}:{port}` was taken to be at {} (`resolve`)", addresses.join(", ")));
        }
        if let Some(more) = self.resolve.len().checked_sub(MOST_NOTED).filter(|more| *more > 0) {
            notes.push(format!("{more} more hosts were taken to be where `resolve` says"));
        }
        match self.sources.as_slice() {
            [] => {}
            [one] => notes.push(format!("connections came from {one} (`--local-ips`)")),
            many => notes.push(format!("connections came from {} addresses (`--local-ips`)", many.len())),
        }
        notes
    }

    /// What contradicts itself.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.key.is_some() && self.cert.is_none() {
            faults.push("`key` is given without its `cert`".to_owned());
        }
        if self.connections == Some(Connections::Shared) && self.vu_reuse == Some(false) {
            let why =
                "a pool that all virtual users share cannot begin anew with each iteration of one of them";
            faults.push(format!("`connections` and `vu-connection-reuse`: {why}"));
        }
        if self.max_per_host == Some(0) {
            faults.push("`max-per-host` is 0, which leaves no connection at all".to_owned());
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_stronger_and_a_key_stays_with_its_certificate() {
        let near = Transport { cert: Some("a".into()), insecure: Some(false), ..Transport::default() };
        let far = Transport {
            cert: Some("b".into()),
            key: Some("c".into()),
            insecure: Some(true),
            max_per_host: Some(3),
            ..Transport::default()
        };
        let both = near.or(far.clone());
        assert_eq!((both.cert, both.key, both.insecure), (Some("a".into()), None, Some(false)));
        assert_eq!(both.max_per_host, Some(3));
        assert_eq!(Transport::default().or(far.clone()), far);
    }

    #[test]
    fn contradictions_are_found() {
        let wrong = Transport {
            key: Some("k".into()),
            connections: Some(Connections::Shared),
            vu_reuse: Some(false),
            max_per_host: Some(0),
            ..Transport::default()
        };
        assert_eq!(wrong.faults().len(), 3);
        assert!(Transport::default().faults().is_empty());
    }
}
