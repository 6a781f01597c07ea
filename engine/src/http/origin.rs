//! Where requests go: origins, and the target's base URL.

use std::sync::Arc;

use http::Uri;
use http::uri::{Authority, PathAndQuery};

use super::{Error, ErrorKind};

/// Scheme, host and port of a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Whether it is spoken to over TLS: `https` instead of `http`.
    pub secure: bool,
    /// The host: a name, an IPv4 address, or an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The value of the header `host`.
    pub authority: String,
}

impl Origin {
    /// Whether it is the same place, whatever is spoken there.
    pub fn same_place(&self, other: &Origin) -> bool {
        self.port == other.port && self.host == other.host
    }

    /// Its URL, without a path.
    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.authority)
    }
}

/// The base URL of the system under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it is.
    pub origin: Arc<Origin>,
    /// What its paths begin with; empty, or begins with `/` and does not end with one.
    pub prefix: String,
}

impl Target {
    /// Reads a base URL such as `http://127.0.0.1:8080` or `http://host/api/`.
    ///
    /// # Errors
    /// `bad-url` or `unsupported`, with the URL and a way out.
    pub fn parse(url: &str) -> Result<Target, Error> {
        let (origin, path) = absolute(url)?;
        if path.query().is_some() {
            return Err(bad(url, "a base URL has no query"));
        }
        Ok(Target { origin: Arc::new(origin), prefix: path.path().trim_end_matches('/').to_owned() })
    }

    /// The URL without a slash at its end.
    pub fn url(&self) -> String {
        format!("{}{}", self.origin.url(), self.prefix)
    }

    /// Where a request for `url` goes: an absolute URL, or a path that is appended to this one.
    ///
    /// # Errors
    /// `bad-url` or `unsupported`, with the URL.
    pub fn resolve(&self, url: &str) -> Result<(Arc<Origin>, PathAndQuery), Error> {
        if !url.starts_with('/') {
            let (origin, path) = absolute(url)?;
            let known = origin == *self.origin;
            return Ok((if known { Arc::clone(&self.origin) } else { Arc::new(origin) }, path));
        }
        let path = PathAndQuery::try_from(format!("{}{url}", self.prefix));
        Ok((Arc::clone(&self.origin), path.map_err(|error| bad(url, &error.to_string()))?))
    }
}

fn bad(url: &str, why: &str) -> Error {
    let message = format!("`{}` is not a URL: {why} (hint: `http://host:port/path`)", shown(url));
    Error::new(ErrorKind::BadUrl, message)
}

/// The beginning of a URL as it may stand in a sentence.
fn shown(url: &str) -> String {
    let harmless = |c: char| if c.is_control() { c.escape_debug().collect() } else { String::from(c) };
    url.chars().take(200).map(harmless).collect()
}

fn absolute(url: &str) -> Result<(Origin, PathAndQuery), Error> {
    let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| bad(url, &error.to_string()))?;
    let secure = match uri.scheme_str() {
        Some("http") => false,
        Some("https") => true,
        None => return Err(bad(url, "the scheme is missing")),
        Some(other) => {
            let message = format!(
                "`{}`: the scheme `{other}` is not supported (hint: `http://` or `https://`)",
                shown(url)
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
    };
    let authority = uri.authority().ok_or_else(|| bad(url, "the host is missing"))?;
    let origin = origin(url, secure, authority)?;
    let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    Ok((origin, path))
}

fn origin(url: &str, secure: bool, authority: &Authority) -> Result<Origin, Error> {
    if authority.as_str().contains('@') {
        return Err(bad(url, "a user in a URL is not supported"));
    }
    // `Authority::port` is silent about a number that is no port, so the text itself is read.
    let usual = if secure { 443 } else { 80 };
    let port = match authority.as_str().strip_prefix(authority.host()).and_then(|rest| rest.strip_prefix(':'))
    {
        None => usual,
        Some(port) => match port.parse::<u16>() {
            Ok(port) if port > 0 => port,
            _ => return Err(bad(url, &format!("`{port}` is not a port"))),
        },
    };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    if host.is_empty() {
        return Err(bad(url, "the host is missing"));
    }
    let shown = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let authority = if port == usual { shown } else { format!("{shown}:{port}") };
    Ok(Origin { secure, host, port, authority })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_brought_into_one_form() {
        for (url, form) in [
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://Example.com", "http://example.com"),
            ("http://h:80/api/", "http://h/api"),
            ("http://[::1]:9/", "http://[::1]:9"),
            ("https://h:443/x", "https://h/x"),
            ("HTTPS://h:80", "https://h:80"),
        ] {
            assert_eq!(Target::parse(url).expect(url).url(), form);
        }
        assert_eq!(Target::parse("http://[::1]:9/").expect("a URL").origin.host, "::1");
    }

    #[test]
    fn what_is_not_a_base_url_is_named() {
        for (url, why) in [
            ("localhost:8080", "is not"),
            ("example.com", "the scheme is missing"),
            ("ftp://h/", "the scheme `ftp` is not supported"),
            ("http://", "is not a URL"),
            ("http://h:0/", "`0` is not a port"),
            ("http://h:99999/", "`99999` is not a port"),
            ("http://h:/", "`` is not a port"),
            ("http://me@h/", "a user in a URL"),
            ("http://h/?a=b", "a base URL has no query"),
            ("http://h /", "is not a URL"),
            ("", "is not a URL"),
        ] {
            let error = Target::parse(url).expect_err(url);
            assert!(error.message.contains(why), "{url}: {error}");
        }
    }

    #[test]
    fn paths_are_appended_and_absolute_urls_keep_their_host() {
        let target = Target::parse("http://h:81/api").expect("a URL");
        let (origin, path) = target.resolve("/users?x=1").expect("a path");
        assert_eq!((origin.port, path.as_str()), (81, "/api/users?x=1"));
        let (origin, path) = target.resolve("http://other/").expect("a URL");
        assert_eq!((origin.authority.as_str(), path.as_str()), ("other", "/"));
        let (origin, _) = target.resolve("https://h:81/").expect("a URL");
        assert!(origin.secure && *origin != *target.origin && origin.same_place(&target.origin));
        assert!(target.resolve("users").is_err());
        assert!(target.resolve("/a b").is_err());
    }
}
