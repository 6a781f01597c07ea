//! What a request says of itself, read once.

use std::time::Duration;

use ::http::header::{ACCEPT_ENCODING, AUTHORIZATION};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::super::bindings::http::Request;
use super::super::bindings::types::Pair;
use super::super::vu::{Surroundings, plain};
use super::http::{bad, pairs};
use crate::http::{self, Choices, RequestSpec};
use crate::plan::{parse_compression, parse_redirects};

/// The names of all options.
const HINT: &str = "hint: `body` is `keep` or `discard`; `connect-timeout-ms`, `first-byte-timeout-ms`, `redirects`, \
                    `cookies`, `decode`, `compression`, `basic-auth`, `bearer-auth`, `body-from`";

/// A request in the terms of `http`, with what the run says where it says nothing itself. A streamed answer is not decoded,
/// so that the run asks for no compression of it.
pub(super) fn spec(
    request: Request,
    around: &Surroundings,
    streamed: bool,
) -> Result<RequestSpec, http::Error> {
    let web = &around.web;
    let mut spec = RequestSpec {
        method: request.method,
        url: request.url,
        headers: pairs(request.headers),
        body: request.body.into(),
        name: request.name,
        timeouts: around.timeouts,
        keep_body: true,
        choices: Choices { redirects: web.redirects(), cookies: web.cookies(), decode: true },
    };
    if let Some(ms) = request.timeout_ms {
        spec.timeouts.request = Duration::from_millis(u64::from(ms));
    }
    let mut compression = if streamed { None } else { web.compression.clone() };
    for option in &request.options {
        let value = option.value.as_str();
        match option.name.as_str() {
            "body" => spec.keep_body = either(option, ["keep", "discard"])?,
            "connect-timeout-ms" => spec.timeouts.connect = millis(option)?,
            "first-byte-timeout-ms" => spec.timeouts.first_byte = Some(millis(option)?),
            "redirects" => {
                spec.choices.redirects = parse_redirects(value).map_err(|why| bad(&plain(&why)))?
            }
            "cookies" => spec.choices.cookies = either(option, ["yes", "no"])?,
            "decode" => spec.choices.decode = either(option, ["yes", "no"])?,
            "compression" => {
                compression = Some(parse_compression(value).map_err(|why| bad(&plain(&why)))?);
            }
            "basic-auth" => authorize(&mut spec, format!("Basic {}", STANDARD.encode(basic(value)?)))?,
            "bearer-auth" => authorize(&mut spec, format!("Bearer {value}"))?,
            "body-from" => spec.body = shared(option, &spec.body, &around.setup_data)?,
            _ => return Err(wrong_option(option, HINT)),
        }
    }
    if let Some(accepted) =
        compression.filter(|accepted| !accepted.is_empty() && !says(&spec, ACCEPT_ENCODING.as_str()))
    {
        spec.headers.push((ACCEPT_ENCODING.as_str().to_owned(), accepted));
    }
    Ok(spec)
}

fn says(spec: &RequestSpec, header: &str) -> bool {
    spec.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(header))
}

/// `USER:PASSWORD`; the user has no colon.
fn basic(value: &str) -> Result<&str, http::Error> {
    if value.contains(':') {
        Ok(value)
    } else {
        Err(bad("the option `basic-auth` is not a user and a password (hint: `USER:PASSWORD`)"))
    }
}

fn authorize(spec: &mut RequestSpec, value: String) -> Result<(), http::Error> {
    if says(spec, AUTHORIZATION.as_str()) {
        return Err(bad(
            "the request is authorized twice (hint: one of `basic-auth`, `bearer-auth` and the header)",
        ));
    }
    spec.headers.push((AUTHORIZATION.as_str().to_owned(), value));
    Ok(())
}

/// What `setup` returned, or a part of it: `setup-data`, `setup-data 100..200`. All VUs send the same bytes, and none
/// holds a copy of them.
fn shared(option: &Pair, body: &[u8], setup_data: &Bytes) -> Result<Bytes, http::Error> {
    let hint = format!(
        "hint: `setup-data`, or `setup-data FROM..TO` within its {} bytes, and no other body",
        setup_data.len()
    );
    let wrong = || wrong_option(option, &hint);
    if !body.is_empty() {
        return Err(wrong());
    }
    let rest = option.value.strip_prefix("setup-data").ok_or_else(wrong)?;
    if rest.is_empty() {
        return Ok(setup_data.clone());
    }
    let ends = rest.strip_prefix(' ').and_then(|range| range.split_once(".."));
    let read = |text: &str| text.parse::<usize>().ok();
    match ends.and_then(|(from, to)| Some((read(from)?, read(to)?))) {
        Some((from, to)) if from <= to && to <= setup_data.len() => Ok(setup_data.slice(from..to)),
        _ => Err(wrong()),
    }
}

fn either(option: &Pair, [yes, no]: [&str; 2]) -> Result<bool, http::Error> {
    match option.value.as_str() {
        value if value == yes => Ok(true),
        value if value == no => Ok(false),
        _ => Err(wrong_option(option, &format!("hint: `{}` is `{yes}` or `{no}`", option.name))),
    }
}

fn millis(option: &Pair) -> Result<Duration, http::Error> {
    match option.value.parse::<u32>() {
        Ok(ms) if ms > 0 => Ok(Duration::from_millis(u64::from(ms))),
        _ => Err(wrong_option(option, "hint: whole milliseconds from 1")),
    }
}

fn wrong_option(option: &Pair, hint: &str) -> http::Error {
    let shown = plain(&format!("{}={}", option.name, option.value));
    bad(&format!("`{shown}` is not an option of a request ({hint})"))
}
