//! Requests to the target, over connections that the engine owns.
//!
//! Each VU keeps its connections alive between iterations. Every request is timed by the engine and counted in
//! `http_reqs` and the `http_req_*` metrics, each redirect that is followed by itself. Nothing is retried but what a
//! closed kept connection has swallowed, which is counted in `http_reqs_resent`. Each VU has a cookie jar, which it
//! keeps from iteration to iteration.
//!
//! [`Request::prepare`] is the fast way: the request is encoded once, and headers and body of the answer stay with
//! the engine until they are asked for. [`Request::send`] is the comfortable one.
//!
//! Codes of errors: `bad-url`, `bad-request`, `host-not-allowed`, `dns`, `connect-refused`, `connect-timeout`,
//! `out-of-descriptors`, `out-of-ports`, `connect`, `proxy`, `tls-expired`, `tls-issuer`, `tls-host`, `tls-handshake`, `timeout`,
//! `reset`, `closed`, `stale`, `protocol`, `body-too-large`, `bad-encoding`, `unsupported`.

use std::borrow::Cow;
use std::ops::Range;
use std::time::Duration;

use crate::bindings::strata::scenario::http as wit;
use crate::manifest::millis;
use crate::{Error, Pair};

pub use crate::form::Multipart;
pub use wit::{
    Brief, Incoming, Overrides, Piece, Prepared, Response, ServerEvent, Timings, clear_cookies, cookies,
    send_all_prepared, set_cookie,
};

/// What to ask for. A path is appended to the target's base URL; an absolute URL stands for itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    method: String,
    url: String,
    headers: Vec<Pair>,
    body: Vec<u8>,
    name: String,
    timeout_ms: Option<u32>,
    options: Vec<Pair>,
}

// === impl Request ===

impl Request {
    /// A request of any method.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Request {
        Request {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            name: String::new(),
            timeout_ms: None,
            options: Vec::new(),
        }
    }

    /// A `GET`.
    pub fn get(url: impl Into<String>) -> Request {
        Request::new("GET", url)
    }

    /// A `POST`.
    pub fn post(url: impl Into<String>) -> Request {
        Request::new("POST", url)
    }

    /// A `PUT`.
    pub fn put(url: impl Into<String>) -> Request {
        Request::new("PUT", url)
    }

    /// A `DELETE`.
    pub fn delete(url: impl Into<String>) -> Request {
        Request::new("DELETE", url)
    }

    /// Another method: `PATCH`, `HEAD`.
    pub fn method(mut self, method: impl Into<String>) -> Request {
        self.method = method.into();
        self
    }

    /// Adds a header. `host`, `content-length` and `user-agent` are supplied where they are missing.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Request {
        self.headers.push(Pair::new(name, value));
        self
    }

    /// The body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Request {
        self.body = body.into();
        self
    }

    /// A body that is JSON already, with its `content-type`.
    pub fn json(self, text: impl Into<String>) -> Request {
        self.header("content-type", "application/json").body(text.into())
    }

    /// The tag `name` in reports; the path unless set. One name for URLs that differ only in an id: the number of
    /// names in a run is bounded.
    pub fn name(mut self, name: impl Into<String>) -> Request {
        self.name = name.into();
        self
    }

    /// Until the last byte of the answer, in whole milliseconds; what the run says, or 60 seconds, unless set.
    pub fn timeout(mut self, timeout: Duration) -> Request {
        self.timeout_ms = Some(millis(timeout));
        self
    }

    /// Until the connection is open, in whole milliseconds; what the run says, or ten seconds, unless set.
    pub fn connect_timeout(mut self, timeout: Duration) -> Request {
        self.options.push(Pair::new("connect-timeout-ms", millis(timeout).to_string()));
        self
    }

    /// From when the request goes out to the first byte of the answer, in whole milliseconds; what the run says, or as
    /// long as the whole request may take, unless set.
    pub fn first_byte_timeout(mut self, timeout: Duration) -> Request {
        self.options.push(Pair::new("first-byte-timeout-ms", millis(timeout).to_string()));
        self
    }

    /// Reads the answer's body from the wire and forgets it.
    pub fn discard_body(mut self) -> Request {
        self.options.push(Pair::new("body", "discard"));
        self
    }

    /// How many redirects are followed, at most 100; what the run says, or 10, unless set. 0 gives the first answer.
    pub fn redirects(self, most: u32) -> Request {
        self.option("redirects", most.to_string())
    }

    /// Whether the VU's cookies go with it, and the answer's are kept; what the run says, or yes, unless set.
    pub fn cookies(self, yes: bool) -> Request {
        self.option("cookies", if yes { "yes" } else { "no" })
    }

    /// What the answer may be compressed with: `gzip, br, zstd, deflate`, `all` or `none`; what the run says, or none,
    /// unless set. A kept body is decoded.
    pub fn compression(self, codings: impl Into<String>) -> Request {
        self.option("compression", codings)
    }

    /// Leaves a compressed body as it came.
    pub fn keep_encoded(self) -> Request {
        self.option("decode", "no")
    }

    /// The header `authorization` of a user, who has no colon, with a password.
    pub fn basic_auth(self, user: &str, password: &str) -> Request {
        self.option("basic-auth", format!("{user}:{password}"))
    }

    /// The header `authorization` with a token.
    pub fn bearer_auth(self, token: impl Into<String>) -> Request {
        self.option("bearer-auth", token)
    }

    /// The body is what `setup` returned, or a part of it. All VUs send the same bytes and none holds a copy: the way
    /// for large uploads.
    pub fn body_from_setup(self, part: Option<Range<usize>>) -> Request {
        let part = part.map(|part| format!(" {}..{}", part.start, part.end));
        self.option("body-from", format!("setup-data{}", part.unwrap_or_default()))
    }

    fn option(mut self, name: &str, value: impl Into<String>) -> Request {
        self.options.push(Pair::new(name, value));
        self
    }

    /// Checks and encodes the request, to send it many times. Costs a few microseconds: do it once per VU, in
    /// [`start`](crate::Scenario::start).
    ///
    /// # Errors
    /// `bad-url`, `bad-request`, `host-not-allowed`, `unsupported`.
    pub fn prepare(&self) -> Result<Prepared, Error> {
        self.lend(Prepared::prepare)
    }

    /// Sends the request and waits for the whole answer, without holding up other VUs. Copies headers and body of
    /// the answer, which is the larger part of its cost.
    ///
    /// # Errors
    /// Those of [`http`](crate::http).
    pub fn send(&self) -> Result<Response, Error> {
        self.lend(wit::send)
    }

    /// Sends the request and waits for the status and the headers; the body is read from what this gives, piece by piece
    /// or event by event.
    ///
    /// # Errors
    /// Those of [`http`](crate::http).
    pub fn open(&self) -> Result<Incoming, Error> {
        self.lend(Incoming::open)
    }

    fn lend<T>(&self, use_it: impl FnOnce(wit::Request<'_>) -> T) -> T {
        let headers: Vec<&Pair> = self.headers.iter().collect();
        let options: Vec<&Pair> = self.options.iter().collect();
        use_it(self.lowered(&headers, &options))
    }

    fn lowered<'a>(&'a self, headers: &'a [&'a Pair], options: &'a [&'a Pair]) -> wit::Request<'a> {
        wit::Request {
            method: &self.method,
            url: &self.url,
            headers,
            body: &self.body,
            name: &self.name,
            timeout_ms: self.timeout_ms,
            options,
        }
    }
}

// === impl Overrides ===

impl<'a> Overrides<'a> {
    /// No difference yet; for [`Prepared::send_with`].
    pub fn new() -> Overrides<'a> {
        Overrides::default()
    }

    /// Another URL; the name stays.
    pub fn url(mut self, url: &'a str) -> Overrides<'a> {
        self.url = Some(url);
        self
    }

    /// Headers besides the prepared ones.
    pub fn headers(mut self, headers: &'a [&'a Pair]) -> Overrides<'a> {
        self.headers = headers;
        self
    }

    /// Another body.
    pub fn body(mut self, body: &'a [u8]) -> Overrides<'a> {
        self.body = Some(body);
        self
    }
}

// === impl Brief ===

impl Brief {
    /// The body, copied; empty if it was discarded, or if this VU has sent another request since.
    pub fn body(&self) -> Vec<u8> {
        wit::body(self.index)
    }

    /// The body as text, bytes that are not UTF-8 replaced.
    pub fn text(&self) -> String {
        wit::text(self.index)
    }

    /// The headers, in the order received, names in lower case.
    pub fn headers(&self) -> Vec<Pair> {
        wit::headers(self.index)
    }

    /// The first value of a header; the name in any case.
    pub fn header(&self, name: &str) -> Option<String> {
        wit::header(self.index, name)
    }
}

// === impl Response ===

impl Response {
    /// The body as text, bytes that are not UTF-8 replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The first value of a header; the name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| header.value.as_str())
    }
}

/// Sends requests at the same time, each over a connection of its own, and waits for all answers, which come in the
/// order of the requests. At most 256; more is `bad-request` for each.
pub fn send_all(requests: &[Request]) -> Vec<Result<Response, Error>> {
    let pairs: Vec<(Vec<&Pair>, Vec<&Pair>)> = requests
        .iter()
        .map(|request| (request.headers.iter().collect(), request.options.iter().collect()))
        .collect();
    let lowered: Vec<wit::Request<'_>> = requests
        .iter()
        .zip(&pairs)
        .map(|(request, (headers, options))| request.lowered(headers, options))
        .collect();
    wit::send_all(&lowered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_lent_as_it_was_built() {
        let request = Request::post("/login?next=1")
            .header("x-a", "1")
            .json("{}")
            .name("login")
            .timeout(Duration::from_secs(2))
            .connect_timeout(Duration::from_millis(300))
            .first_byte_timeout(Duration::from_secs(1))
            .discard_body()
            .redirects(0)
            .cookies(false)
            .compression("br")
            .keep_encoded()
            .basic_auth("me", "a:b")
            .bearer_auth("t")
            .body_from_setup(None)
            .body_from_setup(Some(1..3));
        request.lend(|lent| {
            assert_eq!((lent.method, lent.url, lent.name), ("POST", "/login?next=1", "login"));
            let headers: Vec<_> = lent.headers.iter().map(|header| header.name.as_str()).collect();
            assert_eq!(headers, ["x-a", "content-type"]);
            assert_eq!((lent.body, lent.timeout_ms), (&b"{}"[..], Some(2000)));
            let options: Vec<_> = lent.options.iter().map(|option| (&*option.name, &*option.value)).collect();
            assert_eq!(
                options,
                [
                    ("connect-timeout-ms", "300"),
                    ("first-byte-timeout-ms", "1000"),
                    ("body", "discard"),
                    ("redirects", "0"),
                    ("cookies", "no"),
                    ("compression", "br"),
                    ("decode", "no"),
                    ("basic-auth", "me:a:b"),
                    ("bearer-auth", "t"),
                    ("body-from", "setup-data"),
                    ("body-from", "setup-data 1..3"),
                ]
            );
        });
    }

    #[test]
    fn methods_are_spelt_as_on_the_wire() {
        let requests = [
            Request::get("/"),
            Request::post("/"),
            Request::put("/"),
            Request::delete("/"),
            Request::get("/").method("PATCH"),
        ];
        assert_eq!(requests.map(|request| request.method), ["GET", "POST", "PUT", "DELETE", "PATCH"]);
    }

    #[test]
    fn a_response_finds_headers_in_any_case() {
        let timings = Timings {
            blocked: 0.0,
            dns: 0.0,
            connecting: 0.0,
            tls: 0.0,
            sending: 0.0,
            waiting: 0.0,
            receiving: 0.0,
            duration: 0.0,
        };
        let response = Response {
            status: 200,
            protocol: "HTTP/1.1".to_owned(),
            headers: vec![Pair::new("etag", "a"), Pair::new("etag", "b")],
            body: vec![b'o', 0xff],
            timings,
        };
        assert_eq!(response.header("ETag"), Some("a"));
        assert_eq!(response.header("age"), None);
        assert_eq!(response.text(), "o\u{fffd}");
    }
}
