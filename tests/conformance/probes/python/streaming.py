"""Mode `stream`: answers that are read while they come."""

from __future__ import annotations

from strata import check, http, run
from refusing import refused


def everything() -> None:
    pieces()
    events()
    ends()


def pieces() -> None:
    with http.open("GET", "/pieces/5", name="pieces") as answer:
        check("stream: status", answer.status == 200)
        known = answer.header("Transfer-Encoding") is not None and answer.header("etag") is None
        check("stream: headers", known)
        length, last, held = 0, 0.0, True
        for piece in answer.pieces(400):
            held = held and 1 <= len(piece.body) <= 400 and piece.at >= last
            length, last = length + len(piece.body), piece.at
        check("stream: pieces are no longer than asked for, and in order", held)
        check("stream: everything comes", length == 5000)
        check("stream: pieces have their times", 0 < last <= run.now())
        check("stream: the end is the end", answer.read(1) is None)


def events() -> None:
    with http.open("GET", "/events", name="events") as answer:
        found = [f"{event.kind} {event.id} {event.data}" for event in answer.events()]
    check("stream: events", found == ["message  one", "add 7 two\nlines", "message 7 three"])


def ends() -> None:
    # More of them, one after another, than can be open.
    read = 0
    for _ in range(70):
        with http.open("GET", "/endless", name="endless") as endless:
            read += endless.read() is not None
    check("stream: an answer without an end", read == 70)
    late = refused(lambda: http.open("GET", "/delay/2000", name="late", timeout=0.05))
    check("stream: timeout", late == "timeout")
    with http.open("GET", "/stalls", name="stalls", timeout=0.2) as stalls:
        check("stream: timeout within", refused(lambda: list(stalls.pieces(100))) == "timeout")
    with http.open("GET", "/redirect/1", name="redirect") as moved:
        check("stream: a redirect is an answer", moved.status == 302)
    check("stream: host-not-allowed", refused(lambda: http.open("GET", "http://192.0.2.1/")) == "host-not-allowed")
