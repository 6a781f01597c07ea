//! From the rates of the endpoints to a finding.

const std = @import("std");
const strata = @import("strata");

/// The mean rate that the layer must reach, in requests per second.
pub const layer_mark = 50;
/// The rate that each endpoint must reach.
const endpoint_mark = 20;
/// Contention of which at least this is certain means that requests are handled one at a time.
const serial_mark = 0.5;

/// An endpoint's good answers per second; null if it had none.
pub const Rate = struct {
    path: []const u8,
    value: ?f64,

    fn number(self: Rate) f64 {
        return self.value orelse 0;
    }
};

/// So many users of one endpoint: good answers per second, and their mean time.
pub const Level = struct {
    users: u32,
    rate: f64,
    ms: f64,

    /// Its concurrency, throughput times response time, and its throughput.
    pub fn point(self: Level) strata.Point {
        return .{ .x = @max(self.rate * self.ms / 1000, 1), .y = self.rate };
    }
};

/// What an endpoint's throughput does when more users ask, from few users to many.
pub const Scaling = struct { path: []const u8, levels: []const Level, law: strata.Usl };

/// Fills the finding about `throughput`. An endpoint without a good answer counts as 0 req/s, unless none has one: then
/// there is nothing to judge.
pub fn conclude(finding: *strata.Finding, rates: []const Rate, scaling: ?Scaling) void {
    var sum: f64 = 0;
    var answering: usize = 0;
    for (rates) |rate| {
        sum += rate.number();
        if (rate.value != null) answering += 1;
    }
    if (answering == 0) {
        _ = finding.analysis("No endpoint gave a good answer", .{});
        return;
    }
    const mean = sum / @as(f64, @floatFromInt(rates.len));
    const more = if (scaling) |found| grows(found) else "";
    _ = finding.value(mean).text("{d:.2} req/s", .{mean}).analysis("{s}{s}", .{ analysis(rates, mean), more });
    for (rates) |rate| _ = finding.row(rate.path, rate.number(), "req/s", rate.number() >= endpoint_mark);
}

/// Which endpoints are slow, with their figures, or that none is.
fn analysis(rates: []const Rate, mean: f64) []const u8 {
    var slow: usize = 0;
    var names: []const u8 = "";
    for (rates) |rate| {
        if (rate.number() >= endpoint_mark) continue;
        const comma = if (slow > 0) ", " else "";
        names = strata.print("{s}{s}{s} ({d:.2} req/s)", .{ names, comma, rate.path, rate.number() });
        slow += 1;
    }
    if (slow == 0 and mean >= layer_mark) return "All endpoints answer 20 req/s or more";
    if (slow == 0) return "All endpoints answer 20 req/s or more, but their mean is below 50";
    if (slow == rates.len) return strata.print("No endpoint reaches 20 req/s: {s}", .{names});
    return strata.print("{d} of {d} endpoints below 20 req/s: {s}", .{ slow, rates.len, names });
}

/// Whether throughput rises with concurrency, and what the curve says about it.
fn grows(scaling: Scaling) []const u8 {
    const first = scaling.levels[0];
    const most = scaling.levels[scaling.levels.len - 1];
    const law = scaling.law;
    const serial = law.sigma_low >= serial_mark;
    const users = strata.print("{s} req/s with {d} and {s} with {d} users", .{
        figure(first.rate), first.users, figure(most.rate), most.users,
    });
    return strata.print(
        "; throughput {s} with concurrency: {s} answers {s}, contention sigma {d:.3} (95 % interval {d:.3} to {d:.3}){s}",
        .{
            if (serial) "does not rise" else "rises",                      scaling.path,  users,
            law.sigma,                                                     law.sigma_low, law.sigma_high,
            if (serial) ", so requests are handled one at a time" else "",
        },
    );
}

/// A number with at most two decimals: `85.54`, `171.6`, `0`.
fn figure(value: f64) []const u8 {
    const text = std.mem.trimEnd(u8, std.mem.trimEnd(u8, strata.print("{d:.2}", .{value}), "0"), ".");
    return if (std.mem.eql(u8, text, "-0")) "0" else text;
}
