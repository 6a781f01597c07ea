//! How connections are made, kept and shared: options, and the files that they name.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Stop, console};
use crate::http::{
    self, HttpVersion, Lookup, Shown, Sources, TlsSettings, TlsVersion, Transport, TransportSettings,
};
use crate::plan::{
    self, Connections, Dns, HttpVersions, Pinned, Proxies, ProxyUrl, Ttl, parse_dns, parse_pinned,
    parse_sources, parse_timeout,
};

/// The largest file of certificates.
const PEM_BYTES: u64 = 4 * 1024 * 1024;

#[derive(Debug, Args)]
#[command(next_help_heading = "Connections")]
pub(super) struct TransportArguments {
    /// A PEM file of certificates to trust besides the system's; may be repeated
    #[arg(long, value_name = "FILE")]
    ca_cert: Vec<PathBuf>,
    /// A PEM file of certificates to show to servers that ask for one
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// A PEM file of their key [default: the file of --cert]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The lowest version of TLS [default: 1.2]
    #[arg(long, value_name = "VERSION")]
    tls_min: Option<LeastTls>,
    /// Make every TLS handshake a whole one
    #[arg(long)]
    no_tls_resumption: bool,
    /// Take any certificate of a server; reports say so
    #[arg(long)]
    insecure: bool,
    /// Speak HTTP/1.1 alone
    #[arg(long, conflicts_with = "http2")]
    http1: bool,
    /// Speak HTTP/2 alone, with prior knowledge where there is no TLS [default: over TLS where the server agrees]
    #[arg(long, value_name = "HOW")]
    http2: Option<Http2>,
    /// Whose connections are one pool: of each virtual user, or of all on a worker [default: per-vu]
    #[arg(long, value_name = "WHOSE")]
    connections: Option<Whose>,
    /// The most connections of a pool to one host
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_per_host: Option<u32>,
    /// Make a connection for each request
    #[arg(long)]
    no_keep_alive: bool,
    /// Begin every iteration without connections
    #[arg(long)]
    no_vu_connection_reuse: bool,
    /// How long a connection may be idle and then be used again [default: for ever]
    #[arg(long, value_name = "TIME", value_parser = parse_timeout, allow_hyphen_values = true)]
    idle_timeout: Option<Duration>,
    /// A socket of this machine on which the target listens
    #[arg(long, value_name = "FILE")]
    unix_socket: Option<PathBuf>,
    /// Reach servers through a proxy, as http://USER:PASSWORD@proxy:3128; `env` for that of the environment
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// What is reached without it: hosts, with what is below them, addresses and blocks, or *
    #[arg(long, value_name = "LIST")]
    no_proxy: Option<String>,
    /// Where a host is, whatever its name means; may be repeated
    #[arg(long, value_name = "HOST:PORT:ADDRESS", value_parser = parse_pinned)]
    resolve: Vec<Pinned>,
    /// How names are looked up [default: ttl=5m,select=random,policy=preferIPv4]
    #[arg(long, value_name = "HOW", value_parser = parse_dns)]
    dns: Option<Dns>,
    /// Addresses of this machine that connections come from, such as 10.0.0.2-10.0.0.9; each virtual user has one
    #[arg(long, value_name = "LIST")]
    local_ips: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LeastTls {
    #[value(name = "1.2")]
    Tls12,
    #[value(name = "1.3")]
    Tls13,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Http2 {
    Prior,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Whose {
    PerVu,
    Shared,
}

impl TransportArguments {
    /// As the plan has it.
    ///
    /// # Errors
    /// Source addresses that are none. Too many to be read as one argument.
    pub(super) fn settings(&self) -> Result<plan::Transport, Stop> {
        let sources = self.local_ips.as_deref().map_or(Ok(Vec::new()), parse_sources);
        let sources = sources.map_err(|why| Stop::bad_input([format!("--local-ips: {why}")]))?;
        // Not read with the other arguments: what is wrong there is shown, and this has a password.
        let (proxies, past) = match self.proxy.as_deref() {
            Some("env") => of_environment(),
            other => (other.map(|url| Proxies::all(ProxyUrl::new(url))), None),
        };
        Ok(plan::Transport {
            ca_certs: self.ca_cert.clone(),
            cert: self.cert.clone(),
            key: self.key.clone(),
            tls_13: self.tls_min.map(|least| matches!(least, LeastTls::Tls13)),
            insecure: self.insecure.then_some(true),
            tls_resumption: self.no_tls_resumption.then_some(false),
            versions: match (self.http1, self.http2) {
                (true, _) => Some(HttpVersions::One),
                (false, Some(Http2::Prior)) => Some(HttpVersions::Prior),
                (false, None) => None,
            },
            connections: self.connections.map(|whose| match whose {
                Whose::PerVu => Connections::PerVu,
                Whose::Shared => Connections::Shared,
            }),
            max_per_host: self.max_per_host,
            keep_alive: self.no_keep_alive.then_some(false),
            vu_reuse: self.no_vu_connection_reuse.then_some(false),
            idle: self.idle_timeout,
            unix_socket: self.unix_socket.clone(),
            proxies,
            no_proxy: self.no_proxy.clone().or(past),
            resolve: self.resolve.clone(),
            resolve_of_phase: false,
            dns: self.dns,
            sources,
        })
    }
}

/// What the environment says, read as Go and so k6 read it: this machine itself is reached directly.
fn of_environment() -> (Option<Proxies>, Option<String>) {
    let variable = |names: [&str; 2]| {
        let found = names.into_iter().filter_map(console::variable).find(|value| !value.is_empty());
        found.map(|value| value.to_string_lossy().into_owned())
    };
    let proxies = Proxies {
        plain: variable(["HTTP_PROXY", "http_proxy"]).map(ProxyUrl::new),
        secure: variable(["HTTPS_PROXY", "https_proxy"]).map(ProxyUrl::new),
    };
    let past = variable(["NO_PROXY", "no_proxy"]).map(|list| list + ",").unwrap_or_default();
    (Some(proxies), Some(past + "localhost,127.0.0.0/8,::1"))
}

/// Reads the files that the settings name; `secure` if TLS will be wanted, `seed` for what is left to chance.
pub(super) fn transport(
    plan: &plan::Transport,
    secure: bool,
    seed: u64,
    faults: &mut Vec<String>,
) -> Transport {
    let mut tls = TlsSettings::default();
    tls.least = if plan.tls_13 == Some(true) { TlsVersion::Tls13 } else { TlsVersion::Tls12 };
    tls.insecure = plan.insecure == Some(true);
    tls.no_resumption = plan.tls_resumption == Some(false);
    let before = faults.len();
    for path in &plan.ca_certs {
        let trusted =
            read(path).and_then(|pem| tls.trust(&pem).map_err(|why| format!("{}: {why}", path.display())));
        faults.extend(trusted.err());
    }
    if let Some(cert) = &plan.cert {
        let key = plan.key.as_ref().unwrap_or(cert);
        match (read(cert), read(key)) {
            (Ok(chain), Ok(pem)) => faults.extend(tls.show(&chain, &pem).err().map(|(part, why)| {
                let path = if part == Shown::Key { key } else { cert };
                format!("{}: {why}", path.display())
            })),
            (chain, pem) => {
                faults.extend(chain.err());
                faults.extend(pem.err().filter(|_| key != cert));
            }
        }
    }
    let transport = Transport::new(TransportSettings {
        version: match plan.versions {
            None => HttpVersion::Agreed,
            Some(HttpVersions::One) => HttpVersion::One,
            Some(HttpVersions::Prior) => HttpVersion::Two,
        },
        tls,
        shared: plan.connections == Some(Connections::Shared),
        most_per_host: plan.max_per_host.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        keep_alive: plan.keep_alive != Some(false),
        fresh: plan.vu_reuse == Some(false),
        idle: plan.idle,
        unix_socket: plan.unix_socket.clone(),
        proxies: proxies(plan, faults),
        lookup: lookup(plan, seed),
        sources: Sources::new(&plan.sources).unwrap_or_else(|why| {
            faults.push(format!("--local-ips: {why}"));
            Sources::default()
        }),
    });
    if secure && faults.len() == before {
        faults.extend(transport.prepare_tls().err().map(|why| format!("TLS is not possible: {why}")));
    }
    transport
}

fn proxies(plan: &plan::Transport, faults: &mut Vec<String>) -> http::Proxies {
    let url = |pick: fn(&Proxies) -> &Option<ProxyUrl>| {
        plan.proxies.as_ref().and_then(|proxies| pick(proxies).as_ref()).map(ProxyUrl::reveal)
    };
    let (plain, secure) = (url(|proxies| &proxies.plain), url(|proxies| &proxies.secure));
    let past = plan.no_proxy.as_deref().unwrap_or_default();
    http::Proxies::parse(plain, secure, past).unwrap_or_else(|wrong| {
        faults.extend(wrong);
        http::Proxies::default()
    })
}

fn lookup(plan: &plan::Transport, seed: u64) -> Lookup {
    let dns = plan.dns.unwrap_or_default();
    let pinned = plan.resolve.iter().map(|pinned| http::Pinned {
        host: pinned.host.clone(),
        port: pinned.port,
        addresses: pinned.addresses.clone(),
    });
    Lookup {
        ttl: match dns.ttl {
            Ttl::For(time) => Some(time),
            Ttl::Ever => None,
        },
        pick: match dns.select {
            plan::Pick::First => http::Pick::First,
            plan::Pick::Random => http::Pick::Random,
            plan::Pick::RoundRobin => http::Pick::RoundRobin,
        },
        family: match dns.policy {
            plan::Family::PreferV4 => http::Family::PreferV4,
            plan::Family::PreferV6 => http::Family::PreferV6,
            plan::Family::OnlyV4 => http::Family::OnlyV4,
            plan::Family::OnlyV6 => http::Family::OnlyV6,
            plan::Family::Any => http::Family::Any,
        },
        pinned: pinned.collect(),
        vouched: !plan.resolve_of_phase,
        seed,
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("{}: cannot be read: {error}", path.display());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(PEM_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > PEM_BYTES {
        return Err(format!("{}: is larger than 4 MiB, the most that is accepted", path.display()));
    }
    Ok(bytes)
}
