"""Values, counters, queues and barriers that all virtual users share, in all layers that ask for the space.

    users = Space("users")
    users.push("registered", "ann")
    name = users.pop("registered", wait=1)

The manifest asks for a space with `Need.kv("users")`; one that it does not name is the error `not-granted`. Everything
is text, and gone when the run ends. A name has 1 to 256 bytes, a value at most 1 MiB; a larger one is `too-large`, and
a space without room `kv-full`. What waits holds up no other user, and waits for an hour at most.
"""

from __future__ import annotations

from typing import Optional, cast

from . import _host
from ._values import Duration, count, millis, number, text


class Space:
    """A space, by its name. Nothing is asked of the engine yet. Its methods raise `Error`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = text("the name of a space", name)

    def get(self, key: str) -> Optional[str]:
        """A value, if it is there."""
        named = text("a key", key)
        return cast(Optional[str], _host.asked(lambda: _host.kv.get(self.name, named)))

    def set(self, key: str, value: str) -> None:
        """Puts a value there, in place of another."""
        named, given = text("a key", key), text(f"the value of `{key}`", value)
        _host.asked(lambda: _host.kv.set(self.name, named, given))

    def delete(self, key: str) -> None:
        """Takes a value away, if it is there."""
        named = text("a key", key)
        _host.asked(lambda: _host.kv.delete(self.name, named))

    def add(self, key: str, by: float = 1) -> float:
        """Adds to a number, 0 if it is not there, and gives the sum: nobody comes between.

        The code is `bad-value` where something else is there.
        """
        named, difference = text("a key", key), number(f"what is added to `{key}`", by)
        return cast(float, _host.asked(lambda: _host.kv.add(self.name, named, difference)))

    def push(self, queue: str, value: str) -> None:
        """Puts a value at the end of a queue."""
        named, given = text("a queue", queue), text(f"the value for `{queue}`", value)
        _host.asked(lambda: _host.kv.push(self.name, named, given))

    def pop(self, queue: str, wait: Duration = 0) -> Optional[str]:
        """Takes the oldest value of a queue, waiting for one at most so long: seconds or a `timedelta`."""
        named, ms = text("a queue", queue), millis("a wait", wait)
        return cast(Optional[str], _host.asked(lambda: _host.kv.pop(self.name, named, ms)))

    def queue_length(self, queue: str) -> int:
        """How many values a queue holds."""
        named = text("a queue", queue)
        return cast(int, _host.asked(lambda: _host.kv.queue_length(self.name, named)))

    def meet(self, barrier: str, parties: int, wait: Duration) -> None:
        """Waits until so many users are at a barrier, this one included, for at most so long.

        The code is `timeout` where they did not come, `bad-value` for another number than the others have said.
        """
        named, others, ms = text("a barrier", barrier), count("parties", parties), millis("a wait", wait)
        _host.asked(lambda: _host.kv.meet(self.name, named, others, ms))
