//! Requests, checked once and encoded as far as possible.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::Full;

use super::{Error, ErrorKind, Origin, Target, Timeouts};

/// The most headers of a request.
const MOST_HEADERS: usize = 100;
/// The longest name of a request in reports.
const MOST_NAME: usize = 256;

/// A request as a scenario describes it.
#[derive(Clone, Debug, Default)]
pub struct RequestSpec {
    /// Empty means `GET`.
    pub method: String,
    /// Absolute, or a path under the target.
    pub url: String,
    /// In order.
    pub headers: Vec<(String, String)>,
    /// Empty for none.
    pub body: Vec<u8>,
    /// The tag `name`; empty means the path.
    pub name: String,
    /// How long its parts may take.
    pub timeouts: Timeouts,
    /// Whether the answer's body is kept.
    pub keep_body: bool,
}

/// What is different in one sending of a prepared request.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Replaces the URL.
    pub url: Option<String>,
    /// Added after the prepared headers.
    pub headers: Vec<(String, String)>,
    /// Replaces the body.
    pub body: Option<Vec<u8>>,
}

/// A checked request.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Where it goes.
    pub origin: Arc<Origin>,
    /// The tag `name`.
    pub name: String,
    /// How long its parts may take.
    pub timeouts: Timeouts,
    /// Whether the answer's body is kept.
    pub keep_body: bool,
    method: Method,
    path: PathAndQuery,
    headers: HeaderMap,
    body: Bytes,
}

fn bad(message: String) -> Error {
    Error::new(ErrorKind::BadRequest, message)
}

fn shorten(text: &str) -> String {
    text.chars().take(100).collect()
}

fn add(headers: &mut HeaderMap, name: &str, value: &str, body: usize) -> Result<(), Error> {
    if headers.len() >= MOST_HEADERS {
        return Err(bad(format!("more than {MOST_HEADERS} headers")));
    }
    let key = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| bad(format!("`{}` is not the name of a header", shorten(name))))?;
    let text = HeaderValue::from_str(value).map_err(|_| {
        bad(format!("header `{key}` has the value `{}`, which cannot be sent", shorten(value)))
    })?;
    if key == TRANSFER_ENCODING {
        return Err(bad(format!("header `{key}` is the engine's")));
    }
    if key == CONTENT_LENGTH {
        // The engine supplies it; one that lies would break the connection.
        return match value.trim().parse::<usize>() {
            Ok(length) if length == body => Ok(()),
            _ => Err(bad(format!("header `{key}` is `{}`, but the body has {body} bytes", shorten(value)))),
        };
    }
    if key == HOST || key == USER_AGENT {
        headers.insert(key, text);
    } else {
        headers.append(key, text);
    }
    Ok(())
}

impl Prepared {
    /// Checks a request.
    ///
    /// # Errors
    /// `bad-url`, `bad-request` or `unsupported`, with the offending value.
    pub fn new(target: &Target, spec: RequestSpec) -> Result<Prepared, Error> {
        let (origin, path) = target.resolve(&spec.url)?;
        let method = if spec.method.is_empty() { "GET" } else { &spec.method };
        let method = Method::from_bytes(method.as_bytes())
            .ok()
            .filter(|method| *method != Method::CONNECT && method.as_str().len() <= 32)
            .ok_or_else(|| bad(format!("`{}` is not a method that can be sent", shorten(method))))?;
        let mut headers = HeaderMap::with_capacity(spec.headers.len() + 2);
        let host = HeaderValue::from_str(&origin.authority).map_err(|error| bad(error.to_string()))?;
        headers.insert(HOST, host);
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("strata/", env!("CARGO_PKG_VERSION"))));
        for (name, value) in &spec.headers {
            add(&mut headers, name, value, spec.body.len())?;
        }
        let name = if spec.name.is_empty() { path.path() } else { &spec.name };
        Ok(Prepared {
            name: name.chars().take(MOST_NAME).collect(),
            timeouts: spec.timeouts,
            keep_body: spec.keep_body,
            body: spec.body.into(),
            origin,
            method,
            path,
            headers,
        })
    }

    /// The same request with differences; the name stays.
    ///
    /// # Errors
    /// `bad-url`, `bad-request` or `unsupported`, with the offending value.
    pub fn changed(&self, target: &Target, change: Change) -> Result<Prepared, Error> {
        let mut changed = self.clone();
        if let Some(url) = change.url {
            let (origin, path) = target.resolve(&url)?;
            if origin != changed.origin {
                let host =
                    HeaderValue::from_str(&origin.authority).map_err(|error| bad(error.to_string()))?;
                changed.headers.insert(HOST, host);
            }
            (changed.origin, changed.path) = (origin, path);
        }
        if let Some(body) = change.body {
            changed.body = body.into();
        }
        for (name, value) in &change.headers {
            add(&mut changed.headers, name, value, changed.body.len())?;
        }
        Ok(changed)
    }

    /// Whether it may be acted on twice without harm, as RFC 9110 has it.
    pub(super) fn idempotent(&self) -> bool {
        self.method.is_idempotent()
    }

    /// Why a head cannot be that of an answer to this request.
    pub(super) fn unfit(&self, status: StatusCode, headers: &HeaderMap) -> Option<&'static str> {
        if headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH) {
            return Some("says the length of its answer twice: `transfer-encoding` and `content-length`");
        }
        if status == StatusCode::SWITCHING_PROTOCOLS {
            return Some("switches to another protocol, which is not supported");
        }
        None
    }

    /// The method.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The whole URL.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.origin.authority, self.path)
    }

    /// What is sent, in order; of a body the length is hyper's to say.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What is sent after the headers.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// One sending, for hyper. Costs a copy of the header map.
    pub(super) fn encode(&self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = Uri::from(self.path.clone());
        *request.headers_mut() = self.headers.clone();
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target::parse("http://h:81").expect("a URL")
    }

    fn spec(change: impl FnOnce(&mut RequestSpec)) -> RequestSpec {
        let mut spec = RequestSpec { url: "/a?b".into(), ..RequestSpec::default() };
        change(&mut spec);
        spec
    }

    #[test]
    fn what_is_missing_is_supplied() {
        let prepared = Prepared::new(&target(), spec(|_| ())).expect("a request");
        let request = prepared.encode();
        assert_eq!(
            (prepared.name.as_str(), prepared.method(), request.uri().to_string()),
            ("/a", "GET", "/a?b".into())
        );
        assert_eq!(request.headers().get("host").expect("host"), "h:81");
        let agent = request.headers().get("user-agent").expect("an agent").to_str().expect("text");
        assert!(agent.starts_with("strata/"), "{agent}");
    }

    #[test]
    fn what_cannot_be_sent_is_refused_by_name() {
        let header = |name: &str, value: &str| spec(|s| s.headers.push((name.into(), value.into())));
        for (bad, why) in [
            (spec(|s| s.method = "GE T".into()), "`GE T` is not a method"),
            (spec(|s| s.method = "CONNECT".into()), "`CONNECT` is not a method"),
            (header("a b", "c"), "`a b` is not the name"),
            (header("a", "b\r\nc: d"), "header `a`"),
            (header("transfer-encoding", "chunked"), "is the engine's"),
            (header("content-length", "9"), "but the body has 0 bytes"),
        ] {
            let error = Prepared::new(&target(), bad).expect_err(why);
            assert!(error.message.contains(why), "{error}");
            assert_eq!(error.kind, ErrorKind::BadRequest);
        }
        let many = spec(|s| s.headers = (0..200).map(|n| (format!("h{n}"), String::new())).collect());
        assert!(Prepared::new(&target(), many).is_err());
    }

    #[test]
    fn a_change_keeps_the_name_and_follows_the_host() {
        let prepared = Prepared::new(&target(), spec(|s| s.name = "item".into())).expect("a request");
        let change = Change {
            url: Some("http://other/9".into()),
            headers: vec![("x".into(), "1".into())],
            body: None,
        };
        let request = prepared.changed(&target(), change).expect("a request");
        assert_eq!(request.name, "item");
        assert_eq!(request.encode().headers().get("host").expect("host"), "other");
        assert_eq!(request.encode().uri().path(), "/9");
    }
}
