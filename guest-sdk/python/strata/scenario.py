"""The class that a scenario derives from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Iterable, NamedTuple, Optional, Union

from .finding import Finding
from .manifest import Manifest


class Context(NamedTuple):
    """What one call of `iteration` is told."""

    #: The virtual user, from 1 to the largest number of users of the plan.
    vu: int
    #: How many iterations this user began before this one, over all stages.
    iteration: int
    #: The stage that is running, as an index into the manifest's stages.
    stage: int


class Scenario(ABC):
    """A load-test scenario. One object of the class is one virtual user.

    Only `describe` and `iteration` must be written. `setup` and `teardown` are called on one object, `judge` on
    another: nothing but the bytes that `setup` returns gets from them to the virtual users.

    An exception that is not caught becomes a failure: a `Failure` or an `Error` with its own code, any other with the
    code `exception`, its class, text and line.
    """

    @abstractmethod
    def describe(self) -> Manifest:
        """Says what the scenario is.

        Called before the run, perhaps several times: gives the same answer each time and sends no requests (they fail
        with `unsupported`). Bounded to 5 seconds.
        """

    def setup(self) -> Union[bytes, str, None]:
        """Prepares the run, once; every user reads the bytes with `run.setup_data` (at most 16 MiB).

        Its requests are not counted. A failure ends the run with exit code 107. Bounded to 60 seconds.
        """
        return None

    def start(self) -> None:
        """Makes the user's state: prepared requests, parsed `run.setup_data()`.

        Called once per user, as part of its first iteration. Again, on a new object, after a trap, since the memory is
        lost, and at the next iteration after a failure here.
        """

    @abstractmethod
    def iteration(self, context: Context) -> None:
        """What the virtual user does, over and over.

        A failure is counted by its code, and the next iteration goes on with the same object.
        """

    def judge(self) -> Optional[Iterable[Finding]]:
        """Draws conclusions after the load, once, from `results`. Bounded to 60 seconds.

        A failure leaves judged goals without data.
        """
        return None

    def teardown(self) -> None:
        """Cleans up, once, whatever happened before. A failure is reported; the results stand. Bounded to 60 seconds."""
