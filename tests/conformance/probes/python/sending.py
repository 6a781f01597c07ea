"""Mode `send`: every function of `http` against the target's `/`.

The checks hold for any target that answers 200 there with a body and a `content-type`.
"""

from __future__ import annotations

from strata import Brief, HttpError, Request, Response, check, http


def everything() -> None:
    """Sends in each way and checks that the ways agree with each other."""
    whole = whole_answer()
    prepared(whole)
    at_once(whole)
    refused()


def whole_answer() -> Response:
    answer = http.get("/", name="send")
    check("send: status is 200", answer.status == 200)
    check("send: there is a body", answer.body != b"")
    check("send: header names are lower case", all(name == name.lower() for name, _ in answer.headers))
    timings = answer.timings
    total = timings.sending + timings.waiting + timings.receiving
    check("send: duration is the sum of its parts", abs(timings.duration - total) < 0.01)
    check("send: a discarded body is empty", http.get("/", name="send", discard_body=True).body == b"")
    return answer


def prepared(whole: Response) -> None:
    request = http.prepare("GET", "/", name="prepared", headers={"x-probe": "prepared"})
    answer = request.send()
    check("prepared.send: status is 200", answer.status == 200)
    check("prepared.send: length is the body's", answer.length == len(answer.body))
    check("prepared.send: body is that of send", answer.body == whole.body)
    check("prepared.send: text is the body", answer.text == answer.body.decode("utf-8", "replace"))
    check("prepared.send: header in any case", answer.header("Content-Type") == whole.header("content-type"))
    check("prepared.send: no such header", answer.header("x-no-such-header") is None)

    other = request.send(url="/?probe=1", headers={"x-probe-more": "1"})
    check("prepared.send-with: status is 200", other.status == 200)
    check("prepared.send-with: earlier answers are gone", other.index == 0 or answer.body == b"")
    discarded = http.prepare("GET", "/", name="prepared", discard_body=True).send()
    check("prepared.send: a discarded body is empty", discarded.body == b"")


def at_once(whole: Response) -> None:
    requests = [Request("GET", url, name="all") for url in ("/", "/?probe=1", "/")]
    answers = [answer for answer in http.send_all(requests) if isinstance(answer, Response)]
    check("send-all: an answer for each", len(answers) == len(requests))
    check("send-all: status is 200", all(answer.status == 200 for answer in answers))
    check("send-all: in order", bool(answers) and answers[-1].body == whole.body)

    sent = http.send_all_prepared([request.prepare() for request in requests])
    briefs = [brief for brief in sent if isinstance(brief, Brief)]
    check("send-all-prepared: an answer for each", len(briefs) == len(requests))
    check("send-all-prepared: status is 200", all(brief.status == 200 for brief in briefs))
    check("send-all-prepared: all answers are kept", all(len(brief.body) == brief.length for brief in briefs))
    check("send-all: none for none", http.send_all([]) == [])


def refused() -> None:
    check("bad-url", code(Request("GET", "http://")) == "bad-url")
    check("bad-request: method", code(Request("G T", "/")) == "bad-request")
    check("bad-request: header", code(Request("GET", "/", headers={"x\r\ny": "1"})) == "bad-request")
    check("host-not-allowed", code(Request("GET", "http://192.0.2.1/")) == "host-not-allowed")
    check("unsupported: scheme", code(Request("GET", "ftp://192.0.2.1/")) == "unsupported")
    many = http.send_all([Request("GET", "/")] * 257)
    all_refused = all(isinstance(answer, HttpError) and answer.code == "bad-request" for answer in many)
    check("send-all: 257 are too many", all_refused)


def code(request: Request) -> str:
    """The code with which a request cannot be prepared; empty if it can."""
    try:
        request.prepare()
    except HttpError as error:
        return error.code
    return ""
