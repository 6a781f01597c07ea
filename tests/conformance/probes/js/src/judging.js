// `judge=results`: every function of `results`, each answer a row of the finding.
//
// Rows whose `passed` is false are answers that the contract does not allow.

import { results } from "strata";

/** The rows of a finding with `judge=endless` and `judge=lie`. */
const ENDLESS_ROWS = 100_000;

/** More rows than anybody reads. */
export function endless() {
  return Array.from({ length: ENDLESS_ROWS }, (_, row) => ({ label: `row ${row}`, value: row, unit: "rows", passed: true }));
}

/** Throughput without coherency: 100 N / (1 + 0.5 (N - 1)). */
const CURVE = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => [n, (100 * n) / (1 + 0.5 * (n - 1))]);

/** Asks for everything, and for what must be refused. */
export function everything() {
  const line = results.fitLinear([[1, 12], [2, 14], [3, 16]]);
  const law = results.fitUsl(CURVE);
  const names = results.values("checks", "check");
  const many = Array.from({ length: 1001 }, () => [1, 1]);
  return [
    row("slope", line.slope, near(line.slope, 2)),
    row("intercept", line.intercept, near(line.intercept, 10)),
    row("slope's interval", line.slopeHigh - line.slopeLow, line.slopeLow <= line.slopeHigh),
    row("lambda", law.lambda, near(law.lambda, 100)),
    row("sigma", law.sigma, near(law.sigma, 0.5)),
    row("kappa", law.kappa, law.kappa < 1e-6),
    row("sigma's interval", law.sigmaHigh - law.sigmaLow, law.sigmaLow <= law.sigmaHigh),
    row("peak", law.peak ?? 0, law.peak === undefined || law.peak > 100),
    row("names of checks", names.length, names.length === 1 && names[0] === "status is 200"),
    row("no such tag", 0, results.values("checks", "nothing").length === 0),
    row("values: no selector", 0, code(() => results.values("checks{", "check")) === "bad-selector"),
    row("line: one place", 0, code(() => results.fitLinear([[1, 1], [1, 2]])) === "too-few-points"),
    row("line: NaN", 0, code(() => results.fitLinear([[1, 1], [2, NaN]])) === "bad-point"),
    row("line: 1,001 points", 0, code(() => results.fitLinear(many)) === "too-many-points"),
    row("law: five levels", 0, code(() => results.fitUsl(CURVE.slice(0, 5))) === "too-few-points"),
    row("law: infinite", 0, code(() => results.fitUsl([[1, Infinity]])) === "bad-point"),
    row("law: 1,001 points", 0, code(() => results.fitUsl(many)) === "too-many-points"),
  ];
}

const row = (label, value, passed) => ({ label, value, passed });

const near = (found, expected) => Math.abs(found - expected) < 1e-6;

/** The code of what a call throws; empty if it does not. */
export function code(call) {
  try {
    call();
    return "";
  } catch (error) {
    return error.code;
  }
}
