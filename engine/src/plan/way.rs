//! The way to servers, as somebody set it: proxies, what names mean, and the addresses that connections come from.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::{parse_duration, shown};

/// The most source addresses of a run.
const MOST_SOURCES: usize = 65_536;
/// The most addresses of one host that are set.
const MOST_ADDRESSES: usize = 16;

/// The URL of a proxy. It is shown without its user and password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(String);

impl ProxyUrl {
    /// Whatever it is; it is read when the run begins.
    pub fn new(url: impl Into<String>) -> ProxyUrl {
        ProxyUrl(url.into())
    }

    /// With its user and password.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("http", &self.0));
        // A password may have a slash that should have been written otherwise: nothing before the last `@` is shown.
        let (hidden, place) = rest.rsplit_once('@').map_or(("", rest), |(_, place)| ("***@", place));
        let place = place.split(['/', '?', '#']).next().unwrap_or_default();
        f.write_str(&shown(&format!("{scheme}://{hidden}{place}")))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Who is asked for what cannot be reached directly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `http`.
    pub plain: Option<ProxyUrl>,
    /// For `https`.
    pub secure: Option<ProxyUrl>,
}

impl Proxies {
    /// One for everything.
    pub fn all(url: ProxyUrl) -> Proxies {
        Proxies { plain: Some(url.clone()), secure: Some(url) }
    }
}

/// What a name means, whatever others say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The host, in lower case.
    pub host: String,
    /// The port for which this holds.
    pub port: u16,
    /// One is picked as of those that are looked up.
    pub addresses: Vec<IpAddr>,
}

/// Which of a name's addresses a connection goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The first.
    First,
    /// Any.
    Random,
    /// One after the other.
    RoundRobin,
}

/// Which kinds of addresses are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4 before IPv6.
    PreferV4,
    /// IPv6 before IPv4.
    PreferV6,
    /// IPv4 alone.
    OnlyV4,
    /// IPv6 alone.
    OnlyV6,
    /// In the order of the machine's resolver.
    Any,
}

/// How long what a name means is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ttl {
    /// So long; zero for one connection.
    For(Duration),
    /// As long as the virtual user lives.
    Ever,
}

/// How names are looked up. What is not said is as in k6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dns {
    /// How long an answer is believed.
    pub ttl: Ttl,
    /// Which of several addresses is used.
    pub select: Pick,
    /// Which kinds are wanted.
    pub policy: Family,
}

impl Default for Dns {
    fn default() -> Dns {
        Dns { ttl: Ttl::For(Duration::from_secs(300)), select: Pick::Random, policy: Family::PreferV4 }
    }
}

/// Reads k6's form: `ttl=5m,select=random,policy=preferIPv4`, or a part of it.
///
/// # Errors
/// A sentence with the offending text.
pub fn parse_dns(text: &str) -> Result<Dns, String> {
    let mut dns = Dns::default();
    let mut seen = Vec::new();
    for part in text.split(',') {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let wrong = |hint: &str| Err(format!("`{key}` is `{}` (hint: {hint})", shown(value)));
        if seen.contains(&key) {
            return Err(format!("`{key}` is said twice"));
        }
        match key {
            "ttl" => match (value, parse_duration(value)) {
                ("inf", _) => dns.ttl = Ttl::Ever,
                ("0", _) => dns.ttl = Ttl::For(Duration::ZERO),
                (_, Ok(duration)) => dns.ttl = Ttl::For(duration),
                (_, Err(_)) => return wrong("`5m`, `0` or `inf`"),
            },
            "select" => match value {
                "first" => dns.select = Pick::First,
                "random" => dns.select = Pick::Random,
                "roundRobin" => dns.select = Pick::RoundRobin,
                _ => return wrong("`first`, `random` or `roundRobin`"),
            },
            "policy" => match value {
                "preferIPv4" => dns.policy = Family::PreferV4,
                "preferIPv6" => dns.policy = Family::PreferV6,
                "onlyIPv4" => dns.policy = Family::OnlyV4,
                "onlyIPv6" => dns.policy = Family::OnlyV6,
                "any" => dns.policy = Family::Any,
                _ => return wrong("`preferIPv4`, `preferIPv6`, `onlyIPv4`, `onlyIPv6` or `any`"),
            },
            other => {
                return Err(format!(
                    "`{}` is not one of `ttl`, `select` and `policy` (hint: `ttl=5m,select=random,policy=preferIPv4`)",
                    shown(other)
                ));
            }
        }
        seen.push(key);
    }
    Ok(dns)
}

/// Reads curl's form: `HOST:PORT:ADDRESS`, with further addresses behind commas and brackets around IPv6 if one likes.
///
/// # Errors
/// A sentence with the offending text.
pub fn parse_pinned(text: &str) -> Result<Pinned, String> {
    let hint = "hint: `shop.example:443:127.0.0.1`";
    let bad = || format!("`{}` is not HOST:PORT:ADDRESS ({hint})", shown(text));
    let (host, rest) = text.split_once(':').ok_or_else(bad)?;
    let (port, addresses) = rest.split_once(':').ok_or_else(bad)?;
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if host.is_empty() || !host.chars().all(named) {
        return Err(bad());
    }
    if host.parse::<IpAddr>().is_ok() {
        return Err(format!("`{}` is an address, which is not looked up ({hint})", shown(host)));
    }
    let port = port
        .parse::<u16>()
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| format!("`{}` is not a port ({hint})", shown(port)))?;
    let mut found = Vec::new();
    for address in addresses.split(',') {
        let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
        found.push(bare.parse().map_err(|_| format!("`{}` is not an address ({hint})", shown(address)))?);
    }
    if found.len() > MOST_ADDRESSES {
        return Err(format!("`{}` has more than {MOST_ADDRESSES} addresses", shown(host)));
    }
    Ok(Pinned { host: host.to_ascii_lowercase(), port, addresses: found })
}

/// Reads k6's form of source addresses: single ones, ranges and blocks behind commas, such as
/// `127.0.0.2,127.0.0.8-127.0.0.15,fd00::/120`. Of a block of IPv4 the first and the last are no hosts.
///
/// # Errors
/// A sentence with the offending text.
pub fn parse_sources(text: &str) -> Result<Vec<IpAddr>, String> {
    let mut sources = Vec::new();
    for part in text.split(',').map(str::trim) {
        let (first, last) = range(part).ok_or_else(|| {
            format!(
                "`{}` is no address, range or block (hint: `127.0.0.2`, `127.0.0.2-127.0.0.9`, `127.0.1.0/28`)",
                shown(part)
            )
        })?;
        let (from, to, v4) = match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                (u128::from(first.to_bits()), last.to_bits().into(), true)
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => (first.to_bits(), last.to_bits(), false),
            _ => {
                return Err(format!(
                    "`{}` begins with one kind of address and ends with another",
                    shown(part)
                ));
            }
        };
        if from > to {
            return Err(format!("`{}` ends before it begins", shown(part)));
        }
        if to - from >= MOST_SOURCES as u128 || sources.len() + (to - from) as usize >= MOST_SOURCES {
            return Err(format!("`{}`: at most {MOST_SOURCES} source addresses are used", shown(part)));
        }
        sources.extend((from..=to).map(|bits| match (v4, u32::try_from(bits)) {
            (true, Ok(bits)) => IpAddr::V4(Ipv4Addr::from_bits(bits)),
            _ => IpAddr::V6(Ipv6Addr::from_bits(bits)),
        }));
    }
    Ok(sources)
}

/// The first and the last address of `ADDRESS`, `ADDRESS-ADDRESS` or `ADDRESS/BITS`.
fn range(text: &str) -> Option<(IpAddr, IpAddr)> {
    if let Some((first, last)) = text.split_once('-') {
        return Some((first.trim().parse().ok()?, last.trim().parse().ok()?));
    }
    let Some((address, bits)) = text.split_once('/') else {
        let one: IpAddr = text.parse().ok()?;
        return Some((one, one));
    };
    let bits: u32 = bits.parse().ok()?;
    match address.parse().ok()? {
        IpAddr::V4(address) => {
            let rest = u32::MAX.checked_shr(bits).unwrap_or(0);
            let (first, last) = (address.to_bits() & !rest, address.to_bits() | rest);
            let hosts = match bits {
                0..=30 => (first + 1, last - 1),
                31..=32 => (first, last),
                _ => return None,
            };
            Some((Ipv4Addr::from_bits(hosts.0).into(), Ipv4Addr::from_bits(hosts.1).into()))
        }
        IpAddr::V6(address) => {
            let rest = u128::MAX.checked_shr(bits).unwrap_or(0);
            let (first, last) = (address.to_bits() & !rest, address.to_bits() | rest);
            (bits <= 128).then(|| (Ipv6Addr::from_bits(first).into(), Ipv6Addr::from_bits(last).into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_user_and_password_are_never_shown() {
        for (url, seen) in [
            ("http://proxy:3128", "http://proxy:3128"),
            ("http://me:hunter2@proxy:3128/", "http://***@proxy:3128"),
            ("me:hunter2@proxy", "http://***@proxy"),
            ("http://me:hunt/er2@x@proxy:1/path", "http://***@proxy:1"),
            ("socks5://hunter2@h", "socks5://***@h"),
            ("http://proxy/hunter2?hunter2#hunter2", "http://proxy"),
        ] {
            let url = ProxyUrl::new(url);
            assert_eq!((url.to_string().as_str(), format!("{url:?}").as_str()), (seen, seen));
        }
        let all = Proxies::all(ProxyUrl::new("http://a:hunter2@p"));
        assert!(!format!("{all:?}").contains("hunter2"));
    }

    #[test]
    fn k6s_words_for_dns_are_read() {
        assert_eq!(parse_dns("ttl=5m,select=random,policy=preferIPv4"), Ok(Dns::default()));
        let read = |text| parse_dns(text).expect(text);
        assert_eq!(read("ttl=0").ttl, Ttl::For(Duration::ZERO));
        assert_eq!(read("ttl=inf,select=first").ttl, Ttl::Ever);
        assert_eq!(read("select=roundRobin,policy=onlyIPv6").policy, Family::OnlyV6);
        for (text, why) in [
            ("", "is not one of `ttl`"),
            ("ttl", "`ttl` is `` (hint: `5m`, `0` or `inf`)"),
            ("ttl=-1s", "`ttl` is `-1s`"),
            ("ttl=5m,ttl=5m", "`ttl` is said twice"),
            ("select=last", "`roundRobin`"),
            ("policy=ipv4", "`preferIPv4`"),
            ("\x1b[2J", "\\u{1b}"),
        ] {
            assert!(parse_dns(text).expect_err(text).contains(why), "{text}");
        }
    }

    #[test]
    fn curls_form_of_addresses_is_read() {
        let pinned = parse_pinned("Shop.Example:443:127.0.0.1,[::1],::2").expect("a place");
        assert_eq!((pinned.host.as_str(), pinned.port, pinned.addresses.len()), ("shop.example", 443, 3));
        for (text, why) in [
            ("shop.example", "is not HOST:PORT:ADDRESS"),
            ("shop.example:443", "is not HOST:PORT:ADDRESS"),
            (":443:127.0.0.1", "is not HOST:PORT:ADDRESS"),
            ("*:443:127.0.0.1", "is not HOST:PORT:ADDRESS"),
            ("127.0.0.1:443:127.0.0.2", "is an address, which is not looked up"),
            ("h:0:127.0.0.1", "`0` is not a port"),
            ("h:443:other", "`other` is not an address"),
            ("h:443:", "`` is not an address"),
            (&format!("h:1:{}", ["::1"; 17].join(",")), "more than 16"),
        ] {
            assert!(parse_pinned(text).expect_err(text).contains(why), "{text}");
        }
    }

    #[test]
    fn k6s_form_of_source_addresses_is_read() {
        let read = |text| parse_sources(text).expect(text);
        let each = |text| read(text).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(each("127.0.0.2"), "127.0.0.2");
        assert_eq!(each("127.0.0.9, 127.0.0.2-127.0.0.4"), "127.0.0.9 127.0.0.2 127.0.0.3 127.0.0.4");
        assert_eq!(each("127.0.0.9/30"), "127.0.0.9 127.0.0.10");
        assert_eq!(each("127.0.0.9/31,127.0.0.1/32"), "127.0.0.8 127.0.0.9 127.0.0.1");
        assert_eq!(each("fd00::8/127"), "fd00::8 fd00::9");
        assert_eq!((read("10.0.0.0/16").len(), read("fd00::/112").len()), (65_534, 65_536));
        for (text, why) in [
            ("", "is no address"),
            ("127.0.0.1,", "is no address"),
            ("localhost", "is no address"),
            ("127.0.0.1/33", "is no address"),
            ("::/129", "is no address"),
            ("127.0.0.9-127.0.0.1", "ends before it begins"),
            ("127.0.0.1-::1", "one kind of address"),
            ("::/0", "at most 65536"),
            ("0.0.0.0/0", "at most 65536"),
            ("10.0.0.0/16,127.0.0.1-127.0.0.3", "at most 65536"),
        ] {
            assert!(parse_sources(text).expect_err(text).contains(why), "{text}");
        }
    }
}
