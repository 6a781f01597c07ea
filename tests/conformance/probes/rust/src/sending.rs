//! Mode `send`: every function of `http` against the target's `/`.
//!
//! The checks hold for any target that answers 200 there with a body and a `content-type`.

use strata_guest::Pair;
use strata_guest::prelude::*;

/// Sends in each way and checks that the ways agree with each other.
pub fn everything() -> Result<(), Failure> {
    let whole = whole()?;
    prepared(&whole)?;
    at_once(&whole)?;
    refused();
    Ok(())
}

fn whole() -> Result<Response, Failure> {
    let answer = Request::get("/").name("send").send()?;
    check("send: status is 200", answer.status == 200);
    check("send: there is a body", !answer.body.is_empty());
    check(
        "send: header names are lower case",
        answer.headers.iter().all(|pair| pair.name == pair.name.to_lowercase()),
    );
    let timings = &answer.timings;
    let sum = timings.sending + timings.waiting + timings.receiving;
    check("send: duration is the sum of its parts", (timings.duration - sum).abs() < 0.01);
    let discarded = Request::get("/").name("send").discard_body().send()?;
    check("send: a discarded body is empty", discarded.body.is_empty());
    Ok(answer)
}

fn prepared(whole: &Response) -> Result<(), Failure> {
    let request = Request::get("/").name("prepared").header("x-probe", "prepared").prepare()?;
    let answer = request.send()?;
    check("prepared.send: status is 200", answer.status == 200);
    check("prepared.send: length is the body's", answer.length as usize == answer.body().len());
    check("prepared.send: body is that of send", answer.body() == whole.body);
    check("prepared.send: text is the body", answer.text() == String::from_utf8_lossy(&answer.body()));
    let content_type = answer.header("Content-Type");
    check("prepared.send: header in any case", content_type.as_deref() == whole.header("content-type"));
    check("prepared.send: no such header", answer.header("x-no-such-header").is_none());

    let added = Pair::new("x-probe-more", "1");
    let other = request.send_with(Overrides::new().url("/?probe=1").headers(&[&added]))?;
    check("prepared.send-with: status is 200", other.status == 200);
    check("prepared.send-with: earlier answers are gone", other.index == 0 || answer.body().is_empty());
    let discarding = Request::get("/").name("prepared").discard_body().prepare()?;
    let discarded = discarding.send()?;
    check("prepared.send: a discarded body is empty", discarded.body().is_empty());
    Ok(())
}

fn at_once(whole: &Response) -> Result<(), Failure> {
    let requests =
        [Request::get("/").name("all"), Request::get("/?probe=1").name("all"), Request::get("/").name("all")];
    let answers = http::send_all(&requests).into_iter().collect::<Result<Vec<_>, _>>()?;
    check("send-all: an answer for each", answers.len() == requests.len());
    check("send-all: status is 200", answers.iter().all(|answer| answer.status == 200));
    check("send-all: in order", answers.last().is_some_and(|answer| answer.body == whole.body));

    let prepared = requests.iter().map(Request::prepare).collect::<Result<Vec<_>, _>>()?;
    let lent: Vec<&Prepared> = prepared.iter().collect();
    let briefs = http::send_all_prepared(&lent).into_iter().collect::<Result<Vec<_>, _>>()?;
    check("send-all-prepared: an answer for each", briefs.len() == requests.len());
    check("send-all-prepared: status is 200", briefs.iter().all(|brief| brief.status == 200));
    let kept = briefs.iter().all(|brief| brief.body().len() == brief.length as usize);
    check("send-all-prepared: all answers are kept", kept);
    check("send-all: none for none", http::send_all(&[]).is_empty());
    Ok(())
}

fn refused() {
    let code = |request: Request| request.prepare().err().map(|error| error.code).unwrap_or_default();
    check("bad-url", code(Request::get("http://")) == "bad-url");
    check("bad-request: method", code(Request::new("G T", "/")) == "bad-request");
    check("bad-request: header", code(Request::get("/").header("x\r\ny", "1")) == "bad-request");
    check("host-not-allowed", code(Request::get("http://192.0.2.1/")) == "host-not-allowed");
    check("unsupported: scheme", code(Request::get("ftp://192.0.2.1/")) == "unsupported");
    let many: Vec<Request> = (0..257).map(|_| Request::get("/")).collect();
    let refused = http::send_all(&many)
        .iter()
        .all(|answer| answer.as_ref().is_err_and(|error| error.code == "bad-request"));
    check("send-all: 257 are too many", refused);
}
