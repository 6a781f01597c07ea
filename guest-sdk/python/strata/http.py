"""Requests to the target, over connections that the engine owns.

Each virtual user keeps its connections alive between iterations. Every request is timed by the engine and counted in
`http_reqs` and the `http_req_*` metrics, each redirect that is followed by itself; nothing is retried but
what a closed kept connection has swallowed, which is counted in `http_reqs_resent`. Each user has a cookie jar, which
it keeps from iteration to iteration.

`prepare` is the fast way: the request is encoded once, and headers and body of the answer stay with the engine until
they are asked for. `get`, `post`, ... are the comfortable one; `open` reads an answer while it comes.

A URL is a path that is appended to the target's base URL, or an absolute one. `Options` has what all requests take.

Codes of `HttpError`: `bad-url`, `bad-request`, `host-not-allowed`, `dns`, `connect-refused`, `connect-timeout`,
`out-of-descriptors`, `out-of-ports`, `connect`, `proxy`, `tls-expired`, `tls-issuer`, `tls-host`, `tls-handshake`,
`timeout`, `reset`, `closed`, `stale`, `protocol`, `body-too-large`, `bad-encoding`, `unsupported`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, List, Union, cast

from . import _host
from ._values import Pair, each, text
from .answer import Brief, HttpError, Incoming, Piece, Response, ServerEvent, Timings
from .form import File
from .request import Options, Prepared, Request

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "Brief",
    "File",
    "HttpError",
    "Incoming",
    "Options",
    "Piece",
    "Prepared",
    "Request",
    "Response",
    "ServerEvent",
    "Timings",
    "clear_cookies",
    "cookies",
    "delete",
    "get",
    "open",
    "post",
    "prepare",
    "put",
    "request",
    "send_all",
    "send_all_prepared",
    "set_cookie",
]


def request(method: str, url: str, **options: Unpack[Options]) -> Response:
    """Sends a request of any method and waits for the whole answer. Raises `HttpError`."""
    return Request(method, url, **options).send()


def get(url: str, **options: Unpack[Options]) -> Response:
    """Sends a `GET` and waits for the whole answer. Raises `HttpError`."""
    return Request("GET", url, **options).send()


def post(url: str, **options: Unpack[Options]) -> Response:
    """Sends a `POST` and waits for the whole answer. Raises `HttpError`."""
    return Request("POST", url, **options).send()


def put(url: str, **options: Unpack[Options]) -> Response:
    """Sends a `PUT` and waits for the whole answer. Raises `HttpError`."""
    return Request("PUT", url, **options).send()


def delete(url: str, **options: Unpack[Options]) -> Response:
    """Sends a `DELETE` and waits for the whole answer. Raises `HttpError`."""
    return Request("DELETE", url, **options).send()


def prepare(method: str, url: str, **options: Unpack[Options]) -> Prepared:
    """Checks and encodes a request, to send it many times: `http.prepare("GET", "/")`. Do it once per user, in `start`.

    Raises `HttpError` with the code `bad-url`, `bad-request`, `host-not-allowed` or `unsupported`.
    """
    return Request(method, url, **options).prepare()


def open(method: str, url: str, **options: Unpack[Options]) -> Incoming:
    """Sends a request and waits for the status and the headers: `with http.open("GET", "/events") as answer: ...`.

    The body is read from what this gives, piece by piece or event by event. Raises `HttpError`.
    """
    return Request(method, url, **options).open()


def send_all(requests: Iterable[Request]) -> List[Union[Response, HttpError]]:
    """Sends requests at the same time, over HTTP/1.1 each on a connection of its own, and waits for all answers.

    They come in the order of the requests, an `HttpError` in place of one that is missing. At most 256; more is
    `bad-request` for each.
    """
    return [_answer(answer) for answer in _host.http.send_all(each("send_all", Request, requests))]


def send_all_prepared(requests: Iterable[Prepared]) -> List[Union[Brief, HttpError]]:
    """As `send_all`, for prepared requests: the cheapest way to send several. All answers are kept."""
    prepared = [prepared._raw for prepared in each("send_all_prepared", Prepared, requests)]
    return [_answer(answer) for answer in _host.http.send_all_prepared(prepared)]


def _answer(answer: Any) -> Any:
    if isinstance(answer, _host.Err):
        return HttpError(answer.value.code, answer.value.message)
    return answer.value


def cookies(url: str) -> List[Pair]:
    """The cookies of this user that would go to a URL, in the order in which they are sent; none for what is no URL."""
    return cast(List[Pair], _host.http.cookies(text("a URL", url)))


def set_cookie(url: str, line: str) -> None:
    """Takes a cookie as if the server at a URL had sent it in `set-cookie`: `session=1; Path=/; Max-Age=60`.

    Raises `HttpError` with the code `bad-url`, `unsupported`, or `bad-request` for one that is not of that server.
    """
    at, cookie = text("a URL", url), text("a cookie", line)
    _host.asked(lambda: _host.http.set_cookie(at, cookie), HttpError)


def clear_cookies() -> None:
    """Forgets all cookies of this user."""
    _host.http.clear_cookies()
