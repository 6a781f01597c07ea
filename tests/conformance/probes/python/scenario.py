"""A scenario that does what the engine must withstand or get right, chosen by `--env`.

| env | values |
|---|---|
| `mode` | what `iteration` does: a function of `modes.py` |
| `ms` | how long mode `sleep` waits and mode `compute` computes, default 100 |
| `nobody` | a URL at which nobody listens, for mode `errors` |
| `setup` | `data` returns `from setup`, which each iteration then checks; `fail`; `trap` |
| `judge` | `fail`, `trap`, `endless` (100,000 rows), `lie` (a goal that is not there, NaN, 100,000 rows), `results` |
| `teardown` | `fail`, `trap` |
| `describe` | `rich` gives a manifest with everything in it, `shared` one for mode `share` |

What is left out does nothing out of the ordinary.
"""

from __future__ import annotations

import judging
import modes
from modes import COUNTER, GAUGE, RANDOM, RATE, abort
from strata import Context, Failure, Finding, Goal, Layer, Manifest, Need, Priority, Scenario, Stage, Trend, check, run

FROM_SETUP = b"from setup"
# What it reads.
ENV = ["describe", "judge", "mode", "ms", "nobody", "setup", "teardown"]
# What mode `share` needs besides.
SHARED = [Need.data("rows"), Need.kv("shared"), Need.secret("token")]


class Probe(Scenario):
    def describe(self) -> Manifest:
        if run.env("describe") == "rich":
            return rich()
        return Manifest(
            "probe",
            stages=[Stage.per_vu_iterations("main", 1, 1)],
            metrics=[COUNTER, GAUGE, RATE, RANDOM],
            goals=[Goal.at_least("checks", 99, "%").measured("checks", "rate")],
            needs=[Need.env(key) for key in ENV] + (SHARED if run.env("describe") == "shared" else []),
        )

    def setup(self) -> bytes:
        wanted = run.env("setup")
        if wanted == "fail":
            raise Failure("probe-setup", "setup was told to fail")
        if wanted == "trap":
            abort("setup was told to trap")
        return FROM_SETUP if wanted == "data" else b""

    def start(self) -> None:
        mode = run.env("mode", "ok")
        self.mode = modes.MODES.get(mode)
        self.expects_data = run.env("setup") == "data"
        self.iterations = 0

    def iteration(self, context: Context) -> None:
        self.iterations += 1
        if self.expects_data:
            check("setup data arrives", run.setup_data() == FROM_SETUP)
        if self.mode is None:
            raise Failure("probe-mode", f"`{run.env('mode')}` is not a mode")
        self.mode(context, self.iterations)

    def judge(self) -> list[Finding]:
        wanted = run.env("judge")
        if wanted == "fail":
            raise Failure("probe-judge", "judge was told to fail")
        if wanted == "trap":
            abort("judge was told to trap")
        if wanted == "results":
            return [judging.everything()]
        if wanted == "endless":
            return [judging.endless(Finding("checks"))]
        if wanted == "lie":
            return [
                Finding("no-such-goal", value=1, analysis="the manifest has no such goal"),
                judging.endless(Finding("checks", value=float("nan")).row("not a number", float("nan"), "")),
            ]
        return []

    def teardown(self) -> None:
        wanted = run.env("teardown")
        if wanted == "fail":
            raise Failure("probe-teardown", "teardown was told to fail")
        if wanted == "trap":
            abort("teardown was told to trap")


def rich() -> Manifest:
    """A manifest with everything that the contract has."""
    return Manifest(
        "rich",
        layer=Layer(3, "Tïtle 世界", "Area <&>"),
        fix_priority=Priority.HIGH,
        stages=[
            Stage.per_vu_iterations("first", 2, 2, tags={"kind": "a"}, warm_up=True),
            Stage.ramping_arrival_rate(
                "second",
                rate=5,
                vus=2,
                max_vus=4,
                ramps=[(0.1, 10)],
                graceful_stop=1,
                start_time=0.05,
                poisson=True,
            ),
        ],
        goals=[
            Goal.at_least("checks", 99, "%", warn=90).measured("checks", "rate"),
            Goal.at_most("p95", 200, "ms")
            .measured("http_req_duration{stage:second}", "p(95)")
            .in_windows(1, 50),
            Goal.at_least("judged", 1, "things"),
        ],
        metrics=[COUNTER, GAUGE, RATE, Trend("random", "ms")],
        needs=[
            Need.host("example.test:80"),
            Need.env("describe"),
            Need.data("users"),
            Need.kv("sessions"),
            Need.secret("token"),
        ],
    )
