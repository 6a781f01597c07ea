//! `judge=results`: every function for `judge`, each answer a row. Rows that did not pass are answers that the contract
//! does not allow.

const std = @import("std");
const strata = @import("strata");
const Point = strata.Point;

fn near(found: f64, expected: f64) bool {
    return @abs(found - expected) < 1e-6;
}

/// Throughput without coherency: 100 N / (1 + 0.5 (N - 1)).
fn curve() [8]Point {
    var points: [8]Point = undefined;
    for (&points, 1..) |*point, i| {
        const n: f64 = @floatFromInt(i);
        point.* = .{ .x = n, .y = 100 * n / (1 + 0.5 * (n - 1)) };
    }
    return points;
}

fn refused(result: anytype, code: []const u8) bool {
    _ = result catch return strata.why().is(code);
    return false;
}

pub fn everything(finding: *strata.Finding) !void {
    const line = try strata.fitLinear(&.{ .{ .x = 1, .y = 12 }, .{ .x = 2, .y = 14 }, .{ .x = 3, .y = 16 } });
    const law = try strata.fitUsl(&curve());
    const names = try strata.values("checks", "check");
    const none = try strata.values("checks", "nothing");
    const one = names.len == 1 and std.mem.eql(u8, names[0], "status is 200");
    _ = finding.row("slope", line.slope, "", near(line.slope, 2))
        .row("intercept", line.intercept, "", near(line.intercept, 10))
        .row("slope's interval", line.slope_high - line.slope_low, "", line.slope_low <= line.slope_high)
        .row("lambda", law.lambda, "", near(law.lambda, 100))
        .row("sigma", law.sigma, "", near(law.sigma, 0.5))
        .row("kappa", law.kappa, "", law.kappa < 1e-6)
        .row("sigma's interval", law.sigma_high - law.sigma_low, "", law.sigma_low <= law.sigma_high)
        .row("peak", law.peak orelse 0, "", law.peak == null or law.peak.? > 100)
        .row("names of checks", @floatFromInt(names.len), "", one)
        .row("no such tag", 0, "", none.len == 0);

    const nan = std.math.nan(f64);
    const infinite = std.math.inf(f64);
    const many: [1001]Point = @splat(.{ .x = 1, .y = 1 });
    const place = [_]Point{ .{ .x = 1, .y = 1 }, .{ .x = 1, .y = 2 } };
    const bad = [_]Point{ .{ .x = 1, .y = 1 }, .{ .x = 2, .y = nan } };
    _ = finding.row("values: no selector", 0, "", refused(strata.values("checks{", "check"), "bad-selector"))
        .row("line: one place", 0, "", refused(strata.fitLinear(&place), "too-few-points"))
        .row("line: NaN", 0, "", refused(strata.fitLinear(&bad), "bad-point"))
        .row("line: 1,001 points", 0, "", refused(strata.fitLinear(&many), "too-many-points"))
        .row("law: five levels", 0, "", refused(strata.fitUsl(curve()[0..5]), "too-few-points"))
        .row("law: infinite", 0, "", refused(strata.fitUsl(&.{.{ .x = 1, .y = infinite }}), "bad-point"))
        .row("law: 1,001 points", 0, "", refused(strata.fitUsl(&many), "too-many-points"));
}
