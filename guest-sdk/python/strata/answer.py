"""Answers: those that stay with the engine, whole ones, and those that are read while they come."""

from __future__ import annotations

import json as _json
from types import TracebackType
from typing import Any, Iterator, List, NamedTuple, Optional, Sequence, Type, cast

from . import _host
from ._errors import Error
from ._values import Pair, count, text

#: The most bytes of a piece unless the scenario says otherwise.
PIECE = 65536


class HttpError(Error):
    """Why a request has no answer. An answer of any status is none."""


class Timings(NamedTuple):
    """Where the time of one request went, in milliseconds."""

    #: Waiting for a free connection.
    blocked: float
    #: Looking the host up; 0 on a kept connection.
    dns: float
    #: Opening the TCP connection; 0 on a kept connection.
    connecting: float
    #: The TLS handshake; 0 without TLS and on a kept connection.
    tls: float
    #: Writing the request.
    sending: float
    #: From the last byte sent to the first byte received.
    waiting: float
    #: From the first to the last byte received.
    receiving: float
    #: Sending, waiting and receiving together.
    duration: float


class Brief(NamedTuple):
    """An answer whose headers and body stay with the engine until this user's next request."""

    #: The status code.
    status: int
    #: Bytes of the body.
    length: int
    #: Where the time went.
    timings: Timings
    #: Which of the kept answers this is. (A tuple has a method of that name.)
    index: int  # type: ignore[assignment]

    @property
    def body(self) -> bytes:
        """The body, copied; empty if it was discarded, or if this user has sent another request since."""
        return cast(bytes, _host.http.body(self.index))

    @property
    def text(self) -> str:
        """The body as text, copied; bytes that are not UTF-8 are replaced."""
        return cast(str, _host.http.text(self.index))

    @property
    def headers(self) -> List[Pair]:
        """The headers, copied: in the order received, names in lower case."""
        return cast(List[Pair], _host.http.headers(self.index))

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError` if it is none."""
        return _json.loads(self.text)

    def header(self, name: str) -> Optional[str]:
        """The first value of a header; the name in any case."""
        return cast(Optional[str], _host.http.header(self.index, text("the name of a header", name)))


class Response(NamedTuple):
    """A whole answer."""

    #: The status code.
    status: int
    #: `HTTP/1.1`, `HTTP/1.0` or `HTTP/2`.
    protocol: str
    #: In the order received, names in lower case.
    headers: List[Pair]
    #: The body, empty if it was discarded.
    body: bytes
    #: Where the time went.
    timings: Timings

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError` if it is none."""
        return _json.loads(self.text)

    def header(self, name: str) -> Optional[str]:
        """The first value of a header; the name in any case."""
        return _first(self.headers, name)


class Piece(NamedTuple):
    """A piece of a body."""

    #: When the engine read it, in milliseconds since the run began.
    at_ms: float
    #: Not empty.
    body: bytes

    @property
    def at(self) -> float:
        """The same in seconds, as `run.now` gives it."""
        return self.at_ms / 1000


class ServerEvent(NamedTuple):
    """An event of a `text/event-stream`."""

    #: When the engine read its end, in milliseconds since the run began.
    at_ms: float
    #: Its type: `message` unless the server says otherwise.
    kind: str
    #: Its lines, with line feeds between them.
    data: str
    #: The newest identifier that the server gave, for this event or an earlier one.
    id: str

    @property
    def at(self) -> float:
        """The same in seconds, as `run.now` gives it."""
        return self.at_ms / 1000


class Incoming:
    """An answer that is read while it comes: a long body, server-sent events. Best used by `with`:

        with http.open("GET", "/events", timeout=60) as answer:
            for event in answer.events():
                ...

    Redirects are not followed and nothing is decoded. One that is left open is given up with its connection when the
    iteration ends. At most 64 are open at a time.
    """

    __slots__ = ("_raw", "status", "headers")

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        #: The status code.
        self.status: int = raw.status()
        #: In the order received, names in lower case.
        self.headers: List[Pair] = raw.headers()

    def header(self, name: str) -> Optional[str]:
        """The first value of a header; the name in any case."""
        return _first(self.headers, name)

    def read(self, most: int = PIECE) -> Optional[Piece]:
        """Waits for the next piece of the body, of at most so many bytes; nothing at its end. Raises `HttpError`."""
        size = count("the size of a piece", most)
        return cast(Optional[Piece], _host.asked(lambda: self._open().read(size), HttpError))

    def next_event(self) -> Optional[ServerEvent]:
        """Waits for the next event; nothing at the end of the body. Raises `HttpError`."""
        return cast(Optional[ServerEvent], _host.asked(lambda: self._open().next_event(), HttpError))

    def pieces(self, most: int = PIECE) -> Iterator[Piece]:
        """`read` until the end."""
        while (piece := self.read(most)) is not None:
            yield piece

    def events(self) -> Iterator[ServerEvent]:
        """`next_event` until the end."""
        while (event := self.next_event()) is not None:
            yield event

    def close(self) -> None:
        """Gives up what has not been read, with its connection. Nothing, if it is closed."""
        if self._raw is not None:
            self._raw.__exit__(None, None, None)
            self._raw = None

    def __enter__(self) -> Incoming:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], raised: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def _open(self) -> Any:
        if self._raw is None:
            raise ValueError("the answer is read after it was closed")
        return self._raw


def _first(headers: Sequence[Pair], name: str) -> Optional[str]:
    wanted = name.lower()
    return next((value for header, value in headers if header == wanted), None)
