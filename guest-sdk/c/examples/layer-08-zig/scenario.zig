//! Layer 8: how many requests per second four endpoints of the API answer, each under eight users of its own.
//!
//! The layer's number is the mean of the four rates of good answers. One endpoint is also asked by fewer users, to see
//! whether throughput rises with concurrency. `verdict.zig` draws the conclusions.

const std = @import("std");
const strata = @import("strata");
const verdict = @import("verdict.zig");

/// The stages, in the order in which they run: each asks for one endpoint.
const endpoints = [_]struct { stage: []const u8, path: []const u8 }{
    .{ .stage = "feed", .path = "/api/posts/feed" },
    .{ .stage = "groups", .path = "/api/groups" },
    .{ .stage = "sidebar", .path = "/api/events/sidebar" },
    .{ .stage = "suggestions", .path = "/api/friends/suggestions" },
};
/// Which of them is also asked by fewer users.
const scaled = 2;
const Users = struct { vus: u32, stage: []const u8 };
/// The stages of fewer users, which all ask for the scaled endpoint.
const fewer = [_]Users{
    .{ .vus = 1, .stage = "sidebar-1" },
    .{ .vus = 2, .stage = "sidebar-2" },
    .{ .vus = 3, .stage = "sidebar-3" },
    .{ .vus = 4, .stage = "sidebar-4" },
    .{ .vus = 6, .stage = "sidebar-6" },
};
/// Users of each stage.
const vus = 8;
/// How long each stage starts requests, those of fewer users do, and the last requests may take, in milliseconds.
const duration = 1500;
const shorter = 500;
const grace = 5000;

/// In the order of `endpoints`.
var requests: [endpoints.len]strata.Prepared = undefined;

pub fn describe(m: *strata.Manifest) void {
    m.name("layer-08-api-throughput");
    m.layer(8, "Throughput", "API & Services");
    m.fixPriority(.critical);
    _ = m.atLeast("throughput", verdict.layer_mark, "req/s");
    _ = m.atLeast("checks", 99, "%").warn(99).measured("checks", "rate");
    for (endpoints) |endpoint| _ = m.constantVus(endpoint.stage, vus, duration).gracefulStop(grace);
    for (fewer) |few| _ = m.constantVus(few.stage, few.vus, shorter).gracefulStop(grace);
}

pub fn start() !void {
    for (endpoints, &requests) |endpoint, *request| {
        request.* = try (strata.Request{ .url = endpoint.path, .name = endpoint.stage }).prepare();
    }
}

pub fn iteration(context: strata.Context) !void {
    const answer = try requests[if (context.stage < requests.len) context.stage else scaled].send();
    strata.check("status is 200", answer.status == 200);
    const listed = std.mem.indexOf(u8, answer.text(), "\"items\":[{") != null;
    strata.check("the page has its entries", listed);
}

/// A number of a stage's good answers.
fn stat(metric: []const u8, stage: []const u8, aggregate: []const u8) !?f64 {
    const selector = strata.print("{s}{{stage:{s},expected_response:true}}", .{ metric, stage });
    return strata.stat(selector, aggregate);
}

/// What the scaled endpoint's throughput does when more users ask; null if it did not answer all of them, or if no curve
/// fits, which is no reason to keep the rates back.
fn scale() !?verdict.Scaling {
    const stages = fewer ++ [_]Users{.{ .vus = vus, .stage = endpoints[scaled].stage }};
    const levels = try strata.allocator.alloc(verdict.Level, stages.len);
    var points: [stages.len]strata.Point = undefined;
    for (stages, levels, &points) |stage, *level, *point| {
        const rate = try stat("http_reqs", stage.stage, "rate") orelse return null;
        const ms = try stat("http_req_duration", stage.stage, "avg") orelse return null;
        level.* = .{ .users = stage.vus, .rate = rate, .ms = ms };
        point.* = level.point();
    }
    const law = strata.fitUsl(&points) catch return null;
    return .{ .path = endpoints[scaled].path, .levels = levels, .law = law };
}

pub fn judge(findings: *strata.Findings) !void {
    var rates: [endpoints.len]verdict.Rate = undefined;
    for (endpoints, &rates) |endpoint, *rate| {
        rate.* = .{ .path = endpoint.path, .value = try stat("http_reqs", endpoint.stage, "rate") };
    }
    verdict.conclude(findings.about("throughput"), &rates, try scale());
}

comptime {
    strata.scenario(@This());
}
