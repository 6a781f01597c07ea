"""From the rates of the endpoints to a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence

from strata import Finding
from strata.results import Usl

#: The mean rate that the layer must reach, in requests per second.
LAYER_MARK = 50
#: The rate that each endpoint must reach, in requests per second.
ENDPOINT_MARK = 20
#: Contention of which at least this is certain means that requests are handled one at a time.
SERIAL = 0.5


@dataclass(frozen=True)
class Endpoint:
    """What one stage asks for."""

    #: The stage's name, which is the request's name too.
    stage: str
    #: Below the target's base URL.
    path: str

    def selector(self, metric: str) -> str:
        """A metric of its good answers."""
        return f"{metric}{{stage:{self.stage},expected_response:true}}"


@dataclass(frozen=True)
class Level:
    """So many users of one endpoint."""

    users: int
    #: Good answers per second.
    rate: float
    #: Their mean time in milliseconds.
    ms: float

    def point(self) -> tuple[float, float]:
        """For the scalability law: the concurrency, throughput times response time, and the throughput."""
        return max(self.rate * self.ms / 1000, 1), self.rate


@dataclass(frozen=True)
class Scaling:
    """What an endpoint's throughput does when more users ask."""

    path: str
    #: From few users to many.
    levels: Sequence[Level]
    #: The curve through them.
    law: Optional[Usl]


def conclude(rates: Sequence[tuple[str, Optional[float]]], scaling: Optional[Scaling]) -> Finding:
    """The finding about `throughput`, from paths with their rates; `None` is an endpoint without a good answer.

    An endpoint without one counts as 0 req/s, unless none has one: then there is nothing to judge.
    """
    if all(rate is None for _, rate in rates):
        return Finding("throughput", analysis="No endpoint gave a good answer")
    known = [(path, rate or 0.0) for path, rate in rates]
    mean = sum(rate for _, rate in known) / len(known)
    parts = [analysis(known, mean), grows(scaling) if scaling else None]
    finding = Finding(
        "throughput",
        value=mean,
        text=f"{mean:.2f} req/s",
        analysis="; ".join(part for part in parts if part),
    )
    for path, rate in known:
        finding.row(path, rate, "req/s", rate >= ENDPOINT_MARK)
    return finding


def analysis(rates: Sequence[tuple[str, float]], mean: float) -> str:
    """Which endpoints are slow, with their figures, or that none is."""
    slow = [f"{path} ({rate:.2f} req/s)" for path, rate in rates if rate < ENDPOINT_MARK]
    if not slow and mean >= LAYER_MARK:
        return f"All endpoints answer {ENDPOINT_MARK} req/s or more"
    if not slow:
        return f"All endpoints answer {ENDPOINT_MARK} req/s or more, but their mean is below {LAYER_MARK}"
    if len(slow) == len(rates):
        return f"No endpoint reaches {ENDPOINT_MARK} req/s: {', '.join(slow)}"
    return f"{len(slow)} of {len(rates)} endpoints below {ENDPOINT_MARK} req/s: {', '.join(slow)}"


def grows(scaling: Scaling) -> Optional[str]:
    """Whether throughput rises with concurrency, and what the curve says about it."""
    law = scaling.law
    if law is None or not scaling.levels:
        return None
    first, last = scaling.levels[0], scaling.levels[-1]
    serial = law.sigma_low >= SERIAL
    return (
        f"throughput {'does not rise' if serial else 'rises'} with concurrency: {scaling.path} answers "
        f"{figure(first.rate)} req/s with {first.users} and {figure(last.rate)} with {last.users} users, contention "
        f"sigma {law.sigma:.3f} (95 % interval {law.sigma_low:.3f} to {law.sigma_high:.3f})"
        f"{', so requests are handled one at a time' if serial else ''}"
    )


def figure(value: float) -> str:
    """A number with at most two decimals: `85.54`, `171.6`, `-4.25`, `0`."""
    short = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short
