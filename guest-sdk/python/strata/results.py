"""The merged results of the run, for `judge`. Elsewhere every number is absent."""

from __future__ import annotations

from typing import Iterable, List, NamedTuple, Optional, Tuple, cast

from . import _host
from ._values import number, text


class Point(NamedTuple):
    """Where something was measured, and what."""

    x: float
    y: float


class Line(NamedTuple):
    """`y = intercept + slope * x`."""

    #: How much `y` grows when `x` grows by 1.
    slope: float
    #: `y` at `x = 0`.
    intercept: float
    #: The share of the variance of `y` that the line explains; 1 if all points are on it.
    r_squared: float
    #: The ends of the slope's 95 % interval; infinite with two points.
    slope_low: float
    slope_high: float


class Usl(NamedTuple):
    """The Universal Scalability Law: at a concurrency of N a throughput of
    `lambda_ N / (1 + sigma (N - 1) + kappa N (N - 1))`.
    """

    #: Throughput at a concurrency of 1, in the unit of the points. `lambda` is a word of the language.
    lambda_: float
    #: Contention, at least 0: the share of the work that only one can do at a time.
    sigma: float
    #: Coherency, at least 0: what each pays for each other one. 0 if throughput never falls.
    kappa: float
    #: The ends of sigma's 95 % interval.
    sigma_low: float
    sigma_high: float
    #: The share of the throughput's variance that the curve explains.
    r_squared: float
    #: The concurrency of the highest throughput; nothing if throughput rises without an end.
    peak: Optional[float]


def stat(selector: str, aggregate: str) -> Optional[float]:
    """One number: `stat("http_req_duration{stage:warm}", "p(95)")`. Nothing where there were no samples.

    Durations are in milliseconds. `rate` is, for a counter, its count per second of the time in which the selected
    stages ran (all counted stages, if no stage is selected), and for a rate its share from 0 to 1. Raises `Error` with
    the code `bad-selector`, or `bad-aggregate` for one that the metric's kind does not have.
    """
    selected = text("a selector", selector)
    return cast(Optional[float], _host.asked(lambda: _host.results.stat(selected, text("an aggregate", aggregate))))


def values(selector: str, tag: str) -> List[str]:
    """The values that a tag has in the selected series, in order, each once; at most 1,000.

    `values("lost_runs", "run")`. Raises `Error` with the code `bad-selector`.
    """
    selected = text("a selector", selector)
    return cast(List[str], _host.asked(lambda: _host.results.values(selected, text("a tag", tag))))


def fit_linear(points: Iterable[Tuple[float, float]]) -> Line:
    """The line nearest to points `(x, y)`, by least squares.

    Raises `Error` with the code `too-few-points` at fewer than two places, `too-many-points` with more than 1,000,
    `bad-point` for one that is not finite, `no-fit`.
    """
    taken = _points(points)
    return cast(Line, _host.asked(lambda: _host.results.fit_linear(taken)))


def fit_usl(points: Iterable[Tuple[float, float]]) -> Usl:
    """The curve of the Universal Scalability Law nearest to points `(concurrency, throughput)`, by least squares.

    Take the concurrency that was measured, throughput times response time, which is at least 1. Raises `Error` with the
    code `too-few-points` at fewer than six levels of concurrency, `too-many-points` with more than 1,000, `bad-point`
    for one that cannot be, `no-fit`.
    """
    taken = _points(points)
    return cast(Usl, _host.asked(lambda: _host.results.fit_usl(taken)))


def _points(points: Iterable[Tuple[float, float]]) -> List[Point]:
    return [Point(number("the x of a point", x), number("the y of a point", y)) for x, y in points]
