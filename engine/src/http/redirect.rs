//! Where an answer leads.
//!
//! The rules are those of browsers (the Fetch standard): a `POST` becomes a `GET` after 301 and 302, everything but `HEAD`
//! does after 303, nothing changes after 307 and 308. What is meant for one origin alone is not taken to another.

use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE, COOKIE, HOST,
    LOCATION, PROXY_AUTHORIZATION,
};
use http::{HeaderMap, HeaderValue, Method};
use url::Url;

use super::{Error, ErrorKind, Prepared, Target};

/// The longest part of a `location` that is shown.
const SHOWN: usize = 200;

impl Prepared {
    /// The request that an answer with this status and these headers leads to; nothing if it leads nowhere.
    ///
    /// # Errors
    /// `protocol` if the place is no URL, `host-not-allowed` if its scheme is none that can be spoken.
    pub fn led_on(
        &self,
        target: &Target,
        status: u16,
        headers: &HeaderMap,
    ) -> Option<Result<Prepared, Error>> {
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        let location = headers.get(LOCATION)?;
        Some(self.redirected(target, status, location))
    }

    fn redirected(&self, target: &Target, status: u16, location: &HeaderValue) -> Result<Prepared, Error> {
        let text = String::from_utf8_lossy(location.as_bytes());
        let shown: String = text.chars().take(SHOWN).collect();
        let wrong = |why: String| {
            let from = &self.origin.authority;
            Error::new(
                ErrorKind::Protocol,
                format!("`{from}` redirects to `{shown}`, which is no URL: {why}"),
            )
        };
        let here = Url::parse(&self.url()).map_err(|error| wrong(error.to_string()))?;
        let mut there = here.join(&text).map_err(|error| wrong(error.to_string()))?;
        if !matches!(there.scheme(), "http" | "https") {
            return Err(Error::new(
                ErrorKind::HostNotAllowed,
                format!(
                    "`{}` redirects to `{shown}`: the scheme `{}` is not granted",
                    self.origin.authority,
                    there.scheme()
                ),
            ));
        }
        there.set_fragment(None);
        // Whom the server would have one be is not the scenario's word.
        let plain = there.set_username("").and_then(|()| there.set_password(None));
        plain.map_err(|()| wrong("it has no host".to_owned()))?;
        let (origin, path) = target.resolve(there.as_str()).map_err(|error| match error.kind {
            // A scheme that is not spoken.
            ErrorKind::Unsupported => Error::new(ErrorKind::HostNotAllowed, error.message),
            _ => wrong(error.message),
        })?;
        let mut next = self.clone();
        let keeps = match status {
            303 => [Method::GET, Method::HEAD].contains(&self.method),
            301 | 302 => self.method != Method::POST,
            _ => true,
        };
        if !keeps {
            next.method = Method::GET;
            next.body = bytes::Bytes::new();
            for about_the_body in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION] {
                next.headers.remove(about_the_body);
            }
        }
        if origin != self.origin {
            for private in [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE] {
                next.headers.remove(private);
            }
            let host = HeaderValue::from_str(&origin.authority).map_err(|error| wrong(error.to_string()))?;
            next.headers.insert(HOST, host);
        }
        (next.origin, next.path) = (origin, path);
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::RequestSpec;

    fn target() -> Target {
        Target::parse("http://h:81").expect("a URL")
    }

    fn request(method: &str, url: &str) -> Prepared {
        let headers = [
            ("authorization", "Basic x"),
            ("cookie", "a=b"),
            ("content-type", "text/plain"),
            ("content-encoding", "gzip"),
            ("x-own", "1"),
        ];
        let spec = RequestSpec {
            method: method.into(),
            url: url.into(),
            name: "named".into(),
            body: b"body".to_vec().into(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..RequestSpec::default()
        };
        Prepared::new(&target(), spec).expect("a request")
    }

    fn led(request: &Prepared, status: u16, location: &str) -> Option<Result<Prepared, Error>> {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_bytes(location.as_bytes()).expect("a value"));
        request.led_on(&target(), status, &headers)
    }

    #[test]
    fn places_are_read_as_browsers_read_them() {
        let from = request("GET", "/a/b/c?d=e");
        for (location, url) in [
            ("/x", "http://h:81/x"),
            ("x", "http://h:81/a/b/x"),
            ("../x?y#z", "http://h:81/a/x?y"),
            ("?q", "http://h:81/a/b/c?q"),
            ("", "http://h:81/a/b/c?d=e"),
            ("//other/x", "http://other/x"),
            ("http://h:81", "http://h:81/"),
            ("HTTP://OTHER:80/x", "http://other/x"),
            ("http://me:secret@h:81/x", "http://h:81/x"),
            ("/a b/ñ", "http://h:81/a%20b/%C3%B1"),
            ("\\x", "http://h:81/x"),
            ("http://[::1]:9/", "http://[::1]:9/"),
        ] {
            let next = led(&from, 302, location).expect("a redirect").expect(location);
            assert_eq!(next.url(), url, "{location}");
            assert_eq!(next.name, "named");
        }
    }

    #[test]
    fn what_leads_nowhere_is_an_answer_and_what_cannot_be_followed_an_error() {
        let from = request("GET", "/");
        for status in [200, 201, 300, 304, 305, 306, 400] {
            assert!(led(&from, status, "/x").is_none(), "{status}");
        }
        assert!(from.led_on(&target(), 302, &HeaderMap::new()).is_none());
        for (location, kind) in [
            ("ftp://h:81/x", ErrorKind::HostNotAllowed),
            ("file:///etc/passwd", ErrorKind::HostNotAllowed),
            ("javascript:alert(1)", ErrorKind::HostNotAllowed),
            ("http://", ErrorKind::Protocol),
            ("http://h:99999/", ErrorKind::Protocol),
            ("http://a b/", ErrorKind::Protocol),
        ] {
            let error = led(&from, 302, location).expect("a redirect").expect_err(location);
            assert_eq!(error.kind, kind, "{location}: {error}");
            assert!(error.message.contains(location), "{error}");
        }
    }

    #[test]
    fn methods_change_as_in_browsers() {
        for (status, method, after) in [
            (301, "POST", "GET"),
            (302, "POST", "GET"),
            (303, "POST", "GET"),
            (307, "POST", "POST"),
            (308, "POST", "POST"),
            (301, "PUT", "PUT"),
            (302, "DELETE", "DELETE"),
            (303, "PUT", "GET"),
            (303, "GET", "GET"),
            (303, "HEAD", "HEAD"),
            (302, "HEAD", "HEAD"),
        ] {
            let next = led(&request(method, "/"), status, "/x").expect("a redirect").expect("a request");
            assert_eq!(next.method(), after, "{status} {method}");
            let kept = method == after;
            assert_eq!(next.body(), if kept { &b"body"[..] } else { b"" }, "{status} {method}");
            for about in ["content-type", "content-encoding"] {
                assert_eq!(next.headers().contains_key(about), kept, "{status} {method} {about}");
            }
        }
    }

    proptest! {
        /// Nothing that a server can say makes it panic, or takes credentials to another origin.
        #[test]
        fn credentials_stay_with_their_origin(status in 300_u16..=310, location in "[ -~ñ/:@?#\\\\.%]{0,40}|https?://[a-z0-9:.@/]{1,20}|//h(:81|:82)?/.*") {
            let from = request("POST", "/a/b");
            let location: String = location.chars().filter(|c| !c.is_control()).collect();
            if let Some(Ok(next)) = led(&from, status, &location) {
                let same = *next.origin == *from.origin;
                prop_assert_eq!(next.headers().contains_key("authorization"), same);
                prop_assert_eq!(next.headers().contains_key("cookie"), same);
                prop_assert!(next.headers().contains_key("x-own"));
                let host = next.headers().get("host").expect("a host");
                prop_assert_eq!(host.as_bytes(), next.origin.authority.as_bytes());
                prop_assert!(!next.url().contains(['#', ' ']));
                // It can be followed from there.
                prop_assert!(led(&next, 307, "").expect("a redirect").is_ok());
            }
        }
    }
}
