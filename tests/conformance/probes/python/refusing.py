"""What the engine says to what it refuses."""

from __future__ import annotations

from typing import Callable

from strata import Error


def refused(call: Callable[[], object]) -> str:
    """The code of the error that a call raises; empty if it raises none."""
    try:
        call()
    except Error as error:
        return error.code
    return ""
