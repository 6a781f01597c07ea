"""What must be true for a layer to pass: `Goal`."""

from __future__ import annotations

from typing import List, NamedTuple, Optional

from ._values import Duration, Pair, count, millis, number, text


class Measure(NamedTuple):
    """Where a goal takes its number from."""

    selector: str
    aggregate: str


class Goal:
    """What a number must be: `Goal.at_most("p95", 200, "ms").measured("http_req_duration", "p(95)")`.

    The scenario's `judge` gives the number, in a finding of the same name, unless `measured` names a metric. With the
    unit `%` a measured share from 0 to 1 counts as 0 to 100. A miss up to `warn` is a WARNING, beyond it FAILED; that
    is a factor of 2 from the target unless set.
    """

    def __init__(self, name: str, op: str, target: float, unit: str, *, warn: Optional[float] = None) -> None:
        self.name = text("the name of a goal", name)
        self.op = op
        self.target = number(f"the target of the goal `{name}`", target)
        self.unit = text(f"the unit of the goal `{name}`", unit)
        self.warn = None if warn is None else number(f"warn of the goal `{name}`", warn)
        self.measure: Optional[Measure] = None
        self.options: List[Pair] = []

    @classmethod
    def at_least(cls, name: str, target: float, unit: str, *, warn: Optional[float] = None) -> Goal:
        """`>=`: `Goal.at_least("throughput", 50, "req/s")`."""
        return cls(name, ">=", target, unit, warn=warn)

    @classmethod
    def at_most(cls, name: str, target: float, unit: str, *, warn: Optional[float] = None) -> Goal:
        """`<=`: `Goal.at_most("p95", 200, "ms")`."""
        return cls(name, "<=", target, unit, warn=warn)

    @classmethod
    def above(cls, name: str, target: float, unit: str, *, warn: Optional[float] = None) -> Goal:
        """`>`."""
        return cls(name, ">", target, unit, warn=warn)

    @classmethod
    def below(cls, name: str, target: float, unit: str, *, warn: Optional[float] = None) -> Goal:
        """`<`."""
        return cls(name, "<", target, unit, warn=warn)

    def measured(self, selector: str, aggregate: str) -> Goal:
        """The engine takes the number from its measurements: `.measured("http_req_duration{stage:warm}", "p(95)")`.

        Aggregates are `avg`, `min`, `med`, `max`, `p(N)`, `count`, `rate` and `value`.
        """
        self.measure = Measure(text("a selector", selector), text("an aggregate", aggregate))
        return self

    def in_windows(self, seconds: int, percent: float) -> Goal:
        """Looks at windows of so many whole seconds, one by one, instead of the whole load.

        `percent` of them must meet the goal. Of a measured goal.
        """
        self.options.append(Pair("over", f"{count('the seconds of a window', seconds)}s"))
        self.options.append(Pair("met", f"{number('the percent of windows', percent):g}%"))
        return self

    def abort_on_fail(self, delay: Duration) -> Goal:
        """Ends the load of the layer when the goal is missed, once it has run for `delay`. Of a measured goal."""
        self.options.append(Pair("abort-on-fail", "true"))
        self.options.append(Pair("delay", f"{millis('the delay of an abort', delay)}ms"))
        return self
