"""What to ask for, as it is written and as the contract takes it."""

from __future__ import annotations

import json as _json
from typing import Iterable, List, Mapping, NamedTuple, Optional, Tuple, TypedDict, Union, cast

from . import _host
from ._values import Duration, Pair, count, millis, optional_millis, text
from .answer import Brief, HttpError, Incoming, Response
from .form import Fields, Parts, multipart as _multipart, urlencoded

Headers = Union[Mapping[str, str], Iterable[Tuple[str, str]]]
Body = Union[bytes, bytearray, memoryview, str]


class Options(TypedDict, total=False):
    """What all requests take. One of `body`, `json`, `form`, `multipart` and `body_from_setup` makes the body."""

    #: A mapping or pairs; `host`, `content-length` and `user-agent` are supplied where they are missing.
    headers: Optional[Headers]
    #: Bytes, or a text that is sent as UTF-8.
    body: Optional[Body]
    #: A value that is sent as JSON, with its `content-type`.
    json: object
    #: Fields of a form, `application/x-www-form-urlencoded`.
    form: Optional[Fields]
    #: Fields and files of a form, `multipart/form-data`.
    multipart: Optional[Parts]
    #: `True`: the body is what `setup` returned; a pair: the bytes from one place to before another. All users send the
    #: same bytes and none holds a copy: the way for large uploads.
    body_from_setup: Union[bool, Tuple[int, int]]
    #: The tag `name` in reports, the path unless set; one name for URLs that differ only in an id.
    name: str
    #: Until the last byte of the answer: seconds or a `timedelta`; what the run says, or 60 seconds, unless set.
    timeout: Optional[Duration]
    #: Until the connection is open; what the run says, or 10 seconds, unless set.
    connect_timeout: Optional[Duration]
    #: From when the request goes out to the first byte of the answer; what the run says, or `timeout`, unless set.
    first_byte_timeout: Optional[Duration]
    #: Reads the answer's body from the wire and forgets it.
    discard_body: bool
    #: How many redirects are followed, at most 100; what the run says, or 10, unless set. 0 gives the first answer.
    redirects: Optional[int]
    #: Whether this user's cookies go with it, and the answer's are kept; what the run says, or yes, unless set.
    cookies: Optional[bool]
    #: What the answer may be compressed with: `gzip`, `br`, `zstd`, `deflate` or several of them, `all` or `none`; what
    #: the run says, or `none`, unless set. A kept body is decoded.
    compression: Union[None, str, Iterable[str]]
    #: Leaves a compressed body as it came.
    keep_encoded: bool
    #: The header `authorization` of a user, who has no colon, with a password.
    basic_auth: Optional[Tuple[str, str]]
    #: The header `authorization` with a token.
    bearer_auth: Optional[str]


class Overrides(NamedTuple):
    """What is different in one sending of a prepared request."""

    url: Optional[str]
    headers: List[Pair]
    body: Optional[bytes]


class Request:
    """What to ask for, to be sent, prepared, opened, or sent with others at the same time. It takes `Options`."""

    __slots__ = ("method", "url", "headers", "body", "name", "timeout_ms", "options")

    def __init__(
        self,
        method: str,
        url: str,
        *,
        headers: Optional[Headers] = None,
        body: Optional[Body] = None,
        json: object = None,
        form: Optional[Fields] = None,
        multipart: Optional[Parts] = None,
        body_from_setup: Union[bool, Tuple[int, int]] = False,
        name: str = "",
        timeout: Optional[Duration] = None,
        connect_timeout: Optional[Duration] = None,
        first_byte_timeout: Optional[Duration] = None,
        discard_body: bool = False,
        redirects: Optional[int] = None,
        cookies: Optional[bool] = None,
        compression: Union[None, str, Iterable[str]] = None,
        keep_encoded: bool = False,
        basic_auth: Optional[Tuple[str, str]] = None,
        bearer_auth: Optional[str] = None,
    ) -> None:
        self.method = text("a method", method)
        self.url = text("a URL", url)
        self.headers, content = _content(headers, body, json, form, multipart)
        self.body = content or b""
        self.name = text("the name of a request", name)
        self.timeout_ms = optional_millis("a timeout", timeout)
        said = {
            "body": "discard" if discard_body else None,
            "connect-timeout-ms": _millis("a connect_timeout", connect_timeout),
            "first-byte-timeout-ms": _millis("a first_byte_timeout", first_byte_timeout),
            "redirects": None if redirects is None else str(count("redirects", redirects)),
            "cookies": None if cookies is None else "yes" if cookies else "no",
            "compression": None if compression is None else _codings(compression),
            "decode": "no" if keep_encoded else None,
            "basic-auth": None if basic_auth is None else _basic(basic_auth),
            "bearer-auth": None if bearer_auth is None else text("a token", bearer_auth),
            "body-from": _from_setup(body_from_setup),
        }
        self.options = [Pair(option, value) for option, value in said.items() if value is not None]

    def send(self) -> Response:
        """Sends it and waits for the whole answer, without holding up other users.

        Copies headers and body of the answer, which is the larger part of its cost. Raises `HttpError`.
        """
        return cast(Response, _host.asked(lambda: _host.http.send(self), HttpError))

    def prepare(self) -> Prepared:
        """Checks and encodes it, to send it many times. Do it once per user, in `start`.

        Raises `HttpError` with the code `bad-url`, `bad-request`, `host-not-allowed` or `unsupported`.
        """
        return Prepared(_host.asked(lambda: _host.http.Prepared.prepare(self), HttpError))

    def open(self) -> Incoming:
        """Sends it and waits for the status and the headers; what this gives reads the body. Raises `HttpError`."""
        return Incoming(_host.asked(lambda: _host.http.Incoming.open(self), HttpError))


class Prepared:
    """A request that is checked and encoded once and sent many times: see `http.prepare`."""

    __slots__ = ("_raw", "_send")

    def __init__(self, raw: object) -> None:
        self._raw = raw
        self._send = raw.send  # type: ignore[attr-defined]

    def send(
        self,
        *,
        url: Optional[str] = None,
        headers: Optional[Headers] = None,
        body: Optional[Body] = None,
        json: object = None,
        form: Optional[Fields] = None,
        multipart: Optional[Parts] = None,
    ) -> Brief:
        """Sends it, with differences if you like: another URL (the name stays), headers besides the prepared ones,
        another body. Raises `HttpError`.
        """
        try:
            if url is None and headers is None and body is None and json is None and form is None and multipart is None:
                return cast(Brief, self._send())
            added, content = _content(headers, body, json, form, multipart)
            overrides = Overrides(None if url is None else text("a URL", url), added, content)
            return cast(Brief, self._raw.send_with(overrides))  # type: ignore[attr-defined]
        except _host.Err as refused:
            raise HttpError(refused.value.code, refused.value.message) from None


def _content(
    headers: Optional[Headers],
    body: Optional[Body],
    json: object,
    form: Optional[Fields],
    multipart: Optional[Parts],
) -> Tuple[List[Pair], Optional[bytes]]:
    """The headers and the bytes of a request or of its differences."""
    pairs = _pairs(headers)
    given = {"body": body, "json": json, "form": form, "multipart": multipart}
    kinds = [kind for kind, value in given.items() if value is not None]
    if len(kinds) > 1:
        raise TypeError(f"a request has {kinds[0]} or {kinds[1]}, not both")
    if body is not None:
        return pairs, _bytes(body)
    if json is not None:
        written = _json.dumps(json, ensure_ascii=False, separators=(",", ":"))
        kind, content = "application/json", written.encode("utf-8", "backslashreplace")
    elif form is not None:
        kind, content = urlencoded(form)
    elif multipart is not None:
        kind, content = _multipart(multipart)
    else:
        return pairs, None
    if not any(header.lower() == "content-type" for header, _ in pairs):
        pairs.append(Pair("content-type", kind))
    return pairs, content


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


def _millis(what: str, duration: Optional[Duration]) -> Optional[str]:
    return None if duration is None else str(millis(what, duration))


def _codings(compression: Union[str, Iterable[str]]) -> str:
    names = [compression] if isinstance(compression, str) else compression
    return ", ".join(text("a coding", name) for name in names)


def _basic(given: Tuple[str, str]) -> str:
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise TypeError("basic_auth is a user and a password (hint: `basic_auth=(user, password)`)")
    user, password = text("the user of basic_auth", given[0]), text("the password of basic_auth", given[1])
    if ":" in user:
        raise ValueError(f"the user of basic_auth is {user!r}, which can have no colon")
    return f"{user}:{password}"


def _from_setup(part: Union[bool, Tuple[int, int]]) -> Optional[str]:
    if isinstance(part, bool):
        return "setup-data" if part else None
    if not isinstance(part, (tuple, list)) or len(part) != 2:
        raise TypeError(f"body_from_setup is `True` or a pair of places in bytes, not {part!r}")
    begin, end = (count("a place of body_from_setup", place) for place in part)
    return f"setup-data {begin}..{end}"
