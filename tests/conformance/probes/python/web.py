"""Mode `web`: redirects, cookies, encodings, authorization and forms."""

from __future__ import annotations

from strata import File, Request, check, http
from refusing import refused


def everything() -> None:
    redirects()
    cookies()
    encodings()
    authorization()
    forms()


def redirects() -> None:
    followed = http.get("/redirect/3", name="redirect")
    check("redirects are followed", (followed.status, followed.text.strip()) == (200, "ok"))
    first = http.prepare("GET", "/redirect/3", name="redirect", redirects=0).send()
    check("a redirect can be an answer", first.status == 302)
    check("headers of a kept answer", dict(first.headers)["location"] == "/redirect/2")
    some = http.get("/redirect/3", name="redirect", redirects=2)
    check("the last one is given", some.header("location") == "/redirect/0")
    check("see other is a GET", http.post("/see-other", body="x", name="see-other").text == "GET")
    away = refused(lambda: http.get("/away", name="away"))
    check("a redirect leads only where it may", away == "host-not-allowed")
    both = [Request("GET", "/redirect/1", name="redirect"), Request("GET", "/cookies", name="cookies")]
    check("redirects of several", all(getattr(answer, "status", 0) == 200 for answer in http.send_all(both)))


def cookies() -> None:
    http.clear_cookies()
    check("a jar can be emptied", http.get("/cookies", name="cookies").body == b"")
    http.get("/set-cookie/a/1", name="set-cookie")
    http.set_cookie("/", "b=2; Path=/cookies")
    check("cookies are sent", http.get("/cookies", name="cookies").text == "b=2; a=1")
    check("cookies can be read", http.cookies("/") == [("a", "1")])
    check("a request without cookies", http.get("/cookies", name="cookies", cookies=False).body == b"")
    own = http.get("/cookies", name="cookies", headers={"cookie": "own=1"})
    check("a request with its own", own.text == "own=1")
    other = refused(lambda: http.set_cookie("/", "c=1; Domain=example.com"))
    check("a cookie of another is refused", other == "bad-request")
    http.clear_cookies()


def encodings() -> None:
    check("compression is not asked for", http.get("/gzip", name="gzip").header("content-encoding") is None)
    decoded = http.prepare("GET", "/gzip", name="gzip", compression="gzip").send()
    check("gzip is decoded", (decoded.text, decoded.length) == ("hello, world\n", 13))
    coded = http.get("/gzip", name="gzip", compression=["gzip"], keep_encoded=True)
    check("or left as it came", coded.body.startswith(b"\x1f\x8b"))
    check("bad-encoding", refused(lambda: http.get("/coded", name="coded")) == "bad-encoding")


def authorization() -> None:
    basic = http.get("/authorization", name="authorization", basic_auth=("Aladdin", "open sesame"))
    check("basic authorization", basic.text == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    bearer = http.get("/authorization", name="authorization", bearer_auth="token")
    check("bearer authorization", bearer.text == "Bearer token")
    both = refused(lambda: http.get("/authorization", basic_auth=("a", "b"), bearer_auth="c"))
    check("one of them", both == "bad-request")


def forms() -> None:
    form = http.post("/echo", name="echo", form={"user": "me & you", "n": 1})
    check("a form", form.text == "user=me+%26+you&n=1")
    check("the kind of a form", form.header("content-type") == "application/x-www-form-urlencoded")
    parts = http.post("/echo", name="echo", multipart={"a": "1", "f": File(b"content", "f.txt", "text/plain")})
    check("parts of a form", 'filename="f.txt"\r\ncontent-type: text/plain\r\n\r\ncontent\r\n--' in parts.text)
    shared = http.prepare("POST", "/echo", name="echo", body_from_setup=True).send()
    check("a body from setup", shared.text == "from setup")
    check("a part of it", http.post("/echo", name="echo", body_from_setup=(5, 10)).text == "setup")
    beyond = refused(lambda: http.prepare("POST", "/echo", body_from_setup=(5, 11)))
    check("no more than there is", beyond == "bad-request")
