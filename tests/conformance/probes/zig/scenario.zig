//! The probe in Zig: does what the engine must withstand or get right, chosen by `--env`.

const std = @import("std");
const strata = @import("strata");
const modes = @import("modes.zig");
const judging = @import("judging.zig");

pub const counter: strata.Metric = .{ .kind = .counter, .name = "probe_counter" };
pub const gauge: strata.Metric = .{ .kind = .gauge, .name = "probe_gauge" };
pub const rate: strata.Metric = .{ .kind = .rate, .name = "probe_rate" };
pub const random: strata.Metric = .{ .kind = .trend, .name = "random" };

const endless_rows = 100_000;

/// Of this instance.
var mode_buffer: [64]u8 = undefined;
var mode: []const u8 = undefined;
var expects_data = false;
var iterations: u32 = 0;

/// Whether an env has that value.
fn envIs(name: []const u8, value: []const u8) bool {
    return std.mem.eql(u8, strata.env(name) orelse return false, value);
}

pub fn describe(m: *strata.Manifest) void {
    if (envIs("describe", "rich")) return rich(m);
    m.name("probe");
    _ = m.perVuIterations("main", 1, 1);
    for ([_]strata.Metric{ counter, gauge, rate, random }) |metric| m.metric(metric);
    _ = m.atLeast("checks", 99, "%").measured("checks", "rate");
    for ([_][]const u8{ "describe", "judge", "mode", "ms", "nobody", "setup", "teardown" }) |key| m.needsEnv(key);
    if (envIs("describe", "shared")) {
        m.needsData("rows");
        m.needsKv("shared");
        m.needsSecret("token");
    }
}

fn rich(m: *strata.Manifest) void {
    m.name("rich");
    m.layer(3, "Tïtle 世界", "Area <&>");
    m.fixPriority(.high);
    _ = m.perVuIterations("first", 2, 2).tag("kind", "a").warmUp();
    const second = m.rampingArrivalRate("second", 5, 2).ramp(100, 10).maxVus(4);
    _ = second.gracefulStop(1000).startTime(50).poisson();
    _ = m.atLeast("checks", 99, "%").measured("checks", "rate").warn(90);
    _ = m.atMost("p95", 200, "ms").measured("http_req_duration{stage:second}", "p(95)").inWindows(1, 50);
    _ = m.atLeast("judged", 1, "things");
    for ([_]strata.Metric{ counter, gauge, rate }) |metric| m.metric(metric);
    m.metric(.{ .kind = .trend, .name = "random", .unit = "ms" });
    m.needsHost("example.test:80");
    m.needsEnv("describe");
    m.needsData("users");
    m.needsKv("sessions");
    m.needsSecret("token");
}

pub fn setup() ![]const u8 {
    if (envIs("setup", "data")) return "from setup";
    if (envIs("setup", "fail")) return strata.fail("probe-setup", "setup was told to fail", .{});
    if (envIs("setup", "trap")) strata.trap("setup was told to trap", .{});
    return "";
}

pub fn start() !void {
    const asked = strata.env("mode") orelse "ok";
    const size = @min(asked.len, mode_buffer.len);
    @memcpy(mode_buffer[0..size], asked[0..size]);
    mode = mode_buffer[0..size];
    expects_data = envIs("setup", "data");
}

pub fn iteration(context: strata.Context) !void {
    iterations += 1;
    if (expects_data) strata.check("setup data arrives", std.mem.eql(u8, strata.setupData(), "from setup"));
    return modes.run(mode, context, iterations);
}

fn endless(finding: *strata.Finding) void {
    for (0..endless_rows) |row| {
        _ = finding.row(strata.print("row {d}", .{row}), @floatFromInt(row), "rows", true);
    }
}

pub fn judge(findings: *strata.Findings) !void {
    if (envIs("judge", "fail")) return strata.fail("probe-judge", "judge was told to fail", .{});
    if (envIs("judge", "trap")) strata.trap("judge was told to trap", .{});
    if (envIs("judge", "lie")) {
        _ = findings.about("no-such-goal").value(1).analysis("the manifest has no such goal", .{});
        const nan = std.math.nan(f64);
        endless(findings.about("checks").value(nan).row("not a number", nan, "", null));
    }
    if (envIs("judge", "results")) return judging.everything(findings.about("checks"));
    if (envIs("judge", "endless")) endless(findings.about("checks"));
}

pub fn teardown() !void {
    if (envIs("teardown", "fail")) return strata.fail("probe-teardown", "teardown was told to fail", .{});
    if (envIs("teardown", "trap")) strata.trap("teardown was told to trap", .{});
}

comptime {
    strata.scenario(@This());
}
