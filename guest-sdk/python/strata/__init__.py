"""Scenarios for strata, written in Python.

A scenario is a class that derives from `Scenario`: what a virtual user does, and what the numbers must be. It stands
in `scenario.py`, and `strata build` makes a WebAssembly component of it.

    from strata import Context, Goal, Manifest, Scenario, Stage, check, http

    class Feed(Scenario):
        def describe(self) -> Manifest:
            return Manifest(
                "feed",
                stages=[Stage.constant_vus("main", vus=8, duration=3)],
                goals=[Goal.at_most("p95", 200, "ms").measured("http_req_duration", "p(95)")],
            )

        def start(self) -> None:
            self.request = http.prepare("GET", "/api/posts/feed")

        def iteration(self, context: Context) -> None:
            answer = self.request.send()
            check("status is 200", answer.status == 200)

The package is imported on your own machine too, so that `describe` and everything that calls nothing of the engine
can have ordinary tests. A call into the engine raises `OutsideEngine` there.
"""

from . import data, http, kv, log, metrics, results, run
from ._errors import Error, Failure, OutsideEngine
from .data import Order
from .finding import Finding, Row
from .goal import Goal, Measure
from .http import Brief, File, HttpError, Incoming, Piece, Prepared, Request, Response, ServerEvent, Timings
from .kv import Space
from ._values import Pair
from .manifest import Layer, Manifest, Need, Priority
from .metrics import Counter, Gauge, Metric, Rate, Trend, check
from .scenario import Context, Scenario
from .stage import Ramp, Stage

__all__ = [
    "Brief",
    "Context",
    "Counter",
    "Error",
    "Failure",
    "File",
    "Finding",
    "Gauge",
    "Goal",
    "HttpError",
    "Incoming",
    "Layer",
    "Manifest",
    "Measure",
    "Metric",
    "Need",
    "Order",
    "OutsideEngine",
    "Pair",
    "Piece",
    "Prepared",
    "Priority",
    "Ramp",
    "Rate",
    "Request",
    "Response",
    "Row",
    "Scenario",
    "ServerEvent",
    "Space",
    "Stage",
    "Timings",
    "Trend",
    "check",
    "data",
    "http",
    "kv",
    "log",
    "metrics",
    "results",
    "run",
]
