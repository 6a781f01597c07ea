//! Requests, checked once and encoded as far as possible.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, PROXY_AUTHORIZATION, TRANSFER_ENCODING, USER_AGENT};
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, Version};
use http_body_util::Full;

use super::{Error, ErrorKind, Origin, Target, Timeouts};

/// The most headers of a request.
const MOST_HEADERS: usize = 100;
/// The longest name of a request in reports.
const MOST_NAME: usize = 256;

/// What happens around the exchange of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// How many redirects are followed.
    pub redirects: u32,
    /// Whether the VU's cookies go with it, and the answer's are kept.
    pub cookies: bool,
    /// Whether a kept body is decoded.
    pub decode: bool,
}

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
    pub body: Bytes,
    /// The tag `name`; empty means the path.
    pub name: String,
    /// How long its parts may take.
    pub timeouts: Timeouts,
    /// Whether the answer's body is kept.
    pub keep_body: bool,
    /// What happens around its exchange.
    pub choices: Choices,
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
    /// What happens around its exchange.
    pub choices: Choices,
    pub(super) method: Method,
    pub(super) path: PathAndQuery,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
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
            choices: spec.choices,
            body: spec.body,
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
        format!("{}{}", self.origin.url(), self.path)
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
    pub(super) fn encode(&self, form: &Form) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        if form.whole {
            *request.uri_mut() = self.whole(None);
            // A proxy is to go where the check was, and nowhere else.
            if let Ok(host) = HeaderValue::from_str(&self.origin.authority) {
                request.headers_mut().insert(HOST, host);
            }
            if let Some(credentials) = &form.credentials {
                request.headers_mut().insert(PROXY_AUTHORIZATION, credentials.clone());
            }
        } else {
            *request.uri_mut() = Uri::from(self.path.clone());
        }
        if form.closing {
            request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        request
    }

    /// One sending over HTTP/2, where the header `host` is a part of the URL.
    pub(super) fn encode_two(&self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        let mut headers = self.headers.clone();
        let host = headers.remove(HOST);
        *request.uri_mut() = self.whole(host);
        *request.headers_mut() = headers;
        *request.version_mut() = Version::HTTP_2;
        request
    }

    /// The whole URL, perhaps with another host than that of the connection.
    fn whole(&self, host: Option<HeaderValue>) -> Uri {
        let mut parts = Parts::default();
        let named = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
        // The authority of an origin was read out of a URL.
        parts.authority = named.or_else(|| Authority::try_from(self.origin.authority.as_str()).ok());
        parts.scheme = Some(if self.origin.secure { Scheme::HTTPS } else { Scheme::HTTP });
        parts.path_and_query = Some(self.path.clone());
        Uri::from_parts(parts).unwrap_or_else(|_| Uri::from(self.path.clone()))
    }
}

/// How a request goes out over HTTP/1.1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// With the whole URL instead of its path: to a proxy.
    pub whole: bool,
    /// The value of `proxy-authorization`.
    pub credentials: Option<HeaderValue>,
    /// Saying that the connection is not wanted for another.
    pub closing: bool,
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
        let request = prepared.encode(&Form::default());
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
    fn a_proxy_gets_the_whole_url_the_checked_host_and_its_own_credentials() {
        let spec = spec(|s| {
            s.headers = vec![("host".into(), "inner".into()), ("proxy-authorization".into(), "x".into())];
        });
        let prepared = Prepared::new(&target(), spec).expect("a request");
        let credentials = Some(HeaderValue::from_static("Basic YTpi"));
        let request = prepared.encode(&Form { whole: true, credentials, closing: true });
        assert_eq!(request.uri().to_string(), "http://h:81/a?b");
        for (name, value) in
            [("host", "h:81"), ("proxy-authorization", "Basic YTpi"), ("connection", "close")]
        {
            assert_eq!(request.headers().get_all(name).iter().collect::<Vec<_>>(), [value], "{name}");
        }
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
        assert_eq!(request.encode(&Form::default()).headers().get("host").expect("host"), "other");
        assert_eq!(request.encode(&Form::default()).uri().path(), "/9");
    }
}
