//! Modes for a server that answers in more ways than the reference target: `/echo`, `/bytes/N`, `/delay/MS`, ...

use strata_guest::prelude::*;
use strata_guest::{Error, http};

const TEXT: &str = "Grüße, 世界 🌍 – \"quoted\"";
/// What mode `large` asks for, and what it sends.
const ASKED: usize = 4 << 20;
const SENT: usize = 1 << 20;
/// What mode `errors` waits for an answer that takes two seconds.
const SHORT: Duration = Duration::from_millis(50);

/// Text beyond ASCII in a body, a name, a check and a log line.
pub fn unicode() -> Result<(), Failure> {
    let answer = Request::post("/echo")
        .name("écho 世界")
        .header("content-type", "text/plain; charset=utf-8")
        .body(TEXT)
        .send()?;
    check("echo: status is 200", answer.status == 200);
    check("echo: text comes back", answer.text() == TEXT);
    check("Unicode: 世界 🌍", true);
    log::info(TEXT);
    Ok(())
}

/// Large bodies in both directions.
pub fn large() -> Result<(), Failure> {
    let answer = Request::get(format!("/bytes/{ASKED}")).name("bytes").prepare()?.send()?;
    check("large: length", answer.length as usize == ASKED);
    let body = answer.body();
    let ends = [0, ASKED / 2, ASKED - 1];
    check("large: body", body.len() == ASKED && ends.iter().all(|at| body.get(*at) == Some(&b'x')));
    let echoed = Request::post("/echo").name("echo").body(vec![b'y'; SENT]).send()?;
    check("large: echo", echoed.body.len() == SENT);
    Ok(())
}

/// Errors by their codes.
pub fn errors() {
    let nobody = run::env("nobody").unwrap_or_default();
    for (code, request) in [
        ("timeout", Request::get("/delay/2000").timeout(SHORT)),
        ("closed", Request::get("/close")),
        ("protocol", Request::get("/garbage")),
        ("body-too-large", Request::get("/endless")),
        ("connect-refused", Request::get(format!("{nobody}/"))),
    ] {
        let answer: Result<Response, Error> = request.send();
        check(code, answer.is_err_and(|error| error.code == code));
    }
}

/// An error that nobody looks at.
pub fn uncaught() -> Result<(), Failure> {
    Request::get("/delay/2000").timeout(SHORT).send()?;
    Ok(())
}

/// Statuses that are answers and no errors.
pub fn statuses() -> Result<(), Failure> {
    check("404 is an answer", Request::get("/status/404").send()?.status == 404);
    check("503 is an answer", Request::get("/status/503").send()?.status == 503);
    Ok(())
}

/// Requests that wait at the same time.
pub fn together() -> Result<(), Failure> {
    let requests: Vec<Request> = (0..8).map(|_| Request::get("/delay/200").name("together")).collect();
    let answers = http::send_all(&requests).into_iter().collect::<Result<Vec<_>, _>>()?;
    check("together: all answer", answers.iter().filter(|answer| answer.status == 200).count() == 8);
    Ok(())
}
