//! What one iteration does, by the name of its mode.

const std = @import("std");
const strata = @import("strata");
const probe = @import("scenario.zig");
const sending = @import("sending.zig");
const sharing = @import("sharing.zig");
const web = @import("web.zig");

const c = struct {
    extern fn open(path: [*:0]const u8, flags: c_int, ...) c_int;
    extern fn accept(socket: c_int, address: ?*anyopaque, size: ?*anyopaque) c_int;
    extern fn usleep(us: c_uint) c_int;
    extern fn puts(line: [*:0]const u8) c_int;
    extern var environ: ?[*:null]?[*:0]u8;
};

/// How far the clocks of the guest and the run may be apart in mode `sleep`, in milliseconds.
const tolerance = 50.0;
/// What mode `grow` takes at a time.
const growth = 1 << 20;

fn ok() !void {
    const answer = try (strata.Request{ .url = "/" }).send();
    strata.check("status is 200", answer.status == 200);
}

/// Env `ms`.
fn asked() f64 {
    return std.fmt.parseFloat(f64, strata.env("ms") orelse "100") catch 100;
}

fn clock(id: std.os.wasi.clockid_t) f64 {
    var ns: u64 = undefined;
    if (std.os.wasi.clock_time_get(id, 1, &ns) != .SUCCESS) strata.trap("there is no clock", .{});
    return @as(f64, @floatFromInt(ns)) / 1e6;
}

fn spin() noreturn {
    var turns: u64 = 0;
    while (true) {
        turns +%= 1;
        std.mem.doNotOptimizeAway(turns);
    }
}

fn compute() void {
    const begin = clock(.MONOTONIC);
    var turns: u64 = 0;
    while (clock(.MONOTONIC) - begin < asked()) {
        for (0..10_000) |_| {
            turns +%= 1;
            std.mem.doNotOptimizeAway(turns);
        }
    }
    strata.check("computing takes as long as asked", clock(.MONOTONIC) - begin >= asked());
}

fn sleeping() void {
    const before = strata.now();
    const own = clock(.MONOTONIC);
    const wall = clock(.REALTIME);
    strata.sleep(asked() / 2);
    _ = c.usleep(@trunc(asked() / 2 * 1000));
    const waited = strata.now() - before;
    strata.check("sleep takes as long as asked", waited >= asked());
    const steady = @abs(clock(.MONOTONIC) - own - waited) < tolerance;
    // 2020 is past.
    const dated = @abs(clock(.REALTIME) - wall - waited) < tolerance and wall > 1577836800000.0;
    strata.check("the language's own clock agrees", steady and dated);
}

fn grow() noreturn {
    while (true) {
        const taken = std.heap.c_allocator.alloc(u8, growth) catch strata.trap("no more memory", .{});
        @memset(taken, 1);
        std.mem.doNotOptimizeAway(taken.ptr);
    }
}

/// Not a tail call, so that every turn takes stack.
noinline fn recurse(depth: u64) u64 {
    var taken: [256]u8 = undefined;
    @memset(&taken, @truncate(depth));
    std.mem.doNotOptimizeAway(&taken);
    return recurse(depth + 1) + taken[0];
}

fn refused(result: strata.Error!void, code: []const u8) bool {
    result catch return strata.why().is(code);
    return false;
}

fn metrics(context: strata.Context) !void {
    try probe.counter.add(1);
    try probe.counter.addTagged(1, "kind", "tagged");
    try probe.gauge.add(@floatFromInt(context.iteration));
    try probe.rate.add(if (context.iteration % 2 == 0) 1 else 0);
    const undeclared: strata.Metric = .{ .kind = .trend, .name = "undeclared" };
    strata.check("an undeclared metric is refused", refused(undeclared.add(1), "unknown-metric"));
    strata.check("NaN is refused", refused(probe.gauge.add(std.math.nan(f64)), "bad-value"));
    strata.check("a counter does not fall", refused(probe.counter.add(-1), "bad-value"));
    strata.check("a trend is not negative", refused(probe.random.add(-1), "bad-value"));
    strata.check("judge's results are absent", try strata.stat("http_reqs", "count") == null);
    const name = strata.stageName(context.stage) orelse "";
    strata.check("the stage has its name", std.mem.eql(u8, name, "main"));
    strata.check("a stage that is not there has none", strata.stageName(std.math.maxInt(u32)) == null);
}

fn randoms(comptime next: fn () f64) !void {
    for (0..10) |_| try probe.random.add(next());
}

fn ownRandom() f64 {
    return strata.generator().float(f64);
}

fn wasi() void {
    strata.check("no file can be read", c.open("/etc/hostname", 0x04000000) < 0);
    strata.check("no file can be made", c.open("probe.txt", 0x10001000, @as(c_int, 0o600)) < 0);
    // The library has no `connect`; what it has of sockets is refused.
    strata.check("no address can be connected to", c.accept(3, null, null) < 0);
    strata.check("the environment is empty", c.environ == null or c.environ.?[0] == null);
    var count: usize = 1;
    var size: usize = 1;
    const told = std.os.wasi.args_sizes_get(&count, &size);
    strata.check("there are no arguments", told == .SUCCESS and count == 0);
}

fn contexts(context: strata.Context, iterations: u32) void {
    strata.check("vu counts from 1", context.vu >= 1);
    strata.check("iteration counts on", context.iteration == iterations - 1);
    strata.check("the stage is an index", context.stage == 0);
    strata.check("the target is a URL", std.mem.startsWith(u8, strata.target(), "http://"));
    strata.check("no such env", strata.env("no-such") == null);
}

const Mode = enum {
    ok,
    trap,
    @"trap-sometimes",
    fail,
    spin,
    compute,
    sleep,
    grow,
    recurse,
    @"flood-log",
    @"flood-metrics",
    metrics,
    random,
    @"own-random",
    stderr,
    print,
    send,
    wasi,
    context,
    unicode,
    large,
    errors,
    uncaught,
    statuses,
    together,
    web,
    stream,
    share,
};

pub fn run(name: []const u8, context: strata.Context, iterations: u32) !void {
    const mode = std.meta.stringToEnum(Mode, name) orelse
        return strata.fail("probe-mode", "`{s}` is not a mode", .{name});
    switch (mode) {
        .ok => try ok(),
        .trap => strata.trap("the probe traps in iteration {d}", .{context.iteration}),
        .@"trap-sometimes" => {
            if (context.iteration % 10 != 9) return ok();
            const format = "the probe traps in iteration {d} after {d} in this instance";
            strata.trap(format, .{ context.iteration, iterations });
        },
        .fail => return strata.fail("probe", "iteration {d} was told to fail", .{context.iteration}),
        .spin => spin(),
        .compute => compute(),
        .sleep => sleeping(),
        .grow => grow(),
        .recurse => try probe.random.add(@floatFromInt(recurse(0))),
        .@"flood-log" => for (0..10_000) |line| {
            strata.info("line {d}\r\n\x1b[31mred\x1b[0m \x07\x01 end", .{line});
        },
        .@"flood-metrics" => for (0..100_000) |check| strata.check(strata.print("check {d}", .{check}), true),
        .metrics => try metrics(context),
        .random => try randoms(strata.random),
        .@"own-random" => try randoms(ownRandom),
        .stderr => std.debug.print("the probe on standard error, iteration {d}\n", .{context.iteration}),
        .print => _ = c.puts("printed by the probe"),
        .send => try sending.everything(),
        .wasi => wasi(),
        .context => contexts(context, iterations),
        .unicode => try sending.unicode(),
        .large => try sending.large(),
        .errors => sending.errors(),
        .uncaught => try sending.uncaught(),
        .statuses => try sending.statuses(),
        .together => sending.together(),
        .web => try web.everything(),
        .stream => try web.stream(),
        .share => try sharing.everything(context),
    }
}
