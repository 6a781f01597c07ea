//! Mode `share`: rows, shared values and secrets.

const std = @import("std");
const strata = @import("strata");
const check = strata.check;

const rows: strata.Data = .{ .set = "rows" };
const space: strata.Space = .{ .name = "shared" };

/// How long nobody comes, in milliseconds.
const nobody = 20;

fn same(a: ?[]const u8, b: []const u8) bool {
    return std.mem.eql(u8, a orelse return false, b);
}

fn isRefused(result: anytype, code: []const u8) bool {
    _ = result catch return strata.why().is(code);
    return false;
}

fn taken(order: strata.Order) ![]const u8 {
    return (try rows.take(order)).get("name") orelse "";
}

fn takeRows(context: strata.Context) !void {
    check("data: length", try rows.length() == 4);
    const columns = try rows.columns();
    check("data: columns", columns.len == 2 and same(columns[0], "name") and same(columns[1], "note"));
    const row = try rows.row(1);
    check("data: a row", same(row.get("note"), "a, \"b\" 世界") and row.get("other") == null);
    check("data: no such row", isRefused(rows.row(4), "no-such-row"));
    check("data: that of this user", same(try taken(.per_vu), strata.print("r{d}", .{(context.vu - 1) % 4})));
    check("data: any", std.mem.startsWith(u8, try taken(.random), "r"));
    check("data: in turn", std.mem.startsWith(u8, try taken(.sequential), "r"));
    // As many as there are: each is had once, and then there is none.
    check(strata.print("data: {s} is had once", .{try taken(.unique)}), true);
    if (context.iteration == 3) check("data: all are had", isRefused(taken(.unique), "end-of-data"));
}

fn values(key: []const u8) !void {
    try space.set(key, "1");
    try space.set(key, "zwei 世界");
    check("kv: a value", same(try space.get(key), "zwei 世界"));
    check("kv: no number", isRefused(space.add(key, 1), "bad-value"));
    try space.delete(key);
    check("kv: no value", try space.get(key) == null);
    const first = try space.add(key, 2);
    check("kv: a sum", first == 2 and try space.add(key, -0.5) == 1.5);
    try space.delete(key);
    const large: [257]u8 = @splat('k');
    check("kv: too large", isRefused(space.set(&large, ""), "too-large"));
}

fn queues(vu: u32) !void {
    const queue = strata.print("queue {d}", .{vu});
    check("kv: an empty queue", try space.pop(queue, nobody) == null);
    try space.push(queue, "first");
    try space.push(queue, "second 🌍");
    check("kv: a queue's length", try space.queueLength(queue) == 2);
    const first = try space.pop(queue, nobody);
    check("kv: the oldest comes first", same(first, "first") and same(try space.pop(queue, 0), "second 🌍"));
    const alone = strata.print("barrier {d}", .{vu});
    try space.meet(alone, 1, nobody);
    check("kv: nobody to wait for", true);
    check("kv: nobody comes", isRefused(space.meet(alone, 2, nobody), "timeout"));
    check("kv: nobody is too few", isRefused(space.meet(alone, 0, nobody), "bad-value"));
}

pub fn everything(context: strata.Context) !void {
    try takeRows(context);
    try values(strata.print("value {d}", .{context.vu}));
    try queues(context.vu);
    check("a secret arrives", (try strata.secret("token")).len == 12);
    check("setup's text arrives", same(strata.setupText(), "from setup"));
    check("no set", isRefused((strata.Data{ .set = "others" }).length(), "not-granted"));
    check("no space", isRefused((strata.Space{ .name = "others" }).get("a"), "not-granted"));
    check("no secret", isRefused(strata.secret("others"), "not-granted"));
    check("no env", strata.env("others") == null);
}
