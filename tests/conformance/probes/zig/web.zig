//! Modes `web` and `stream`: what browsers and services do, and answers that are read while they come.

const std = @import("std");
const strata = @import("strata");
const check = strata.check;
const Request = strata.Request;

fn same(a: []const u8, b: []const u8) bool {
    return std.mem.eql(u8, a, b);
}

fn isRefused(result: anytype, code: []const u8) bool {
    _ = result catch return strata.why().is(code);
    return false;
}

fn valueOf(pairs: []const strata.Header, name: []const u8) []const u8 {
    for (pairs) |pair| if (same(pair.name, name)) return pair.value;
    return "";
}

/// The body of what was answered.
fn said(request: Request) ![]const u8 {
    return (try request.send()).body();
}

const echo: Request = .{ .method = "POST", .url = "/echo" };

fn redirects() !void {
    const followed = try (Request{ .url = "/redirect/3" }).send();
    check("redirects are followed", followed.status == 200 and same(followed.body(), "ok\n"));
    const request = try (Request{ .url = "/redirect/3", .redirects = 0 }).prepare();
    defer request.forget();
    const first = try request.send();
    check("a redirect can be an answer", first.status == 302);
    check("headers of a kept answer", same(valueOf(first.headers(), "location"), "/redirect/2"));
    const some = try (Request{ .url = "/redirect/3", .redirects = 2 }).send();
    check("the last one is given", same(some.header("location") orelse "", "/redirect/0"));
    check("see other is a GET", same(try said(.{ .method = "POST", .url = "/see-other", .body = "x" }), "GET"));
    check("a redirect leads only where it may", isRefused((Request{ .url = "/away" }).send(), "host-not-allowed"));
    var good = true;
    for (strata.sendAll(&.{ .{ .url = "/redirect/1" }, .{ .url = "/cookies" } })) |answer| {
        good = good and answer == .answer and answer.answer.status == 200;
    }
    check("redirects of several", good);
}

fn cookies() !void {
    strata.clearCookies();
    const request: Request = .{ .url = "/cookies" };
    check("a jar can be emptied", (try said(request)).len == 0);
    _ = try (Request{ .url = "/set-cookie/a/1" }).send();
    try strata.setCookie("/", "b=2; Path=/cookies");
    check("cookies are sent", same(try said(request), "b=2; a=1"));
    const known = strata.cookies("/");
    check("cookies can be read", known.len == 1 and same(valueOf(known, "a"), "1"));
    check("a request without cookies", (try said(.{ .url = "/cookies", .cookies = false })).len == 0);
    const own = [_]strata.Header{.{ .name = "cookie", .value = "own=1" }};
    check("a request with its own", same(try said(.{ .url = "/cookies", .headers = &own }), "own=1"));
    const other = strata.setCookie("/", "c=1; Domain=example.com");
    check("a cookie of another is refused", isRefused(other, "bad-request"));
    strata.clearCookies();
}

fn encodings() !void {
    const plain = try (Request{ .url = "/gzip" }).send();
    check("compression is not asked for", plain.header("content-encoding") == null);
    const request = try (Request{ .url = "/gzip", .compression = "gzip" }).prepare();
    defer request.forget();
    const decoded = try request.send();
    check("gzip is decoded", same(decoded.text(), "hello, world\n") and decoded.length == 13);
    const coded = try said(.{ .url = "/gzip", .compression = "gzip", .keep_encoded = true });
    check("or left as it came", std.mem.startsWith(u8, coded, "\x1f\x8b"));
    check("bad-encoding", isRefused((Request{ .url = "/coded" }).send(), "bad-encoding"));
}

fn authorization() !void {
    var request: Request = .{ .url = "/authorization" };
    request.basic_auth = .{ .user = "Aladdin", .password = "open sesame" };
    check("basic authorization", same(try said(request), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    request.bearer_auth = "c";
    check("one of them", isRefused(request.send(), "bad-request"));
    check("bearer authorization", same(try said(.{ .url = "/authorization", .bearer_auth = "token" }), "Bearer token"));
}

fn forms() !void {
    const form = try echo.form(&.{ .{ .name = "user", .value = "me & you" }, .{ .name = "n", .value = "1" } }).send();
    check("a form", same(form.body(), "user=me+%26+you&n=1"));
    check("the kind of a form", same(form.header("content-type") orelse "", "application/x-www-form-urlencoded"));
    const parts = [_]strata.Part{
        .{ .name = "a", .content = "1" },
        .{ .name = "f", .content = "content", .file_name = "f.txt", .content_type = "text/plain" },
    };
    const file = "filename=\"f.txt\"\r\ncontent-type: text/plain\r\n\r\ncontent\r\n--";
    check("parts of a form", std.mem.find(u8, try said(echo.multipart(&parts)), file) != null);
    var shared = echo;
    shared.body_from = .{};
    check("a body from setup", same(try said(shared), "from setup"));
    shared.body_from = .{ .from = 5, .to = 10 };
    check("a part of it", same(try said(shared), "setup"));
    shared.body_from = .{ .from = 5, .to = 11 };
    check("no more than there is", isRefused(shared.prepare(), "bad-request"));
}

pub fn everything() !void {
    try redirects();
    try cookies();
    try encodings();
    try authorization();
    try forms();
}

fn pieces() !void {
    var incoming = try (Request{ .url = "/pieces/5" }).open();
    defer incoming.close();
    check("stream: status", incoming.status() == 200);
    check("stream: headers", valueOf(incoming.headers(), "transfer-encoding").len > 0);
    var length: usize = 0;
    var last: f64 = 0;
    var held = true;
    while (true) {
        const scope = strata.Scope.begin();
        defer scope.end();
        const piece = try incoming.read(400) orelse break;
        held = held and piece.body.len <= 400 and piece.at_ms >= last;
        length += piece.body.len;
        last = piece.at_ms;
    }
    check("stream: pieces are no longer than asked for, and in order", held);
    check("stream: everything comes", length == 5000);
    check("stream: pieces have their times", last > 0 and last <= strata.now());
    check("stream: the end is the end", try incoming.read(1) == null);
}

fn events() !void {
    var incoming = try (Request{ .url = "/events" }).open();
    defer incoming.close();
    var found: []const u8 = "";
    while (try incoming.nextEvent()) |event| {
        found = strata.print("{s}[{s} {s} {s}]", .{ found, event.kind, event.id, event.data });
    }
    check("stream: events", same(found, "[message  one][add 7 two\nlines][message 7 three]"));
}

fn stalls() !void {
    var incoming = try (Request{ .url = "/stalls", .timeout_ms = 200 }).open();
    defer incoming.close();
    const stalled = while (true) {
        const piece = incoming.read(100) catch break strata.why().is("timeout");
        if (piece == null) break false;
    };
    check("stream: timeout within", stalled);
}

pub fn stream() !void {
    try pieces();
    try events();
    {
        var endless = try (Request{ .url = "/endless" }).open();
        defer endless.close();
        check("stream: an answer without an end", try endless.read(std.math.maxInt(u32)) != null);
    }
    check("stream: timeout", isRefused((Request{ .url = "/delay/2000", .timeout_ms = 50 }).open(), "timeout"));
    try stalls();
    var moved = try (Request{ .url = "/redirect/1" }).open();
    defer moved.close();
    check("stream: a redirect is an answer", moved.status() == 302);
    check("stream: host-not-allowed", isRefused((Request{ .url = "http://192.0.2.1/" }).open(), "host-not-allowed"));
}
