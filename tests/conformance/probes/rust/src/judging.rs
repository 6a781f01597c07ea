//! `judge=results`: every function of `results`, each answer a row of the finding.
//!
//! Rows whose `passed` is false are answers that the contract does not allow.

use strata_guest::prelude::*;
use strata_guest::{Error, results};

/// Throughput without coherency: 100 N / (1 + 0.5 (N - 1)).
fn curve() -> Vec<(f64, f64)> {
    (1..=8).map(f64::from).map(|n| (n, 100.0 * n / (1.0 + 0.5 * (n - 1.0)))).collect()
}

/// Asks for everything, and for what must be refused.
pub fn everything(finding: Finding) -> Result<Finding, Failure> {
    let line = results::fit_linear(&[(1.0, 12.0), (2.0, 14.0), (3.0, 16.0)])?;
    let law = results::fit_usl(&curve())?;
    let names = results::values("checks", "check")?;
    let finding = finding
        .row("slope", line.slope, "", Some(near(line.slope, 2.0)))
        .row("intercept", line.intercept, "", Some(near(line.intercept, 10.0)))
        .row(
            "slope's interval",
            line.slope_high - line.slope_low,
            "",
            Some(line.slope_low <= line.slope_high),
        )
        .row("lambda", law.lambda, "", Some(near(law.lambda, 100.0)))
        .row("sigma", law.sigma, "", Some(near(law.sigma, 0.5)))
        .row("kappa", law.kappa, "", Some(law.kappa < 1e-6))
        .row("sigma's interval", law.sigma_high - law.sigma_low, "", Some(law.sigma_low <= law.sigma_high))
        .row("peak", law.peak.unwrap_or(0.0), "", Some(law.peak.is_none_or(|peak| peak > 100.0)))
        .row("names of checks", names.len() as f64, "", Some(names == ["status is 200"]))
        .row("no such tag", 0.0, "", Some(results::values("checks", "nothing")?.is_empty()));
    let many = vec![(1.0, 1.0); 1001];
    let refusals = [
        ("values: no selector", code(results::values("checks{", "check")), "bad-selector"),
        ("line: one place", code(results::fit_linear(&[(1.0, 1.0), (1.0, 2.0)])), "too-few-points"),
        ("line: NaN", code(results::fit_linear(&[(1.0, 1.0), (2.0, f64::NAN)])), "bad-point"),
        ("line: 1,001 points", code(results::fit_linear(&many)), "too-many-points"),
        ("law: five levels", code(results::fit_usl(curve().get(..5).unwrap_or_default())), "too-few-points"),
        ("law: infinite", code(results::fit_usl(&[(1.0, f64::INFINITY)])), "bad-point"),
        ("law: 1,001 points", code(results::fit_usl(&many)), "too-many-points"),
    ];
    let row = |finding: Finding, (label, code, expected): (&str, String, &str)| {
        finding.row(label, 0.0, "", Some(code == expected))
    };
    Ok(refusals.into_iter().fold(finding, row))
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-6
}

fn code<T>(result: Result<T, Error>) -> String {
    result.err().map(|error| error.code).unwrap_or_default()
}
