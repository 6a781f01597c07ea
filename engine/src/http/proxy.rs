//! Proxies: who is asked for what, and the tunnel through one.
//!
//! `http` goes to a proxy with the whole URL in place of its path, everything else through a tunnel that `CONNECT` opens. A
//! proxy is the user's word: where it stands and what it lets through is not looked at. Which hosts a scenario may ask it for is.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::{Host, Url};

use super::stamped::Stamps;
use super::{Error, ErrorKind, Origin, Target};

/// The most bytes of a proxy's answer to `CONNECT`.
const MOST_HEAD: usize = 16 * 1024;
/// The most characters of its words that are shown.
const SHOWN: usize = 80;

/// A proxy, and who one is to it.
pub(super) struct Proxy {
    /// Where it is.
    pub origin: Arc<Origin>,
    /// The value of `proxy-authorization`.
    pub credentials: Option<HeaderValue>,
}

/// Who is asked for what cannot be reached directly.
#[derive(Default)]
pub struct Proxies {
    plain: Option<Proxy>,
    secure: Option<Proxy>,
    direct: Vec<Direct>,
}

/// What is reached directly.
enum Direct {
    Everything,
    /// A host and what is below it, or only that; perhaps on one port.
    Name {
        name: String,
        below: bool,
        port: Option<u16>,
    },
    /// Addresses that are written out and begin with the same bits.
    Block {
        address: IpAddr,
        bits: u32,
    },
}

impl std::fmt::Debug for Proxies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = |proxy: &Option<Proxy>| proxy.as_ref().map(|proxy| proxy.origin.url());
        f.debug_tuple("Proxies").field(&place(&self.plain)).field(&place(&self.secure)).finish()
    }
}

impl Proxies {
    /// Proxies for `http` and for `https` by their URLs, and a list of what is reached directly: hosts with what is below
    /// them (with a dot before it only that), addresses, blocks of addresses, or `*`.
    ///
    /// # Errors
    /// A sentence for each that is wrong, without a user or a password.
    pub fn parse(plain: Option<&str>, secure: Option<&str>, direct: &str) -> Result<Proxies, Vec<String>> {
        let mut faults = Vec::new();
        let mut read = |url: Option<&str>| match url.map(Proxy::parse)? {
            Ok(proxy) => Some(proxy),
            Err(why) => {
                if !faults.contains(&why) {
                    faults.push(why);
                }
                None
            }
        };
        let (plain, secure) = (read(plain), read(secure));
        let mut past = Vec::new();
        for entry in direct.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            match Direct::parse(entry) {
                Some(direct) => past.push(direct),
                None => faults.push(format!(
                    "no-proxy: `{}` is not a host or an address (hint: `example.com,.example.com,10.0.0.0/8`)",
                    entry.chars().take(SHOWN).collect::<String>()
                )),
            }
        }
        if faults.is_empty() { Ok(Proxies { plain, secure, direct: past }) } else { Err(faults) }
    }

    /// Who is asked for an origin; nobody if it is reached directly.
    pub(super) fn before(&self, origin: &Origin) -> Option<&Proxy> {
        let proxy = if origin.secure { self.secure.as_ref() } else { self.plain.as_ref() };
        proxy.filter(|_| !self.direct.iter().any(|direct| direct.holds(origin)))
    }
}

impl Direct {
    fn parse(entry: &str) -> Option<Direct> {
        if entry == "*" {
            return Some(Direct::Everything);
        }
        if let Some((address, bits)) = entry.split_once('/') {
            let (address, bits) = (address.parse::<IpAddr>().ok()?, bits.parse().ok()?);
            let most = if address.is_ipv4() { 32 } else { 128 };
            return (bits <= most).then_some(Direct::Block { address, bits });
        }
        let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
        if let Ok(address) = bare.parse::<IpAddr>() {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            return Some(Direct::Block { address, bits });
        }
        let (name, port) = match entry.rsplit_once(':') {
            None => (entry, None),
            Some((name, port)) => (name, Some(port.parse::<u16>().ok()?)),
        };
        let below = name.starts_with('.');
        let name = name.strip_prefix("*.").or_else(|| name.strip_prefix('.')).unwrap_or(name);
        let named = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let good = !name.is_empty() && name.chars().all(named);
        good.then(|| Direct::Name { name: name.to_lowercase(), below, port })
    }

    fn holds(&self, origin: &Origin) -> bool {
        match self {
            Direct::Everything => true,
            Direct::Block { address, bits } => {
                origin.host.parse().is_ok_and(|host: IpAddr| same_block(host, *address, *bits))
            }
            Direct::Name { name, below, port } => {
                let host = origin.host.trim_end_matches('.');
                let inside = host.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.'));
                port.is_none_or(|port| port == origin.port) && (inside || (!below && host == name))
            }
        }
    }
}

fn same_block(a: IpAddr, b: IpAddr, bits: u32) -> bool {
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let rest = u32::MAX.checked_shr(bits).unwrap_or(0);
            a.to_bits() | rest == b.to_bits() | rest
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let rest = u128::MAX.checked_shr(bits).unwrap_or(0);
            a.to_bits() | rest == b.to_bits() | rest
        }
        _ => false,
    }
}

impl Proxy {
    fn parse(text: &str) -> Result<Proxy, String> {
        let hint = "hint: `http://proxy:3128`, `http://USER:PASSWORD@proxy:3128`";
        // What is wrong may be the password: nothing of the text is shown.
        let wrong = |why: &str| format!("the URL of the proxy {why} ({hint})");
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&whole).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
        if url.scheme() != "http" {
            let scheme: String = url.scheme().chars().take(SHOWN).collect();
            return Err(wrong(&format!("has the scheme `{scheme}`, and only `http` is spoken to proxies")));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("has something behind its host and port"));
        }
        let host = match url.host() {
            Some(Host::Ipv6(address)) => format!("[{address}]"),
            Some(host) => host.to_string(),
            None => return Err(wrong("has no host")),
        };
        let port = url.port().unwrap_or(80);
        let place = Target::parse(&format!("http://{host}:{port}"));
        let origin = place.map_err(|_| wrong("has a host that cannot be used"))?.origin;
        let credentials = if url.username().is_empty() && url.password().is_none() {
            None
        } else {
            let plain = |text: &str| unescaped(text);
            let mut pair = plain(url.username());
            if pair.contains(&b':') {
                return Err(wrong("has a user with a colon, which cannot be sent"));
            }
            pair.push(b':');
            pair.extend(plain(url.password().unwrap_or_default()));
            let value = HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(pair)));
            let mut value = value.map_err(|_| wrong("has a user that cannot be sent"))?;
            value.set_sensitive(true);
            Some(value)
        };
        Ok(Proxy { origin, credentials })
    }

    /// What is said if it cannot be reached.
    pub(super) fn unreachable(&self, origin: &Origin, error: Error) -> Error {
        let kind = match error.kind {
            // This machine's own lack.
            kind @ (ErrorKind::OutOfDescriptors | ErrorKind::OutOfPorts) => kind,
            _ => ErrorKind::Proxy,
        };
        Error::new(kind, format!("no way to `{}` through the proxy: {error}", origin.authority))
    }

    /// What is said if it wants to know who one is.
    pub(super) fn unknown(&self) -> Error {
        let proxy = &self.origin.authority;
        let text = if self.credentials.is_some() {
            format!("the proxy `{proxy}` does not take the user and the password: 407")
        } else {
            format!(
                "the proxy `{proxy}` wants to know who asks: 407 (hint: `--proxy http://USER:PASSWORD@{proxy}`)"
            )
        };
        Error::new(ErrorKind::Proxy, text)
    }

    /// Makes a stream to it one to an origin.
    pub(super) async fn tunnel(
        &self,
        stream: &mut TcpStream,
        origin: &Origin,
        stamps: &Stamps,
    ) -> Result<(), Error> {
        let place = if origin.host.contains(':') {
            format!("[{}]:{}", origin.host, origin.port)
        } else {
            format!("{}:{}", origin.host, origin.port)
        };
        let agent = concat!("strata/", env!("CARGO_PKG_VERSION"));
        let mut asked =
            format!("CONNECT {place} HTTP/1.1\r\nhost: {place}\r\nuser-agent: {agent}\r\n").into_bytes();
        if let Some(credentials) = &self.credentials {
            asked.extend_from_slice(b"proxy-authorization: ");
            asked.extend_from_slice(credentials.as_bytes());
            asked.extend_from_slice(b"\r\n");
        }
        asked.extend_from_slice(b"\r\n");
        let said = |why: String| {
            let proxy = &self.origin.authority;
            Error::new(ErrorKind::Proxy, format!("the proxy `{proxy}` does not lead to `{place}`: {why}"))
        };
        let broken = |error: std::io::Error| said(error.to_string());
        stream.write_all(&asked).await.map_err(broken)?;
        let head = head(stream).await.map_err(broken)?;
        stamps.spent(asked.len() as u64, head.len() as u64);
        match Answered::read(&head) {
            None => Err(said("what it sent is not HTTP".to_owned())),
            Some(Answered { status: 200..=299, .. }) => Ok(()),
            Some(Answered { status: 407, .. }) => Err(self.unknown()),
            Some(Answered { status, reason }) => Err(said(format!("{status} {reason}"))),
        }
    }
}

/// A proxy's answer to `CONNECT`.
struct Answered {
    status: u16,
    reason: String,
}

impl Answered {
    fn read(head: &[u8]) -> Option<Answered> {
        let line = head.split(|byte| *byte == b'\n').next()?;
        let line = String::from_utf8_lossy(line);
        let mut words = line.trim_end().splitn(3, ' ');
        words.next().filter(|version| version.starts_with("HTTP/1."))?;
        let status = words.next().filter(|word| word.len() == 3)?.parse().ok()?;
        let reason =
            words.next().unwrap_or_default().chars().take(SHOWN).flat_map(char::escape_debug).collect();
        Some(Answered { status, reason })
    }
}

/// Reads to the end of a head and no further: what comes behind it is another's.
async fn head(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(512);
    let mut seen = [0; 1024];
    loop {
        let there = stream.peek(&mut seen).await?;
        if there == 0 {
            return Err(std::io::Error::other("it closed the connection before it answered"));
        }
        let before = head.len();
        head.extend_from_slice(seen.get(..there).unwrap_or_default());
        let end = end_of_head(&head);
        head.truncate(end.unwrap_or(head.len()));
        let taken = head.get_mut(before..).unwrap_or_default();
        stream.read_exact(taken).await?;
        if end.is_some() {
            return Ok(head);
        }
        if head.len() > MOST_HEAD {
            return Err(std::io::Error::other("its answer has no end"));
        }
    }
}

/// Where an empty line ends.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// A text of a URL, without its escapes.
fn unescaped(text: &str) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let byte = match more {
            [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        plain.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { more.get(2..).unwrap_or_default() } else { more };
    }
    plain
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Arc<Origin> {
        Target::parse(url).expect("a URL").origin
    }

    #[test]
    fn proxies_are_read_and_their_passwords_not_shown() {
        for (url, place, credentials) in [
            ("http://proxy:3128", "http://proxy:3128", None),
            ("proxy:3128/", "http://proxy:3128", None),
            ("http://[::1]:8", "http://[::1]:8", None),
            ("http://a:b@proxy", "http://proxy", Some("Basic YTpi")),
            ("http://a%40b:%3a%2F@proxy", "http://proxy", Some("Basic YUBiOjov")),
            ("http://a@proxy", "http://proxy", Some("Basic YTo=")),
        ] {
            let proxies = Proxies::parse(Some(url), None, "").expect(url);
            let proxy = proxies.before(&origin("http://h")).expect("a proxy");
            assert_eq!(proxy.origin.url(), place);
            assert_eq!(proxy.credentials.as_ref().map(HeaderValue::as_bytes), credentials.map(str::as_bytes));
            assert!(proxies.before(&origin("https://h")).is_none());
            assert_eq!(format!("{proxies:?}"), format!("Proxies(Some({place:?}), None)"));
        }
        for (url, why) in [
            ("https://u:hunter2@proxy", "the scheme `https`"),
            ("socks5://u:hunter2@proxy", "the scheme `socks5`"),
            ("http://u:hunter2@proxy/hunter2", "behind its host"),
            ("http://u:hunter2@", "cannot be read"),
            ("http://u%3Ax:hunter2@proxy", "a user with a colon"),
            ("http://hunter2:hunter2:99999", "cannot be read"),
        ] {
            let faults = Proxies::parse(Some(url), Some(url), "").expect_err(url);
            assert!(faults.len() == 1 && faults.concat().contains(why), "{faults:?}");
            assert!(!faults.concat().contains("hunter2"), "{faults:?}");
        }
    }

    #[test]
    fn some_hosts_are_reached_directly() {
        let list = "example.com, .inner.test,*.star.test,10.0.0.0/8,127.0.0.1,[::1],fd00::/8,h:81";
        let proxies = Proxies::parse(Some("http://p"), Some("http://p"), list).expect("proxies");
        for (url, direct) in [
            ("http://example.com", true),
            ("https://example.com:8443", true),
            ("http://EXAMPLE.com.", true),
            ("http://www.example.com", true),
            ("http://notexample.com", false),
            ("http://inner.test", false),
            ("http://a.inner.test", true),
            ("http://a.star.test", true),
            ("http://10.1.2.3", true),
            ("http://11.1.2.3", false),
            ("http://127.0.0.1:8080", true),
            ("http://127.0.0.2", false),
            ("http://[::1]", true),
            ("http://[fdff::9]", true),
            ("http://[fe00::9]", false),
            ("http://h:81", true),
            ("http://h", false),
            ("http://localhost", false),
        ] {
            assert_eq!(proxies.before(&origin(url)).is_none(), direct, "{url}");
        }
        let none = Proxies::parse(Some("http://p"), None, "*").expect("proxies");
        assert!(none.before(&origin("http://h")).is_none());
        for wrong in ["a b", "10.0.0.0/33", "h:port", ".", "http://h"] {
            let faults = Proxies::parse(None, None, wrong).expect_err(wrong);
            assert!(faults.concat().contains("is not a host or an address"), "{faults:?}");
        }
    }

    #[test]
    fn a_proxys_answer_is_read_as_far_as_it_is_one() {
        let read = |text: &str| Answered::read(text.as_bytes()).map(|found| (found.status, found.reason));
        assert_eq!(
            read("HTTP/1.1 200 Connection established\r\n\r\n"),
            Some((200, "Connection established".into()))
        );
        assert_eq!(read("HTTP/1.0 403\r\n\r\n"), Some((403, String::new())));
        assert_eq!(read("HTTP/1.1 503 \x1b[2J\r\n"), Some((503, "\\u{1b}[2J".into())));
        for wrong in
            ["", "SSH-2.0-x\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 2000 x\r\n\r\n", "HTTP/2 200 x\r\n\r\n"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
