"""Lines for people. `print` and the standard `logging` end here too.

The first lines of a run are shown, then they are only counted: at most 1,000 bytes of a line and 100 lines of a
virtual user are taken. Control characters are replaced.
"""

from __future__ import annotations

from enum import Enum

from . import _host


class Level(Enum):
    """How much a line matters; the values are those of the contract."""

    DEBUG = 0
    INFO = 1
    WARN = 2
    ERROR = 3


def debug(line: object) -> None:
    """A line that is only of use while writing the scenario."""
    write(Level.DEBUG, line)


def info(line: object) -> None:
    """A normal line."""
    write(Level.INFO, line)


def warn(line: object) -> None:
    """Something is odd, but the work goes on."""
    write(Level.WARN, line)


def error(line: object) -> None:
    """Something did not work."""
    write(Level.ERROR, line)


def write(level: Level, line: object) -> None:
    """A line of that level."""
    # Half of a surrogate pair has no UTF-8; a line of log is no reason to fail.
    text = str(line).encode("utf-8", "backslashreplace").decode("utf-8")
    _host.log.log(level, text)
