"""Checks, and metrics of the scenario's own.

A metric is declared in the manifest and written to during iterations:

    LOAD = Trend("load_ms", "ms")

    Manifest("cache", stages=[...], metrics=[LOAD])

    LOAD.add(answer.timings.duration)
"""

from __future__ import annotations

from typing import Optional, Tuple

from . import _host
from ._errors import Error
from ._values import number, text


def check(name: str, held: object) -> bool:
    """Counts whether something held, in the rate `checks` with the tag `check`. Gives its truth back.

    A check that does not hold fails nothing by itself: set a goal on `checks` for that. At most 256 bytes of the name
    are used, and the number of names in a run is bounded.
    """
    truth = bool(held)
    _host.metrics.check(text("the name of a check", name), truth)
    return truth


class Metric:
    """A metric of the scenario's own: one of `Counter`, `Gauge`, `Rate` and `Trend`."""

    kind = ""

    def __init__(self, name: str, unit: str = "") -> None:
        #: Letters, digits and `_`, at most 128 bytes.
        self.name = text("the name of a metric", name)
        #: Shown after values; may be empty.
        self.unit = text(f"the unit of the metric `{name}`", unit)

    def _add(self, value: float, tag: Optional[Tuple[str, str]]) -> None:
        try:
            if tag is None:
                _host.metrics.add(self.name, value)
            else:
                key, tag_value = tag
                _host.metrics.add_tagged(self.name, value, text("a tag", key), text(f"the tag `{key}`", tag_value))
        except _host.Err as refused:
            raise Error(refused.value.code, refused.value.message) from None


class Number(Metric):
    """A metric of numbers."""

    def add(self, value: float, tag: Optional[Tuple[str, str]] = None) -> None:
        """Adds a value, with one more tag if you like: `add(1, ("kind", "retry"))`.

        The number of different tags in a run is bounded. Raises `Error` with the code `unknown-metric` if the manifest
        does not declare the metric, `bad-value` for one that is not finite, or negative where it must not be.
        """
        self._add(number(f"a value of the metric `{self.name}`", value), tag)


class Counter(Number):
    """A metric whose values are summed. Values are not negative."""

    kind = "counter"


class Gauge(Number):
    """A metric whose newest value counts."""

    kind = "gauge"


class Trend(Number):
    """A metric whose values are a distribution.

    Values are not negative; three significant digits are kept from 0.001 to 3,600,000 of its unit.
    """

    kind = "trend"


class Rate(Metric):
    """The share of values that are true."""

    kind = "rate"

    def add(self, held: object, tag: Optional[Tuple[str, str]] = None) -> None:
        """Counts whether it held, with one more tag if you like. Raises `Error` with the code `unknown-metric`."""
        self._add(1.0 if held else 0.0, tag)
