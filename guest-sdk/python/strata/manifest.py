"""What a scenario says of itself: `Manifest` and its parts."""

from __future__ import annotations

from enum import Enum
from typing import Iterable, NamedTuple, Optional

from ._values import Pair, a, count, each, text
from .goal import Goal
from .metrics import Metric
from .stage import Stage


class Layer:
    """Where a scenario stands in its phase: `Layer(8, "Throughput", "API & Services")`."""

    def __init__(self, number: int, title: str, area: str) -> None:
        #: Two scenarios of a phase may share it.
        self.number = count("the number of a layer", number)
        #: What the scenario looks at.
        self.title = text("the title of a layer", title)
        #: The area of the system.
        self.area = text("the area of a layer", area)


class Priority(Enum):
    """How soon a failing layer should be mended; the values are those of the contract."""

    #: Users cannot use the system.
    CRITICAL = 0
    #: Users notice.
    HIGH = 1
    #: Some users notice.
    MEDIUM = 2
    #: Nobody has noticed yet.
    LOW = 3


class Need(NamedTuple):
    """Something outside of the sandbox that the scenario wants; granted or refused before the run."""

    kind: str
    name: str

    @staticmethod
    def host(name: str) -> Need:
        """A host besides the target, as `host:port`."""
        return Need("host", text("a host", name))

    @staticmethod
    def env(key: str) -> Need:
        """A key of `run.env`: one that is not asked for is never there."""
        return Need("env", text("a key of env", key))

    @staticmethod
    def data(name: str) -> Need:
        """A set of rows, given by `--data NAME=FILE` or the phase file."""
        return Need("data", text("a set of data", name))

    @staticmethod
    def kv(name: str) -> Need:
        """A space of values that all virtual users share, in all layers that ask for it."""
        return Need("kv", text("a space of kv", name))

    @staticmethod
    def secret(name: str) -> Need:
        """A secret, given by `--secret` or the phase file."""
        return Need("secret", text("a secret", name))


class Manifest:
    """A scenario's answer to `describe`. It needs at least one stage."""

    def __init__(
        self,
        name: str,
        *,
        stages: Iterable[Stage],
        goals: Iterable[Goal] = (),
        metrics: Iterable[Metric] = (),
        layer: Optional[Layer] = None,
        fix_priority: Priority = Priority.MEDIUM,
        needs: Iterable[Need] = (),
    ) -> None:
        #: Letters, digits, `-` and `_`.
        self.name = text("the name of a scenario", name)
        #: Its place in a phase, if it has one.
        self.layer = None if layer is None else a("layer", Layer, layer)
        #: Run one after another.
        self.stages = each("stages", Stage, stages)
        #: What must be true.
        self.goals = each("goals", Goal, goals)
        #: Metrics of the scenario's own.
        self.metrics = each("metrics", Metric, metrics)
        #: How soon the layer should be mended if it does not pass.
        self.fix_priority = a("fix_priority", Priority, fix_priority)
        #: What it needs besides the target.
        self.needs = each("needs", Need, needs)
        #: None is known in this version.
        self.options: list[Pair] = []
