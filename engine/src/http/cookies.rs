//! The cookies of one VU.
//!
//! As RFC 6265 has it, with what its successor adds: domains of the public suffix list are nobody's, `Secure` cookies come
//! and go only over TLS, and the prefixes `__Secure-` and `__Host-` are held to their word. `SameSite` and `HttpOnly` mean
//! something only where there are pages. Servers are strangers: what they may leave here is bounded in number and bytes,
//! and the oldest goes first.

use std::net::IpAddr;
use std::time::Duration;

use cookie::{Cookie, Expiration};
use http::HeaderValue;

use super::Prepared;

/// The most cookies, and the most of one domain.
const MOST: usize = 150;
const MOST_OF_DOMAIN: usize = 50;
/// The most bytes of a cookie's name and value, of its domain or path, and of all cookies with all of these.
const MOST_BYTES: usize = 4096;
const MOST_ATTRIBUTE: usize = 1024;
const MOST_BYTES_OF_ALL: usize = 32 * 1024;

/// Where a cookie comes from or is to go.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// A name in lower case, or an address.
    pub host: &'a str,
    /// The path without a query.
    pub path: &'a str,
    /// Whether it is spoken to over TLS.
    pub secure: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    name: String,
    value: String,
    domain: String,
    /// Only for the very host `domain`.
    host_only: bool,
    path: String,
    secure: bool,
    /// Since 1970; nothing lasts as long as the VU.
    expires: Option<Duration>,
}

impl Kept {
    fn bytes(&self) -> usize {
        self.name.len() + self.value.len() + self.domain.len() + self.path.len()
    }

    fn goes_to(&self, site: &Site<'_>) -> bool {
        let host = if self.host_only { self.domain == site.host } else { covers(&self.domain, site.host) };
        host && (site.secure || !self.secure) && path_covers(&self.path, site.path)
    }

    fn same(&self, other: &Kept) -> bool {
        (&self.name, &self.domain, &self.path, self.host_only)
            == (&other.name, &other.domain, &other.path, other.host_only)
    }
}

/// Cookies in the order in which they were first set. An empty one has allocated nothing.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    kept: Vec<Kept>,
    bytes: usize,
}

impl Jar {
    /// Whether there is nothing to send anywhere.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Jar::default();
    }

    /// Takes the value of a `set-cookie` header that came from a site at a time since 1970.
    ///
    /// # Errors
    /// Why it was not taken.
    pub fn store(&mut self, from: &Site<'_>, line: &str, now: Duration) -> Result<(), &'static str> {
        let fresh = kept(from, line, now)?;
        if !from.secure {
            let guarded = |kept: &Kept| {
                kept.secure
                    && kept.name == fresh.name
                    && (covers(&kept.domain, &fresh.domain) || covers(&fresh.domain, &kept.domain))
                    && path_covers(&kept.path, &fresh.path)
            };
            if self.kept.iter().any(guarded) {
                return Err("a secure cookie of this name is there, and this one did not come over TLS");
            }
        }
        let over = fresh.expires.is_some_and(|expires| expires <= now);
        match self.kept.iter().position(|kept| kept.same(&fresh)) {
            Some(at) if over => self.remove(at),
            Some(at) => {
                if let Some(kept) = self.kept.get_mut(at) {
                    self.bytes = self.bytes - kept.bytes() + fresh.bytes();
                    *kept = fresh;
                }
                self.shrink(now);
            }
            None if over => {}
            None => {
                self.bytes += fresh.bytes();
                self.kept.push(fresh);
                self.shrink(now);
            }
        }
        Ok(())
    }

    /// The names and values that go to a site, in the order in which they are sent.
    pub fn pairs(&self, to: &Site<'_>, now: Duration) -> Vec<(&str, &str)> {
        let mut found: Vec<_> = self
            .kept
            .iter()
            .filter(|kept| kept.expires.is_none_or(|expires| expires > now) && kept.goes_to(to))
            .collect();
        // Longer paths first, then the older ones.
        found.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
        found.into_iter().map(|kept| (kept.name.as_str(), kept.value.as_str())).collect()
    }

    /// The value of the header `cookie` of a request; nothing if none goes there.
    pub fn header(&self, to: &Site<'_>, now: Duration) -> Option<HeaderValue> {
        let mut text = String::new();
        for (name, value) in self.pairs(to, now) {
            if !text.is_empty() {
                text.push_str("; ");
            }
            // A cookie without a name is sent as it was set.
            if !name.is_empty() {
                text.push_str(name);
                text.push('=');
            }
            text.push_str(value);
        }
        if text.is_empty() { None } else { HeaderValue::from_bytes(text.as_bytes()).ok() }
    }

    fn remove(&mut self, at: usize) {
        self.bytes -= self.kept.remove(at).bytes();
    }

    /// Lets go of what is over, and then of the oldest: of the newest one's domain, and of all.
    fn shrink(&mut self, now: Duration) {
        let Some(domain) = self.kept.last().map(|newest| newest.domain.clone()) else { return };
        let of_domain = self.kept.iter().filter(|kept| kept.domain == domain).count();
        let fits = |jar: &Jar| jar.kept.len() <= MOST && jar.bytes <= MOST_BYTES_OF_ALL;
        if fits(self) && of_domain <= MOST_OF_DOMAIN {
            return;
        }
        self.kept.retain(|kept| kept.expires.is_none_or(|expires| expires > now));
        self.bytes = self.kept.iter().map(Kept::bytes).sum();
        let of_domain = self.kept.iter().filter(|kept| kept.domain == domain).count();
        for _ in MOST_OF_DOMAIN..of_domain {
            if let Some(at) = self.kept.iter().position(|kept| kept.domain == domain) {
                self.remove(at);
            }
        }
        while !fits(self) && !self.kept.is_empty() {
            self.remove(0);
        }
    }
}

fn kept(from: &Site<'_>, line: &str, now: Duration) -> Result<Kept, &'static str> {
    if line.len() > 2 * (MOST_BYTES + MOST_ATTRIBUTE) {
        return Err("it is too long");
    }
    if line.chars().any(|c| c.is_control() && c != '\t') {
        return Err("there are control characters in it");
    }
    let cookie = Cookie::parse(line).map_err(|_| "it is not a cookie")?;
    let (name, value) = (cookie.name().to_owned(), cookie.value().to_owned());
    if name.len() + value.len() > MOST_BYTES {
        return Err("it is too long");
    }
    let attribute = |text: Option<&str>| text.filter(|text| text.len() <= MOST_ATTRIBUTE).map(str::to_owned);
    let wanted = attribute(cookie.domain()).map(|domain| domain.trim_start_matches('.').to_ascii_lowercase());
    let (domain, host_only) = match wanted.filter(|domain| !domain.is_empty()) {
        None => (from.host.to_owned(), true),
        Some(domain) if !covers(&domain, from.host) => return Err("its domain is not that of the host"),
        Some(domain) if is_address(&domain) => (domain, true),
        Some(domain) if is_public(&domain) && domain != from.host => {
            return Err("its domain is a public suffix, which is nobody's");
        }
        Some(domain) => {
            let only = is_public(&domain);
            (domain, only)
        }
    };
    let path = attribute(cookie.path()).filter(|path| path.starts_with('/'));
    let secure = cookie.secure().unwrap_or(false);
    if secure && !from.secure {
        return Err("it is secure and did not come over TLS");
    }
    let rooted = secure && host_only && cookie.domain().is_none() && path.as_deref() == Some("/");
    let starts =
        |prefix: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if starts("__Secure-") && !secure || starts("__Host-") && !rooted {
        return Err("it is not what its prefix says");
    }
    let expires = match (cookie.max_age(), cookie.expires()) {
        (Some(age), _) => Some(now.saturating_add(age.try_into().unwrap_or(Duration::ZERO))),
        (None, Some(Expiration::DateTime(at))) => {
            Some(Duration::from_secs(u64::try_from(at.unix_timestamp()).unwrap_or(0)))
        }
        (None, _) => None,
    };
    let path = path.unwrap_or_else(|| default_path(from.path));
    Ok(Kept { name, value, domain, host_only, path, secure, expires })
}

/// Whether a host is a domain or below it.
fn covers(domain: &str, host: &str) -> bool {
    let Some(below) = host.strip_suffix(domain) else { return false };
    below.is_empty() || (below.ends_with('.') && !is_address(host))
}

fn path_covers(path: &str, requested: &str) -> bool {
    let Some(below) = requested.strip_prefix(path) else { return false };
    below.is_empty() || path.ends_with('/') || below.starts_with('/')
}

fn default_path(path: &str) -> String {
    match path.rfind('/') {
        Some(last) if last > 0 && path.starts_with('/') && last <= MOST_ATTRIBUTE => {
            path.get(..last).unwrap_or("/").to_owned()
        }
        _ => "/".to_owned(),
    }
}

fn is_address(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}

/// Whether a domain is one below which strangers register theirs: in the list, or the last part of a name.
fn is_public(domain: &str) -> bool {
    psl::domain(domain.as_bytes()).is_none()
}

impl Prepared {
    /// Where it goes, for a [`Jar`].
    pub fn site(&self) -> Site<'_> {
        Site { host: &self.origin.host, path: self.path.path(), secure: self.origin.secure }
    }

    /// The same request with this header `cookie`.
    #[must_use]
    pub fn with_cookies(&self, cookies: HeaderValue) -> Prepared {
        let mut request = self.clone();
        request.headers.insert(http::header::COOKIE, cookies);
        request
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Duration = Duration::from_secs(1_800_000_000);

    fn site<'a>(host: &'a str, path: &'a str) -> Site<'a> {
        Site { host, path, secure: false }
    }

    fn tls<'a>(host: &'a str, path: &'a str) -> Site<'a> {
        Site { host, path, secure: true }
    }

    fn sent(jar: &Jar, to: &Site<'_>) -> String {
        let header = jar.header(to, NOW);
        header.map(|value| String::from_utf8(value.as_bytes().to_vec()).expect("text")).unwrap_or_default()
    }

    #[test]
    fn cookies_go_where_they_belong() {
        let mut jar = Jar::default();
        let from = site("shop.example.com", "/cart/items");
        for line in ["a=1", "b=2; Domain=.Example.com; Path=/", "c=3; path=/cart/items/7; domain=example.com"]
        {
            jar.store(&from, line, NOW).expect(line);
        }
        for (host, path, cookies) in [
            ("shop.example.com", "/cart", "a=1; b=2"),
            ("shop.example.com", "/cart/x", "a=1; b=2"),
            ("shop.example.com", "/cart/items/7/x", "c=3; a=1; b=2"),
            ("shop.example.com", "/cartoon", "b=2"),
            ("shop.example.com", "/", "b=2"),
            ("other.example.com", "/cart", "b=2"),
            ("example.com", "/cart/items/7", "c=3; b=2"),
            ("www.shop.example.com", "/cart", "b=2"),
            ("badexample.com", "/", ""),
            ("com", "/", ""),
        ] {
            assert_eq!(sent(&jar, &site(host, path)), cookies, "{host}{path}");
        }
    }

    #[test]
    fn cookies_are_replaced_and_run_out() {
        let mut jar = Jar::default();
        let here = site("h", "/");
        for line in ["a=1", "b=1", "a=2", "c=1; max-age=100", "d=1; expires=Wed, 01 Jan 2020 00:00:00 GMT"] {
            jar.store(&here, line, NOW).expect(line);
        }
        assert_eq!(sent(&jar, &here), "a=2; b=1; c=1");
        assert_eq!(jar.pairs(&here, NOW + Duration::from_secs(100)).len(), 2);
        for line in ["a=; Max-Age=0", "b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "c=; max-age=-9"] {
            jar.store(&here, line, NOW).expect(line);
        }
        assert!(jar.is_empty());
        assert_eq!(jar.bytes, 0);
        jar.store(&here, "e=1; Max-Age=9; Expires=Wed, 01 Jan 2020 00:00:00 GMT", NOW).expect("a cookie");
        assert_eq!(sent(&jar, &here), "e=1");
    }

    #[test]
    fn what_is_not_the_hosts_to_set_is_refused() {
        for (host, line, why) in [
            ("shop.co.uk", "a=1; domain=co.uk", "public suffix"),
            ("me.github.io", "a=1; domain=github.io", "public suffix"),
            ("h.internal", "a=1; domain=internal", "public suffix"),
            ("shop.example", "a=1; domain=other.example", "not that of the host"),
            ("shop.example", "a=1; domain=www.shop.example", "not that of the host"),
            ("127.0.0.1", "a=1; domain=0.0.1", "not that of the host"),
            ("127.0.0.1", "a=1; domain=1", "not that of the host"),
            ("h", "a=1; secure", "over TLS"),
            ("h", "__Secure-a=1", "its prefix"),
            ("h", "a=\u{1}", "control"),
        ] {
            let error = Jar::default().store(&site(host, "/"), line, NOW).expect_err(line);
            assert!(error.contains(why), "{host} {line}: {error}");
        }
        for line in ["__Host-a=1; secure", "__host-a=1; secure; path=/; domain=h.example"] {
            assert!(Jar::default().store(&tls("h.example", "/"), line, NOW).is_err(), "{line}");
        }
        let mut jar = Jar::default();
        jar.store(&site("co.uk", "/"), "a=1; domain=co.uk", NOW).expect("its own");
        jar.store(&site("127.0.0.1", "/"), "b=1; domain=127.0.0.1", NOW).expect("its own");
        assert_eq!(
            (sent(&jar, &site("co.uk", "/")), sent(&jar, &site("x.co.uk", "/"))),
            ("a=1".into(), String::new())
        );
        assert_eq!(sent(&jar, &site("127.0.0.1", "/")), "b=1");
    }

    #[test]
    fn secure_cookies_stay_on_tls() {
        let mut jar = Jar::default();
        let (plain, over_tls) = (site("h", "/"), tls("h", "/"));
        jar.store(&over_tls, "a=1; Secure", NOW).expect("a cookie");
        jar.store(&over_tls, "__Host-b=1; Secure; Path=/", NOW).expect("a cookie");
        assert_eq!((sent(&jar, &plain).as_str(), sent(&jar, &over_tls).as_str()), ("", "a=1; __Host-b=1"));
        assert!(jar.store(&plain, "a=2", NOW).is_err());
    }

    #[test]
    fn a_bomb_is_harmless() {
        let mut jar = Jar::default();
        let here = site("a.example.com", "/");
        for number in 0..10_000 {
            jar.store(&here, &format!("c{number}=x"), NOW).expect("a cookie");
        }
        assert_eq!(jar.kept.len(), MOST_OF_DOMAIN);
        assert!(sent(&jar, &here).ends_with("c9998=x; c9999=x"));
        for number in 0..1000 {
            let line = format!("c{number}={}; domain=example.com", "x".repeat(4000));
            jar.store(&here, &line, NOW).expect("a cookie");
        }
        assert!(jar.bytes <= MOST_BYTES_OF_ALL, "{}", jar.bytes);
        assert!(jar.store(&here, &format!("a={}", "x".repeat(4096)), NOW).is_err());
        assert!(jar.store(&here, &"x".repeat(1 << 20), NOW).is_err());
    }

    proptest! {
        /// Whatever servers set: the jar is bounded, counts right, and sends a host only what is its own.
        #[test]
        fn the_jar_holds_what_it_says(lines in prop::collection::vec((
            prop::sample::select(vec!["a.example.com", "b.example.com", "example.com", "h", "127.0.0.1", "x.co.uk"]),
            "[a-c]{0,2}(=[ -~ñ]{0,12})?(; (domain=(example.com|com|co.uk|a.example.com|h|0.0.1)|path=/[ab/]{0,4}|max-age=-?[0-9]{1,3}|secure|expires=[ -~]{0,30})){0,3}",
            any::<bool>(),
        ), 0..200)) {
            let mut jar = Jar::default();
            for (host, line, secure) in &lines {
                // Whether it is taken or not is not the question here.
                let _ = jar.store(&Site { host, path: "/a/b", secure: *secure }, line, NOW);
                prop_assert!(jar.kept.len() <= MOST && jar.bytes <= MOST_BYTES_OF_ALL);
                prop_assert_eq!(jar.bytes, jar.kept.iter().map(Kept::bytes).sum::<usize>());
            }
            for host in ["a.example.com", "b.example.com", "example.com", "h", "127.0.0.1", "x.co.uk", "y.co.uk", "com"] {
                let to = Site { host, path: "/a/b", secure: false };
                let pairs = jar.pairs(&to, NOW).len();
                let own = |kept: &&Kept| {
                    (host == kept.domain || (!kept.host_only && host.ends_with(&format!(".{}", kept.domain))))
                        && !kept.secure
                };
                prop_assert!(pairs <= jar.kept.iter().filter(own).count());
                prop_assert_eq!(jar.header(&to, NOW).is_some(), pairs > 0 && !sent(&jar, &to).is_empty());
            }
            for kept in &jar.kept {
                prop_assert!(kept.host_only || !is_public(&kept.domain));
            }
        }
    }
}
