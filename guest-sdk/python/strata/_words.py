"""What an exception says to people: its class, text, and the author's line."""

from __future__ import annotations

from typing import Optional

from ._errors import Error, Failure

#: Of a message; reports show less.
LONGEST = 1000


def failure_of(raised: BaseException, folder: str) -> Failure:
    """The failure that an exception becomes; `folder` is where the author's modules are.

    A `Failure` stays what it is; an `Error` keeps its code; any other gets the code `exception`.
    """
    if isinstance(raised, Failure):
        code, message, line = raised.code, raised.message, None
    elif isinstance(raised, Error):
        code, message, line = raised.code, raised.message, place(raised, folder)
    else:
        code, message, line = "exception", described(raised), place(raised, folder)
    if line is not None:
        message = f"{message} ({line})"
    return Failure(sendable(code), sendable(message))


def described(raised: BaseException) -> str:
    """`ValueError: no number in the page`."""
    name = type(raised).__name__
    try:
        text = str(raised)
    except Exception as worse:
        text = f"(no text, {type(worse).__name__} in its __str__)"
    return f"{name}: {text}" if text else name


def place(raised: BaseException, folder: str) -> Optional[str]:
    """`scenario.py:12`: the author's line nearest to where it was raised; nothing if there is none."""
    found = None
    trace = raised.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(folder):
            found = f"{file[len(folder) :]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def sendable(text: object) -> str:
    """A bounded text without halves of surrogate pairs."""
    return str(text)[:LONGEST].encode("utf-8", "backslashreplace").decode("utf-8")
