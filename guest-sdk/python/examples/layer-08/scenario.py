"""Layer 8: how many requests per second four endpoints of the API answer, each under eight users of its own.

The layer's number is the mean of the four rates of good answers. One endpoint is also asked by fewer users, to see
whether throughput rises with concurrency. `verdict.py` draws the conclusions.
"""

from __future__ import annotations

from typing import Optional

from strata import Brief, Context, Error, Finding, Goal, Layer, Manifest, Priority, Scenario, Stage
from strata import check, http, results
from verdict import LAYER_MARK, Endpoint, Level, Scaling, conclude

#: The stages, in the order in which they run: each asks for one endpoint.
ENDPOINTS = [
    Endpoint("feed", "/api/posts/feed"),
    Endpoint("groups", "/api/groups"),
    Endpoint("sidebar", "/api/events/sidebar"),
    Endpoint("suggestions", "/api/friends/suggestions"),
]
#: Which of them is also asked by fewer users.
SCALED = 2
#: Users of each stage, and for how many seconds it starts requests.
VUS, DURATION = 8, 1.5
#: The stages of fewer users, which all ask for the scaled endpoint, and for how many seconds.
FEWER = [(1, "sidebar-1"), (2, "sidebar-2"), (3, "sidebar-3"), (4, "sidebar-4"), (6, "sidebar-6")]
SHORTER = 0.5
#: How many seconds the last requests of a stage may take.
GRACE = 5


class Throughput(Scenario):
    def describe(self) -> Manifest:
        full = [Stage.constant_vus(at.stage, VUS, DURATION, graceful_stop=GRACE) for at in ENDPOINTS]
        fewer = [Stage.constant_vus(stage, vus, SHORTER, graceful_stop=GRACE) for vus, stage in FEWER]
        return Manifest(
            "layer-08-api-throughput",
            layer=Layer(8, "Throughput", "API & Services"),
            fix_priority=Priority.CRITICAL,
            stages=full + fewer,
            goals=[
                Goal.at_least("throughput", LAYER_MARK, "req/s"),
                Goal.at_least("checks", 99, "%", warn=99).measured("checks", "rate"),
            ],
        )

    def start(self) -> None:
        self.requests = [http.prepare("GET", at.path, name=at.stage) for at in ENDPOINTS]

    def iteration(self, context: Context) -> None:
        # The stages after those of the endpoints all ask for the scaled one.
        answer = self.requests[context.stage if context.stage < len(ENDPOINTS) else SCALED].send()
        check("status is 200", answer.status == 200)
        check("the page has its entries", len(items(answer)) > 0)

    def judge(self) -> list[Finding]:
        rates = [(at.path, results.stat(at.selector("http_reqs"), "rate")) for at in ENDPOINTS]
        return [conclude(rates, scaling())]


def items(answer: Brief) -> list[object]:
    """The entries of a page; none if it has no list of them."""
    try:
        page = answer.json()
    except ValueError:
        return []
    found = page.get("items") if isinstance(page, dict) else None
    return found if isinstance(found, list) else []


def scaling() -> Optional[Scaling]:
    """What the scaled endpoint's throughput does when more users ask; nothing if it did not answer all of them."""
    scaled = ENDPOINTS[SCALED]
    levels = []
    for vus, stage in FEWER + [(VUS, scaled.stage)]:
        at = Endpoint(stage, scaled.path)
        rate = results.stat(at.selector("http_reqs"), "rate")
        ms = results.stat(at.selector("http_req_duration"), "avg")
        if rate is None or ms is None:
            return None
        levels.append(Level(vus, rate, ms))
    try:
        law = results.fit_usl([level.point() for level in levels])
    except Error:
        # A curve that cannot be fitted is no reason to keep the rates back.
        law = None
    return Scaling(scaled.path, levels, law)
