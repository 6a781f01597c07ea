//! Mode `web`: what browsers and services do.

use strata_guest::http::{self, Multipart};
use strata_guest::prelude::*;

/// Redirects, cookies, encodings, authorization and forms.
pub fn everything() -> Result<(), Failure> {
    redirects()?;
    cookies()?;
    encodings()?;
    authorization()?;
    forms()
}

fn redirects() -> Result<(), Failure> {
    let followed = Request::get("/redirect/3").name("redirect").send()?;
    check("redirects are followed", (followed.status, followed.text().trim()) == (200, "ok"));
    let first = Request::get("/redirect/3").name("redirect").redirects(0).prepare()?.send()?;
    check("a redirect can be an answer", first.status == 302);
    let headers = first.headers();
    let location = headers.iter().find(|pair| pair.name == "location").map(|pair| pair.value.as_str());
    check("headers of a kept answer", location == Some("/redirect/2"));
    let some = Request::get("/redirect/3").name("redirect").redirects(2).send()?;
    check("the last one is given", some.header("location") == Some("/redirect/0"));
    let seen = Request::post("/see-other").name("see-other").body("x").send()?;
    check("see other is a GET", seen.text() == "GET");
    let away = Request::get("/away").name("away").send();
    check("a redirect leads only where it may", away.is_err_and(|error| error.code == "host-not-allowed"));
    let both = [Request::get("/redirect/1").name("redirect"), Request::get("/cookies").name("cookies")];
    let answers = http::send_all(&both).into_iter().collect::<Result<Vec<_>, _>>()?;
    check("redirects of several", answers.iter().all(|answer| answer.status == 200));
    Ok(())
}

fn cookies() -> Result<(), Failure> {
    http::clear_cookies();
    let sent = || Request::get("/cookies").name("cookies").send();
    check("a jar can be emptied", sent()?.body.is_empty());
    Request::get("/set-cookie/a/1").name("set-cookie").send()?;
    http::set_cookie("/", "b=2; Path=/cookies")?;
    check("cookies are sent", sent()?.text() == "b=2; a=1");
    let cookies = http::cookies("/");
    check(
        "cookies can be read",
        matches!(cookies.as_slice(), [only] if only.name == "a" && only.value == "1"),
    );
    let without = Request::get("/cookies").name("cookies").cookies(false).send()?;
    check("a request without cookies", without.body.is_empty());
    let own = Request::get("/cookies").name("cookies").header("cookie", "own=1").send()?;
    check("a request with its own", own.text() == "own=1");
    let refused = http::set_cookie("/", "c=1; Domain=example.com");
    check("a cookie of another is refused", refused.is_err_and(|error| error.code == "bad-request"));
    http::clear_cookies();
    Ok(())
}

fn encodings() -> Result<(), Failure> {
    let plain = Request::get("/gzip").name("gzip").send()?;
    check("compression is not asked for", plain.header("content-encoding").is_none());
    let request = Request::get("/gzip").name("gzip").compression("gzip");
    let decoded = request.clone().prepare()?.send()?;
    check("gzip is decoded", (decoded.text().as_str(), decoded.length) == ("hello, world\n", 13));
    let coded = request.keep_encoded().send()?;
    check("or left as it came", coded.body.starts_with(&[0x1f, 0x8b]));
    let unknown = Request::get("/coded").name("coded").send();
    check("bad-encoding", unknown.is_err_and(|error| error.code == "bad-encoding"));
    Ok(())
}

fn authorization() -> Result<(), Failure> {
    let request = || Request::get("/authorization").name("authorization");
    let basic = request().basic_auth("Aladdin", "open sesame").send()?;
    check("basic authorization", basic.text() == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    check("bearer authorization", request().bearer_auth("token").send()?.text() == "Bearer token");
    let both = request().basic_auth("a", "b").bearer_auth("c").send();
    check("one of them", both.is_err_and(|error| error.code == "bad-request"));
    Ok(())
}

fn forms() -> Result<(), Failure> {
    let form = Request::post("/echo").name("echo").form([("user", "me & you"), ("n", "1")]).send()?;
    check("a form", form.text() == "user=me+%26+you&n=1");
    let kind = Some("application/x-www-form-urlencoded");
    check("the kind of a form", form.header("content-type") == kind);
    let parts = Multipart::new().text("a", "1").file("f", "f.txt", "text/plain", "content");
    let sent = Request::post("/echo").name("echo").multipart(parts).send()?;
    check(
        "parts of a form",
        sent.text().contains("filename=\"f.txt\"\r\ncontent-type: text/plain\r\n\r\ncontent\r\n--"),
    );
    let shared = Request::post("/echo").name("echo").body_from_setup(None).prepare()?.send()?;
    check("a body from setup", shared.text() == "from setup");
    let part = Request::post("/echo").name("echo").body_from_setup(Some(5..10)).send()?;
    check("a part of it", part.text() == "setup");
    let beyond = Request::post("/echo").body_from_setup(Some(5..11)).prepare();
    check("no more than there is", beyond.is_err_and(|error| error.code == "bad-request"));
    Ok(())
}
