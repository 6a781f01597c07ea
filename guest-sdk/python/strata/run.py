"""The run that this virtual user is part of."""

from __future__ import annotations

from typing import Optional, TypeVar, Union, cast, overload

from . import _host
from ._values import Duration, count, seconds, text

T = TypeVar("T")


def target() -> str:
    """The base URL of the target without a slash at its end: `http://127.0.0.1:8080`."""
    return cast(str, _host.run.target())


@overload
def env(name: str) -> Optional[str]: ...


@overload
def env(name: str, default: T) -> Union[str, T]: ...


def env(name: str, default: object = None) -> object:
    """A value given by `--env NAME=VALUE` or the phase file. The environment of the machine is never visible."""
    value = _host.run.env(text("the name of a value", name))
    return default if value is None else value


def setup_data() -> bytes:
    """What `setup` returned, the same bytes for every virtual user; empty during `describe` and `setup`.

    A copy each time.
    """
    return cast(bytes, _host.run.setup_data())


def setup_text() -> str:
    """The same as text, bytes that are not UTF-8 replaced."""
    return cast(str, _host.run.setup_text())


def secret(name: str) -> str:
    """A secret that the manifest asks for with `Need.secret`. Reports, logs and traces show `***` in its place.

    Raises `Error` with the code `not-granted`; during `describe`, for any.
    """
    named = text("the name of a secret", name)
    return cast(str, _host.asked(lambda: _host.run.secret(named)))


def stage_name(index: int) -> Optional[str]:
    """The name of a stage of the manifest; nothing for an index that it does not have."""
    return cast(Optional[str], _host.run.stage_name(count("the index of a stage", index)))


def sleep(duration: Duration) -> None:
    """Waits, without holding up other virtual users: seconds or a `timedelta`, at most an hour."""
    _host.run.sleep(seconds("a sleep", duration) * 1000)


def now() -> float:
    """Seconds since the run began."""
    return cast(float, _host.run.now()) / 1000


def random() -> float:
    """A random number of at least 0 and below 1, from the run's seed and the virtual user's number.

    The standard module `random` is seeded from it, for each virtual user.
    """
    return cast(float, _host.run.random())
