"""`judge=results`: every function of `results`, each answer a row of the finding.

Rows whose `passed` is false are answers that the contract does not allow.
"""

from __future__ import annotations

from typing import Callable

from strata import Error, Finding, results

#: Throughput without coherency: 100 N / (1 + 0.5 (N - 1)).
CURVE = [(n, 100 * n / (1 + 0.5 * (n - 1))) for n in range(1, 9)]
ENDLESS_ROWS = 100_000


def everything() -> Finding:
    """Asks for everything, and for what must be refused."""
    line = results.fit_linear([(1, 12), (2, 14), (3, 16)])
    law = results.fit_usl(CURVE)
    names = results.values("checks", "check")
    finding = Finding("checks")
    finding.row("slope", line.slope, "", near(line.slope, 2))
    finding.row("intercept", line.intercept, "", near(line.intercept, 10))
    finding.row("slope's interval", line.slope_high - line.slope_low, "", line.slope_low <= line.slope_high)
    finding.row("lambda", law.lambda_, "", near(law.lambda_, 100))
    finding.row("sigma", law.sigma, "", near(law.sigma, 0.5))
    finding.row("kappa", law.kappa, "", law.kappa < 1e-6)
    finding.row("sigma's interval", law.sigma_high - law.sigma_low, "", law.sigma_low <= law.sigma_high)
    finding.row("peak", law.peak or 0, "", law.peak is None or law.peak > 100)
    finding.row("names of checks", len(names), "", names == ["status is 200"])
    finding.row("no such tag", 0, "", results.values("checks", "nothing") == [])
    many = [(1, 1)] * 1001
    refusals: list[tuple[str, Callable[[], object], str]] = [
        ("values: no selector", lambda: results.values("checks{", "check"), "bad-selector"),
        ("line: one place", lambda: results.fit_linear([(1, 1), (1, 2)]), "too-few-points"),
        ("line: NaN", lambda: results.fit_linear([(1, 1), (2, float("nan"))]), "bad-point"),
        ("line: 1,001 points", lambda: results.fit_linear(many), "too-many-points"),
        ("law: five levels", lambda: results.fit_usl(CURVE[:5]), "too-few-points"),
        ("law: infinite", lambda: results.fit_usl([(1, float("inf"))]), "bad-point"),
        ("law: 1,001 points", lambda: results.fit_usl(many), "too-many-points"),
    ]
    for label, call, code in refusals:
        try:
            call()
            found = ""
        except Error as error:
            found = error.code
        finding.row(label, 0, "", found == code)
    return finding


def endless(finding: Finding) -> Finding:
    """The finding with more rows than anybody reads."""
    for row in range(ENDLESS_ROWS):
        finding.row(f"row {row}", row, "rows", True)
    return finding


def near(found: float, expected: float) -> bool:
    return abs(found - expected) < 1e-6
