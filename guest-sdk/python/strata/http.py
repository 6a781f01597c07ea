"""Requests to the target, over connections that the engine owns.

Each virtual user keeps its connections alive between iterations. Every request is timed by the engine and counted in
`http_reqs` and the `http_req_*` metrics, each redirect that is followed by itself; nothing is retried but
what a closed kept connection has swallowed, which is counted in `http_reqs_resent`.

`prepare` is the fast way: the request is encoded once, and headers and body of the answer stay with the engine until
they are asked for. `get`, `post`, ... are the comfortable one.

A URL is a path that is appended to the target's base URL, or an absolute one. What all requests take:

| parameter | |
|---|---|
| `headers` | a mapping or pairs; `host`, `content-length` and `user-agent` are supplied where they are missing |
| `body` | bytes, or a text that is sent as UTF-8 |
| `json` | a value that is sent as JSON, with its `content-type` |
| `name` | the tag `name` in reports, the path unless set; one name for URLs that differ only in an id |
| `timeout` | until the last byte of the answer: seconds or a `timedelta`, 60 seconds unless set |
| `discard_body` | reads the answer's body from the wire and forgets it |

Codes of `HttpError`: `bad-url`, `bad-request`, `host-not-allowed`, `dns`, `connect-refused`, `connect-timeout`,
`out-of-descriptors`, `out-of-ports`, `connect`, `tls-expired`, `tls-issuer`, `tls-host`, `tls-handshake`,
`timeout`, `reset`, `closed`, `stale`, `protocol`, `body-too-large`, `unsupported`.
"""

from __future__ import annotations

import json as _json
from typing import Any, Iterable, List, Mapping, NamedTuple, Optional, Tuple, Union, cast

from . import _host
from ._errors import Error
from ._values import Duration, Pair, each, optional_millis, text

Headers = Union[Mapping[str, str], Iterable[Tuple[str, str]]]
Body = Union[bytes, bytearray, memoryview, str]


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
        wanted = name.lower()
        return next((value for header, value in self.headers if header == wanted), None)


class _Overrides(NamedTuple):
    """What is different in one sending of a prepared request."""

    url: Optional[str]
    headers: List[Pair]
    body: Optional[bytes]


class Request:
    """What to ask for, to be sent, prepared, or sent with others at the same time."""

    __slots__ = ("method", "url", "headers", "body", "name", "timeout_ms", "options")

    def __init__(
        self,
        method: str,
        url: str,
        *,
        headers: Optional[Headers] = None,
        body: Body = b"",
        json: object = None,
        name: str = "",
        timeout: Optional[Duration] = None,
        discard_body: bool = False,
    ) -> None:
        self.method = text("a method", method)
        self.url = text("a URL", url)
        self.headers = _pairs(headers)
        self.body = _bytes(body)
        self.name = text("the name of a request", name)
        self.timeout_ms = optional_millis("a timeout", timeout)
        self.options = [Pair("body", "discard")] if discard_body else []
        if json is not None:
            if self.body:
                raise TypeError("a request has a body or json, not both")
            self.body = _json.dumps(json, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
            if not any(header.lower() == "content-type" for header, _ in self.headers):
                self.headers.append(Pair("content-type", "application/json"))

    def send(self) -> Response:
        """Sends it and waits for the whole answer, without holding up other users.

        Copies headers and body of the answer, which is the larger part of its cost. Raises `HttpError`.
        """
        try:
            return cast(Response, _host.http.send(self))
        except _host.Err as refused:
            raise _error(refused) from None

    def prepare(self) -> Prepared:
        """Checks and encodes it, to send it many times. Do it once per user, in `start`.

        Raises `HttpError` with the code `bad-url`, `bad-request`, `host-not-allowed` or `unsupported`.
        """
        try:
            return Prepared(_host.http.Prepared.prepare(self))
        except _host.Err as refused:
            raise _error(refused) from None


class Prepared:
    """A request that is checked and encoded once and sent many times: see `prepare`."""

    __slots__ = ("_raw", "_send")

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._send = raw.send

    def send(
        self, *, url: Optional[str] = None, headers: Optional[Headers] = None, body: Optional[Body] = None
    ) -> Brief:
        """Sends it, with differences if you like: another URL (the name stays), headers besides the prepared ones,
        another body. Raises `HttpError`.
        """
        try:
            if url is None and headers is None and body is None:
                return cast(Brief, self._send())
            overrides = _Overrides(
                None if url is None else text("a URL", url),
                _pairs(headers),
                None if body is None else _bytes(body),
            )
            return cast(Brief, self._raw.send_with(overrides))
        except _host.Err as refused:
            raise _error(refused) from None


def request(
    method: str,
    url: str,
    *,
    headers: Optional[Headers] = None,
    body: Body = b"",
    json: object = None,
    name: str = "",
    timeout: Optional[Duration] = None,
    discard_body: bool = False,
) -> Response:
    """Sends a request of any method and waits for the whole answer. Raises `HttpError`."""
    return Request(
        method,
        url,
        headers=headers,
        body=body,
        json=json,
        name=name,
        timeout=timeout,
        discard_body=discard_body,
    ).send()


def get(
    url: str,
    *,
    headers: Optional[Headers] = None,
    name: str = "",
    timeout: Optional[Duration] = None,
    discard_body: bool = False,
) -> Response:
    """Sends a `GET` and waits for the whole answer. Raises `HttpError`."""
    return Request("GET", url, headers=headers, name=name, timeout=timeout, discard_body=discard_body).send()


def post(
    url: str,
    *,
    headers: Optional[Headers] = None,
    body: Body = b"",
    json: object = None,
    name: str = "",
    timeout: Optional[Duration] = None,
    discard_body: bool = False,
) -> Response:
    """Sends a `POST` and waits for the whole answer. Raises `HttpError`."""
    return request(
        "POST",
        url,
        headers=headers,
        body=body,
        json=json,
        name=name,
        timeout=timeout,
        discard_body=discard_body,
    )


def put(
    url: str,
    *,
    headers: Optional[Headers] = None,
    body: Body = b"",
    json: object = None,
    name: str = "",
    timeout: Optional[Duration] = None,
    discard_body: bool = False,
) -> Response:
    """Sends a `PUT` and waits for the whole answer. Raises `HttpError`."""
    return request(
        "PUT",
        url,
        headers=headers,
        body=body,
        json=json,
        name=name,
        timeout=timeout,
        discard_body=discard_body,
    )


def delete(
    url: str,
    *,
    headers: Optional[Headers] = None,
    name: str = "",
    timeout: Optional[Duration] = None,
    discard_body: bool = False,
) -> Response:
    """Sends a `DELETE` and waits for the whole answer. Raises `HttpError`."""
    return Request("DELETE", url, headers=headers, name=name, timeout=timeout, discard_body=discard_body).send()


def prepare(
    method: str,
    url: str,
    *,
    headers: Optional[Headers] = None,
    body: Body = b"",
    json: object = None,
    name: str = "",
    timeout: Optional[Duration] = None,
    discard_body: bool = False,
) -> Prepared:
    """Checks and encodes a request, to send it many times: `http.prepare("GET", "/")`. Do it once per user, in `start`.

    Raises `HttpError` with the code `bad-url`, `bad-request`, `host-not-allowed` or `unsupported`.
    """
    return Request(
        method,
        url,
        headers=headers,
        body=body,
        json=json,
        name=name,
        timeout=timeout,
        discard_body=discard_body,
    ).prepare()


def send_all(requests: Iterable[Request]) -> List[Union[Response, HttpError]]:
    """Sends requests at the same time, each over a connection of its own, and waits for all answers.

    They come in the order of the requests, an `HttpError` in place of one that is missing. At most 256; more is
    `bad-request` for each.
    """
    answers = _host.http.send_all(each("send_all", Request, requests))
    return [_error(answer) if isinstance(answer, _host.Err) else answer.value for answer in answers]


def send_all_prepared(requests: Iterable[Prepared]) -> List[Union[Brief, HttpError]]:
    """As `send_all`, for prepared requests: the cheapest way to send several. All answers are kept."""
    answers = _host.http.send_all_prepared([prepared._raw for prepared in each("send_all_prepared", Prepared, requests)])
    return [_error(answer) if isinstance(answer, _host.Err) else answer.value for answer in answers]


def _error(refused: Any) -> HttpError:
    return HttpError(refused.value.code, refused.value.message)


def _pairs(headers: Optional[Headers]) -> List[Pair]:
    if headers is None:
        return []
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [Pair(text("the name of a header", name), text(f"the header `{name}`", value)) for name, value in pairs]


def _bytes(body: Body) -> bytes:
    if isinstance(body, str):
        return text("a body", body).encode()
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise TypeError(f"a body is bytes or a text, not {type(body).__name__} (hint: json= sends a value as JSON)")
