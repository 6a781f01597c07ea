"""Values as the contract takes them: what does not fit is refused where it is written.

The generated modules do not check: there a wrong value ends the instance.
"""

from __future__ import annotations

from datetime import timedelta
from operator import index
from typing import Iterable, List, NamedTuple, Optional, SupportsFloat, SupportsIndex, Type, TypeVar, Union

T = TypeVar("T")

#: Seconds, or a `timedelta`.
Duration = Union[float, timedelta]

#: Of what the contract counts.
LARGEST = 2**32 - 1


class Pair(NamedTuple):
    """A name and its value: a header, a tag, an option."""

    name: str
    value: str


def count(what: str, value: SupportsIndex) -> int:
    """A whole number of 32 bits."""
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"{what} is a whole number, not {value!r}") from None
    if not 0 <= number <= LARGEST:
        raise ValueError(f"{what} is from 0 to {LARGEST}, not {number}")
    return number


def number(what: str, value: SupportsFloat) -> float:
    """A number."""
    if isinstance(value, str):
        raise TypeError(f"{what} is a number, not {value!r}")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{what} is a number, not {value!r}") from None


def text(what: str, value: str) -> str:
    """A text that can be sent: not one with half of a surrogate pair in it."""
    if not isinstance(value, str):
        raise TypeError(f"{what} is a text, not {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} cannot be written as UTF-8: {value!r}") from None
    return value


def seconds(what: str, duration: Duration) -> float:
    """A duration in seconds, at least 0."""
    value = duration.total_seconds() if isinstance(duration, timedelta) else number(what, duration)
    if not value >= 0:
        raise ValueError(f"{what} is at least 0 seconds, not {duration!r}")
    return value


def millis(what: str, duration: Duration) -> int:
    """A duration in whole milliseconds, at most those of 32 bits (49 days)."""
    return round(min(seconds(what, duration) * 1000, LARGEST))


def optional_millis(what: str, duration: Optional[Duration]) -> Optional[int]:
    """As `millis`, for one that may be left out."""
    return None if duration is None else millis(what, duration)


def optional_count(what: str, value: Optional[SupportsIndex]) -> Optional[int]:
    """As `count`, for one that may be left out."""
    return None if value is None else count(what, value)


def a(what: str, kind: Type[T], value: T) -> T:
    """An object of that class."""
    if not isinstance(value, kind):
        raise TypeError(f"{what} takes a {kind.__name__}, not {value!r}")
    return value


def each(what: str, kind: Type[T], values: Iterable[T]) -> List[T]:
    """Objects of that class."""
    return [a(what, kind, value) for value in values]
