//! Mode `send`: every function for requests against the target's `/`. The checks hold for any target that answers 200
//! there with a body and a `content-type`.

const std = @import("std");
const strata = @import("strata");
const check = strata.check;
const Request = strata.Request;

fn same(a: []const u8, b: []const u8) bool {
    return std.mem.eql(u8, a, b);
}

fn good(answers: anytype) bool {
    for (answers) |answer| switch (answer) {
        .answer => |found| if (found.status != 200) return false,
        .failed => return false,
    };
    return true;
}

fn whole() !strata.Response {
    const answer = try (Request{ .url = "/", .name = "send" }).send();
    check("send: status is 200", answer.status == 200);
    check("send: there is a body", answer.body().len > 0);
    var lower = true;
    for (answer.headers()) |header| {
        for (header.name) |letter| lower = lower and !std.ascii.isUpper(letter);
    }
    check("send: header names are lower case", lower);
    const timings = answer.timings;
    const sum = timings.sending + timings.waiting + timings.receiving;
    check("send: duration is the sum of its parts", @abs(timings.duration - sum) < 0.01);
    const discarded = try (Request{ .url = "/", .name = "send", .discard_body = true }).send();
    check("send: a discarded body is empty", discarded.body().len == 0);
    return answer;
}

fn prepared(all: strata.Response) !void {
    const headers = [_]strata.Header{.{ .name = "x-probe", .value = "prepared" }};
    const request = try (Request{ .url = "/", .name = "prepared", .headers = &headers }).prepare();
    defer request.forget();
    const answer = try request.send();
    const body = answer.body();
    check("prepared.send: status is 200", answer.status == 200);
    check("prepared.send: length is the body's", answer.length == body.len);
    check("prepared.send: body is that of send", same(body, all.body()));
    check("prepared.send: text is the body", same(answer.text(), body));
    const kind = answer.header("Content-Type") orelse "";
    check("prepared.send: header in any case", same(kind, all.header("content-type") orelse "none"));
    check("prepared.send: no such header", answer.header("x-no-such-header") == null);

    const more = [_]strata.Header{.{ .name = "x-probe-more", .value = "1" }};
    const other = try request.sendWith(.{ .url = "/?probe=1", .headers = &more });
    check("prepared.send-with: status is 200", other.status == 200);
    check("prepared.send-with: earlier answers are gone", other.index == 0 or answer.body().len == 0);
    const discarding = try (Request{ .url = "/", .name = "prepared", .discard_body = true }).prepare();
    defer discarding.forget();
    const discarded = try discarding.send();
    check("prepared.send: a discarded body is empty", discarded.body().len == 0);
}

fn atOnce(all: strata.Response) !void {
    const requests = [_]Request{
        .{ .url = "/", .name = "all" },
        .{ .url = "/?probe=1", .name = "all" },
        .{ .url = "/", .name = "all" },
    };
    const answers = strata.sendAll(&requests);
    check("send-all: an answer for each", answers.len == requests.len);
    check("send-all: status is 200", good(answers));
    check("send-all: in order", answers[2] == .answer and same(answers[2].answer.body(), all.body()));

    var ready: [3]strata.Prepared = undefined;
    for (requests, &ready) |request, *one| one.* = try request.prepare();
    defer for (ready) |one| one.forget();
    const briefs = strata.sendAllPrepared(&ready);
    check("send-all-prepared: an answer for each", briefs.len == requests.len);
    check("send-all-prepared: status is 200", good(briefs));
    var kept = true;
    for (briefs) |brief| kept = kept and brief == .answer and brief.answer.body().len == brief.answer.length;
    check("send-all-prepared: all answers are kept", kept);
    check("send-all: none for none", strata.sendAll(&.{}).len == 0);
}

fn refuses(request: Request, code: []const u8) bool {
    _ = request.prepare() catch return strata.why().is(code);
    return false;
}

fn refusals() void {
    check("bad-url", refuses(.{ .url = "http://" }, "bad-url"));
    check("bad-request: method", refuses(.{ .method = "G T", .url = "/" }, "bad-request"));
    const broken = [_]strata.Header{.{ .name = "x\r\ny", .value = "1" }};
    check("bad-request: header", refuses(.{ .url = "/", .headers = &broken }, "bad-request"));
    check("host-not-allowed", refuses(.{ .url = "http://192.0.2.1/" }, "host-not-allowed"));
    check("unsupported: scheme", refuses(.{ .url = "ftp://192.0.2.1/" }, "unsupported"));
    const many: [257]Request = @splat(.{ .url = "/" });
    var refused = true;
    for (strata.sendAll(&many)) |answer| refused = refused and answer == .failed and answer.failed.is("bad-request");
    check("send-all: 257 are too many", refused);
}

pub fn everything() !void {
    const answer = try whole();
    try prepared(answer);
    try atOnce(answer);
    refusals();
}

// --- Against a server that knows `/echo`, `/bytes`, `/delay` and others ------------------------------------------

pub fn unicode() !void {
    const text = "Grüße, 世界 🌍 – \"quoted\"";
    const headers = [_]strata.Header{.{ .name = "content-type", .value = "text/plain; charset=utf-8" }};
    const answer = try (Request{
        .method = "POST",
        .url = "/echo",
        .name = "écho 世界",
        .headers = &headers,
        .body = text,
    }).send();
    check("echo: status is 200", answer.status == 200);
    check("echo: text comes back", same(answer.body(), text));
    check("Unicode: 世界 🌍", true);
    strata.info("{s}", .{text});
}

pub fn large() !void {
    const size = 4_194_304;
    const sent_size = 1_048_576;
    const request = try (Request{ .url = "/bytes/4194304" }).prepare();
    defer request.forget();
    const answer = try request.send();
    check("large: length", answer.length == size);
    const body = answer.body();
    check("large: body", body.len == size and body[0] == 'x' and body[size / 2] == 'x' and body[size - 1] == 'x');
    const sent = try strata.allocator.alloc(u8, sent_size);
    @memset(sent, 'y');
    const echo = try (Request{ .method = "POST", .url = "/echo", .body = sent }).send();
    check("large: echo", echo.body().len == sent_size);
}

fn fails(request: Request, code: []const u8) void {
    _ = request.send() catch return check(code, strata.why().is(code));
    check(code, false);
}

pub fn errors() void {
    fails(.{ .url = "/delay/2000", .timeout_ms = 50 }, "timeout");
    fails(.{ .url = "/close" }, "closed");
    fails(.{ .url = "/garbage" }, "protocol");
    fails(.{ .url = "/endless" }, "body-too-large");
    fails(.{ .url = strata.print("{s}/", .{strata.env("nobody") orelse ""}) }, "connect-refused");
}

pub fn uncaught() !void {
    _ = try (Request{ .url = "/delay/2000", .timeout_ms = 50 }).send();
}

pub fn statuses() !void {
    check("404 is an answer", (try (Request{ .url = "/status/404" }).send()).status == 404);
    check("503 is an answer", (try (Request{ .url = "/status/503" }).send()).status == 503);
}

pub fn together() void {
    const requests: [8]Request = @splat(.{ .url = "/delay/200" });
    const answers = strata.sendAll(&requests);
    check("together: all answer", answers.len == 8 and good(answers));
}
