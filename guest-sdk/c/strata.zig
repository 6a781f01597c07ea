//! Scenarios for strata, written in Zig.
//!
//! A scenario is a file with `pub fn describe(m: *strata.Manifest) void` and `pub fn iteration(context: strata.Context) !void`,
//! and, if it wants, `start`, `setup`, `judge` and `teardown`; `comptime { strata.scenario(@This()); }` makes a component
//! of it.
//!
//! Nothing here has to be freed: what a function returns lives until the export that called it (an iteration, say) is
//! over. `strata.allocator` gives memory of the same kind.
//!
//! A call of the engine that does not work gives `error.Strata`; `strata.why()` has its code and its sentence, and so has
//! the failure that it becomes if nobody catches it. `return strata.fail("code", "text {d}", .{7})` is a failure of the
//! scenario's own. Any other error is a failure with the code `exception` and the error's name.

const std = @import("std");

const Text = [*:0]const u8;

/// Why something did not work.
pub const Why = extern struct {
    c_code: Text,
    c_message: Text,

    /// A stable word that reports count by: `timeout`, `login-refused`.
    pub fn code(self: Why) [:0]const u8 {
        return std.mem.span(self.c_code);
    }

    /// A sentence for people.
    pub fn message(self: Why) [:0]const u8 {
        return std.mem.span(self.c_message);
    }

    /// Whether it is of that code.
    pub fn is(self: Why, word: []const u8) bool {
        return std.mem.eql(u8, self.code(), word);
    }
};

const Result = ?*const Why;
const Bytes = extern struct { data: ?[*]const u8 = null, size: usize = 0 };
const Number = extern struct { given: bool, value: f64 };
const CPair = extern struct { name: ?Text = null, value: ?Text = null };

const c = struct {
    extern fn strata_failure(code: Text, format: Text, ...) Result;
    extern fn strata_trap(format: Text, ...) noreturn;
    extern fn strata_alloc(size: usize) *anyopaque;
    extern fn strata_keep(text: Text) [*:0]u8;
    extern fn free(kept: [*:0]u8) void;
    extern fn strata_copy_of(text: [*]const u8, size: usize) Text;
    extern fn strata_name(m: *Manifest, name: Text) void;
    extern fn strata_layer(m: *Manifest, number: u32, title: Text, area: Text) void;
    extern fn strata_fix_priority(m: *Manifest, priority: Priority) void;
    extern fn strata_declare(m: *Manifest, kind: Kind, name: Text, unit: Text) void;
    extern fn strata_needs_host(m: *Manifest, host: Text) void;
    extern fn strata_needs_env(m: *Manifest, key: Text) void;
    extern fn strata_needs_data(m: *Manifest, set: Text) void;
    extern fn strata_needs_kv(m: *Manifest, space: Text) void;
    extern fn strata_needs_secret(m: *Manifest, named: Text) void;
    extern fn strata_constant_vus(m: *Manifest, name: Text, vus: u32, ms: u32) *Stage;
    extern fn strata_per_vu_iterations(m: *Manifest, name: Text, vus: u32, iterations: u32) *Stage;
    extern fn strata_shared_iterations(m: *Manifest, name: Text, vus: u32, iterations: u32) *Stage;
    extern fn strata_ramping_vus(m: *Manifest, name: Text, vus: u32) *Stage;
    extern fn strata_constant_arrival_rate(m: *Manifest, name: Text, rate: u32, vus: u32, ms: u32) *Stage;
    extern fn strata_ramping_arrival_rate(m: *Manifest, name: Text, rate: u32, vus: u32) *Stage;
    extern fn strata_ramp(stage: *Stage, ms: u32, target: u32) *Stage;
    extern fn strata_max_vus(stage: *Stage, vus: u32) *Stage;
    extern fn strata_time_unit(stage: *Stage, ms: u32) *Stage;
    extern fn strata_poisson(stage: *Stage) *Stage;
    extern fn strata_start_time(stage: *Stage, ms: u32) *Stage;
    extern fn strata_graceful_stop(stage: *Stage, ms: u32) *Stage;
    extern fn strata_graceful_ramp_down(stage: *Stage, ms: u32) *Stage;
    extern fn strata_max_duration(stage: *Stage, ms: u32) *Stage;
    extern fn strata_warm_up(stage: *Stage) *Stage;
    extern fn strata_tag(stage: *Stage, name: Text, value: Text) *Stage;
    extern fn strata_at_least(m: *Manifest, name: Text, target: f64, unit: Text) *Goal;
    extern fn strata_at_most(m: *Manifest, name: Text, target: f64, unit: Text) *Goal;
    extern fn strata_above(m: *Manifest, name: Text, target: f64, unit: Text) *Goal;
    extern fn strata_below(m: *Manifest, name: Text, target: f64, unit: Text) *Goal;
    extern fn strata_measured(goal: *Goal, selector: Text, aggregate: Text) *Goal;
    extern fn strata_warn_bound(goal: *Goal, bound: f64) *Goal;
    extern fn strata_in_windows(goal: *Goal, seconds: u32, percent: f64) *Goal;
    extern fn strata_abort_on_fail(goal: *Goal, delay_ms: u32) *Goal;
    extern fn strata_send(request: CRequest, answer: *CResponse) Result;
    extern fn strata_response_header(answer: *const CResponse, name: Text) ?Text;
    extern fn strata_prepare(request: CRequest, prepared: *Prepared) Result;
    extern fn strata_send_prepared(prepared: Prepared, answer: *Brief) Result;
    extern fn strata_send_with(prepared: Prepared, overrides: COverrides, answer: *Brief) Result;
    extern fn strata_forget(prepared: Prepared) void;
    extern fn strata_body(answer: Brief) Bytes;
    extern fn strata_body_text(answer: Brief) Text;
    extern fn strata_header(answer: Brief, name: Text) ?Text;
    extern fn strata_headers(answer: Brief) [*]const CPair;
    extern fn strata_form(request: CRequest, fields: [*]const CPair) CRequest;
    extern fn strata_multipart(request: CRequest, parts: [*]const CPart) CRequest;
    extern fn strata_open(request: CRequest, incoming: *Incoming) Result;
    extern fn strata_incoming_status(incoming: Incoming) u32;
    extern fn strata_incoming_headers(incoming: Incoming) [*]const CPair;
    extern fn strata_read(incoming: Incoming, max: u32, piece: *CPiece) Result;
    extern fn strata_next_event(incoming: Incoming, event: *CEvent) Result;
    extern fn strata_close(incoming: *Incoming) void;
    extern fn strata_cookies(url: Text) [*]const CPair;
    extern fn strata_set_cookie(url: Text, line: Text) Result;
    extern fn strata_clear_cookies() void;
    extern fn strata_data_length(set: Text, length: *u32) Result;
    extern fn strata_data_columns(set: Text, columns: *CTexts) Result;
    extern fn strata_data_row(set: Text, index: u32, row: *[*]const CPair) Result;
    extern fn strata_data_take(set: Text, order: Order, row: *[*]const CPair) Result;
    extern fn strata_kv_get(space: Text, key: Text, value: *?Text) Result;
    extern fn strata_kv_set(space: Text, key: Text, value: Text) Result;
    extern fn strata_kv_delete(space: Text, key: Text) Result;
    extern fn strata_kv_add(space: Text, key: Text, by: f64, sum: *f64) Result;
    extern fn strata_kv_push(space: Text, queue: Text, value: Text) Result;
    extern fn strata_kv_pop(space: Text, queue: Text, wait_ms: u32, value: *?Text) Result;
    extern fn strata_kv_length(space: Text, queue: Text, length: *u32) Result;
    extern fn strata_kv_meet(space: Text, barrier: Text, parties: u32, wait_ms: u32) Result;
    extern fn strata_setup_text() Text;
    extern fn strata_secret(name: Text, value: *Text) Result;
    extern fn strata_scope_begin() Scope;
    extern fn strata_scope_end(scope: Scope) void;
    extern fn strata_send_all(requests: [*]const CRequest, count: usize) [*]CSent;
    extern fn strata_send_all_prepared(requests: [*]const Prepared, count: usize) [*]CSentPrepared;
    extern fn strata_check(name: Text, held: bool) bool;
    extern fn strata_add(metric: Text, value: f64) Result;
    extern fn strata_add_tagged(metric: Text, value: f64, tag: Text, tag_value: Text) Result;
    extern fn strata_target() Text;
    extern fn strata_env(name: Text) ?Text;
    extern fn strata_setup_data() Bytes;
    extern fn strata_stage_name(index: u32) ?Text;
    extern fn strata_sleep(ms: f64) void;
    extern fn strata_now() f64;
    extern fn strata_random() f64;
    extern fn strata_log_debug(format: Text, ...) void;
    extern fn strata_log_info(format: Text, ...) void;
    extern fn strata_log_warn(format: Text, ...) void;
    extern fn strata_log_error(format: Text, ...) void;
    extern fn strata_stat(selector: Text, aggregate: Text, number: *Number) Result;
    extern fn strata_values(selector: Text, tag: Text, values: *CTexts) Result;
    extern fn strata_fit_linear(points: [*]const Point, count: usize, line: *Line) Result;
    extern fn strata_fit_usl(points: [*]const Point, count: usize, law: *CUsl) Result;
    extern fn strata_finding_about(findings: *Findings, goal: Text) *Finding;
    extern fn strata_value(finding: *Finding, value: f64) *Finding;
    extern fn strata_value_text(finding: *Finding, format: Text, ...) *Finding;
    extern fn strata_analysis(finding: *Finding, format: Text, ...) *Finding;
    extern fn strata_row(finding: *Finding, label: Text, value: f64, unit: Text, verdict: c_int) *Finding;
    extern fn strata_described() Manifest;
};

fn z(text: []const u8) Text {
    return c.strata_copy_of(text.ptr, text.len);
}

fn slice(bytes: Bytes) [:0]const u8 {
    const data = bytes.data orelse return "";
    return data[0..bytes.size :0];
}

fn optional(text: ?Text) ?[:0]const u8 {
    return std.mem.span(text orelse return null);
}

// --- Memory and errors -------------------------------------------------------------------------------------------

/// Memory until the export is over. Freeing does nothing.
pub const allocator: std.mem.Allocator = .{ .ptr = undefined, .vtable = &arena };

const arena: std.mem.Allocator.VTable = .{
    .alloc = arenaAlloc,
    .resize = std.mem.Allocator.noResize,
    .remap = std.mem.Allocator.noRemap,
    .free = std.mem.Allocator.noFree,
};

fn arenaAlloc(_: *anyopaque, size: usize, alignment: std.mem.Alignment, _: usize) ?[*]u8 {
    // C's memory is aligned to 16; what wants more gets room to be moved.
    const extra = if (alignment.toByteUnits() > 16) alignment.toByteUnits() else 0;
    const place = @intFromPtr(c.strata_alloc(size + extra));
    return @ptrFromInt(alignment.forward(place));
}

/// For what lives shorter than the export: `const scope = strata.Scope.begin(); defer scope.end();` frees what was returned
/// between. A loop that reads much in one iteration wants it.
pub const Scope = extern struct {
    block: ?*anyopaque,
    from: ?[*]u8,

    pub fn begin() Scope {
        return c.strata_scope_begin();
    }
    pub fn end(self: Scope) void {
        const failed = last orelse return c.strata_scope_end(self);
        // An error that leaves the block outlives it.
        const code = c.strata_keep(failed.c_code);
        const message = c.strata_keep(failed.c_message);
        c.strata_scope_end(self);
        last = c.strata_failure(code, "%s", message);
        c.free(code);
        c.free(message);
    }
};

/// A text made of parts: `strata.print("/users/{d}", .{id})`.
pub fn print(comptime format: []const u8, args: anytype) [:0]const u8 {
    return std.fmt.allocPrintSentinel(allocator, format, args, 0) catch "(out of memory)";
}

/// What a call of the engine or `fail` gives.
pub const Error = error{Strata};

var last: Result = null;

fn done(result: Result) Error!void {
    const what = result orelse return;
    last = what;
    return error.Strata;
}

/// Why the newest `error.Strata` came.
pub fn why() Why {
    return if (last) |what| what.* else .{ .c_code = "", .c_message = "" };
}

/// A failure, to be returned.
pub fn fail(code: []const u8, comptime format: []const u8, args: anytype) Error {
    last = c.strata_failure(z(code), "%s", print(format, args).ptr);
    return error.Strata;
}

/// Gives up: writes to standard error and traps, which costs the iteration and the instance with its memory.
pub fn trap(comptime format: []const u8, args: anytype) noreturn {
    c.strata_trap("%s", print(format, args).ptr);
}

// --- The manifest ------------------------------------------------------------------------------------------------

pub const Priority = enum(c_int) { critical, high, medium, low };
pub const Kind = enum(c_int) { counter, gauge, rate, trend };

/// A whole number that may be left out.
pub const Whole = extern struct { given: bool, value: u32 };

/// A stage, to be read in tests. Each function gives the stage back, so that they follow each other.
pub const Stage = extern struct {
    c_name: Text,
    c_executor: Text,
    vus: Whole,
    max_vus: Whole,
    iterations: Whole,
    rate: Whole,
    time_unit_ms: Whole,
    duration_ms: Whole,
    graceful_stop_ms: Whole,
    graceful_ramp_down_ms: Whole,
    start_time_ms: Whole,
    ramps: ?*anyopaque,
    is_warm_up: bool,
    tags: ?*anyopaque,
    options: ?*anyopaque,
    next: ?*Stage,

    pub fn ramp(self: *Stage, ms: u32, to: u32) *Stage {
        return c.strata_ramp(self, ms, to);
    }
    pub fn maxVus(self: *Stage, most: u32) *Stage {
        return c.strata_max_vus(self, most);
    }
    pub fn timeUnit(self: *Stage, ms: u32) *Stage {
        return c.strata_time_unit(self, ms);
    }
    pub fn poisson(self: *Stage) *Stage {
        return c.strata_poisson(self);
    }
    pub fn startTime(self: *Stage, ms: u32) *Stage {
        return c.strata_start_time(self, ms);
    }
    pub fn gracefulStop(self: *Stage, ms: u32) *Stage {
        return c.strata_graceful_stop(self, ms);
    }
    pub fn gracefulRampDown(self: *Stage, ms: u32) *Stage {
        return c.strata_graceful_ramp_down(self, ms);
    }
    pub fn maxDuration(self: *Stage, ms: u32) *Stage {
        return c.strata_max_duration(self, ms);
    }
    pub fn warmUp(self: *Stage) *Stage {
        return c.strata_warm_up(self);
    }
    pub fn tag(self: *Stage, name: []const u8, value: []const u8) *Stage {
        return c.strata_tag(self, z(name), z(value));
    }
};

/// A goal, to be read in tests; without a selector the scenario judges it.
pub const Goal = extern struct {
    c_name: Text,
    c_unit: Text,
    c_op: Text,
    target: f64,
    c_warn: Number,
    c_selector: ?Text,
    c_aggregate: ?Text,
    options: ?*anyopaque,
    next: ?*Goal,

    /// The engine takes the number from its measurements: `"http_req_duration{stage:warm}", "p(95)"`.
    pub fn measured(self: *Goal, selector: []const u8, aggregate: []const u8) *Goal {
        return c.strata_measured(self, z(selector), z(aggregate));
    }
    /// A miss up to here is a WARNING, beyond it FAILED.
    pub fn warn(self: *Goal, bound: f64) *Goal {
        return c.strata_warn_bound(self, bound);
    }
    /// Looks at windows of so many seconds, one by one; `percent` of them must meet the goal.
    pub fn inWindows(self: *Goal, seconds: u32, percent: f64) *Goal {
        return c.strata_in_windows(self, seconds, percent);
    }
    /// Ends the load when the goal is missed, once it has run for so long.
    pub fn abortOnFail(self: *Goal, delay_ms: u32) *Goal {
        return c.strata_abort_on_fail(self, delay_ms);
    }
};

/// What a scenario is. Stages run in the order in which they are added; durations are in milliseconds.
pub const Manifest = extern struct {
    c_name: ?Text,
    has_layer: bool,
    layer_number: u32,
    c_layer_title: ?Text,
    c_layer_area: ?Text,
    stages: ?*Stage,
    goals: ?*Goal,
    metrics: ?*anyopaque,
    c_fix_priority: Priority,
    needs: ?*anyopaque,

    pub fn name(self: *Manifest, text: []const u8) void {
        c.strata_name(self, z(text));
    }
    pub fn layer(self: *Manifest, number: u32, title: []const u8, area: []const u8) void {
        c.strata_layer(self, number, z(title), z(area));
    }
    pub fn fixPriority(self: *Manifest, priority: Priority) void {
        c.strata_fix_priority(self, priority);
    }
    pub fn metric(self: *Manifest, own: Metric) void {
        c.strata_declare(self, own.kind, own.name, own.unit);
    }
    pub fn needsHost(self: *Manifest, host: []const u8) void {
        c.strata_needs_host(self, z(host));
    }
    /// A key of `env`: one that is not asked for is never there.
    pub fn needsEnv(self: *Manifest, key: []const u8) void {
        c.strata_needs_env(self, z(key));
    }
    /// A set of rows, given by `--data NAME=FILE` or the phase file.
    pub fn needsData(self: *Manifest, set: []const u8) void {
        c.strata_needs_data(self, z(set));
    }
    /// A space of values that all virtual users share, in all layers that ask for it.
    pub fn needsKv(self: *Manifest, space: []const u8) void {
        c.strata_needs_kv(self, z(space));
    }
    /// A secret, given by `--secret` or the phase file.
    pub fn needsSecret(self: *Manifest, named: []const u8) void {
        c.strata_needs_secret(self, z(named));
    }
    pub fn constantVus(self: *Manifest, stage: []const u8, vus: u32, ms: u32) *Stage {
        return c.strata_constant_vus(self, z(stage), vus, ms);
    }
    pub fn perVuIterations(self: *Manifest, stage: []const u8, vus: u32, count: u32) *Stage {
        return c.strata_per_vu_iterations(self, z(stage), vus, count);
    }
    pub fn sharedIterations(self: *Manifest, stage: []const u8, vus: u32, count: u32) *Stage {
        return c.strata_shared_iterations(self, z(stage), vus, count);
    }
    pub fn rampingVus(self: *Manifest, stage: []const u8, vus: u32) *Stage {
        return c.strata_ramping_vus(self, z(stage), vus);
    }
    pub fn constantArrivalRate(self: *Manifest, stage: []const u8, rate: u32, vus: u32, ms: u32) *Stage {
        return c.strata_constant_arrival_rate(self, z(stage), rate, vus, ms);
    }
    pub fn rampingArrivalRate(self: *Manifest, stage: []const u8, rate: u32, vus: u32) *Stage {
        return c.strata_ramping_arrival_rate(self, z(stage), rate, vus);
    }
    pub fn atLeast(self: *Manifest, goal: []const u8, wanted: f64, unit: []const u8) *Goal {
        return c.strata_at_least(self, z(goal), wanted, z(unit));
    }
    pub fn atMost(self: *Manifest, goal: []const u8, wanted: f64, unit: []const u8) *Goal {
        return c.strata_at_most(self, z(goal), wanted, z(unit));
    }
    pub fn above(self: *Manifest, goal: []const u8, wanted: f64, unit: []const u8) *Goal {
        return c.strata_above(self, z(goal), wanted, z(unit));
    }
    pub fn below(self: *Manifest, goal: []const u8, wanted: f64, unit: []const u8) *Goal {
        return c.strata_below(self, z(goal), wanted, z(unit));
    }
};

/// A metric of the scenario's own: a constant that is declared in the manifest and written to in iterations.
pub const Metric = struct {
    kind: Kind,
    name: Text,
    unit: Text = "",

    /// Errors: `unknown-metric`, `bad-value`.
    pub fn add(self: Metric, value: f64) Error!void {
        return done(c.strata_add(self.name, value));
    }
    pub fn addTagged(self: Metric, value: f64, tag: []const u8, tag_value: []const u8) Error!void {
        return done(c.strata_add_tagged(self.name, value, z(tag), z(tag_value)));
    }
};

// --- Requests ----------------------------------------------------------------------------------------------------

/// A header.
pub const Header = struct { name: []const u8, value: []const u8 };

const CPart = extern struct { name: ?Text = null, content: Bytes = .{}, file_name: ?Text = null, content_type: ?Text = null };

/// A part of a `multipart/form-data` body.
pub const Part = struct {
    name: []const u8,
    content: []const u8,
    /// Of a file; null for a field.
    file_name: ?[]const u8 = null,
    content_type: []const u8 = "application/octet-stream",
};

/// All of what `setup` returned, or the bytes from `from` up to `to`.
pub const FromSetup = struct { from: u32 = 0, to: u32 = 0 };

const CRequest = extern struct {
    method: ?Text,
    url: ?Text,
    headers: [*]const CPair,
    body: Bytes,
    name: ?Text,
    timeout_ms: u32,
    discard_body: bool,
    connect_timeout_ms: u32,
    first_byte_timeout_ms: u32,
    redirects: i32,
    cookies: c_int,
    compression: ?Text,
    keep_encoded: bool,
    basic_auth: ?Text,
    bearer_auth: ?Text,
    body_from_setup: bool,
    setup_from: u32,
    setup_to: u32,
};

fn liftedHeaders(pairs: [*]const CPair) []const Header {
    var count: usize = 0;
    while (pairs[count].name != null) count += 1;
    const all = allocator.alloc(Header, count) catch trap("out of memory", .{});
    for (all, pairs) |*header, pair| {
        header.* = .{ .name = optional(pair.name) orelse "", .value = optional(pair.value) orelse "" };
    }
    return all;
}

fn lentHeaders(headers: []const Header) [*]const CPair {
    const pairs = allocator.alloc(CPair, headers.len + 1) catch trap("out of memory", .{});
    for (headers, pairs[0..headers.len]) |header, *pair| pair.* = .{ .name = z(header.name), .value = z(header.value) };
    pairs[headers.len] = .{};
    return pairs.ptr;
}

/// What to ask for: `strata.Request{ .method = "POST", .url = "/login", .body = "..." }`.
pub const Request = struct {
    method: []const u8 = "GET",
    /// Absolute, or a path that is appended to the target's base URL.
    url: []const u8,
    headers: []const Header = &.{},
    body: []const u8 = "",
    /// The tag `name` in reports; empty means the path.
    name: []const u8 = "",
    /// Until the last byte of the answer; 0: what the run says, or 60,000.
    timeout_ms: u32 = 0,
    /// Until the connection is open; 0: what the run says, or 10,000.
    connect_timeout_ms: u32 = 0,
    /// From when the request goes out to the first byte of the answer; 0: what the run says, or `timeout_ms`.
    first_byte_timeout_ms: u32 = 0,
    /// Reads the answer's body from the wire and forgets it.
    discard_body: bool = false,
    /// How many redirects are followed, at most 100; null: what the run says, or 10. 0 gives the first answer.
    redirects: ?u31 = null,
    /// Whether the user's cookies go with it, and the answer's are kept; null: what the run says, or yes.
    cookies: ?bool = null,
    /// What the answer may be compressed with: `gzip, br, zstd, deflate`, `all` or `none`; null: what the run says, or
    /// `none`. A kept body is decoded.
    compression: ?[]const u8 = null,
    /// Leaves a compressed body as it came.
    keep_encoded: bool = false,
    /// The header `authorization` of a user, who has no colon, with a password.
    basic_auth: ?struct { user: []const u8, password: []const u8 } = null,
    /// The header `authorization` with a token.
    bearer_auth: ?[]const u8 = null,
    /// The body is what `setup` returned, which all users share, or a part of it: the way for large uploads.
    body_from: ?FromSetup = null,

    fn lent(self: Request) CRequest {
        return .{
            .method = z(self.method),
            .url = z(self.url),
            .headers = lentHeaders(self.headers),
            .body = .{ .data = self.body.ptr, .size = self.body.len },
            .name = z(self.name),
            .timeout_ms = self.timeout_ms,
            .discard_body = self.discard_body,
            .connect_timeout_ms = self.connect_timeout_ms,
            .first_byte_timeout_ms = self.first_byte_timeout_ms,
            .redirects = if (self.redirects) |most| (if (most == 0) -1 else most) else 0,
            .cookies = if (self.cookies) |yes| (if (yes) 1 else 2) else 0,
            .compression = if (self.compression) |codings| z(codings) else null,
            .keep_encoded = self.keep_encoded,
            .basic_auth = if (self.basic_auth) |of| print("{s}:{s}", .{ of.user, of.password }) else null,
            .bearer_auth = if (self.bearer_auth) |token| z(token) else null,
            .body_from_setup = self.body_from != null,
            .setup_from = if (self.body_from) |part| part.from else 0,
            .setup_to = if (self.body_from) |part| part.to else 0,
        };
    }

    /// The request with the fields of a form for a body, `application/x-www-form-urlencoded`.
    pub fn form(self: Request, fields: []const Header) Request {
        return self.encoded(c.strata_form(self.lent(), lentHeaders(fields)));
    }

    /// The request with parts for a body, `multipart/form-data`: fields and files.
    pub fn multipart(self: Request, parts: []const Part) Request {
        const lent_parts = allocator.alloc(CPart, parts.len + 1) catch trap("out of memory", .{});
        for (parts, lent_parts[0..parts.len]) |part, *one| one.* = .{
            .name = z(part.name),
            .content = .{ .data = part.content.ptr, .size = part.content.len },
            .file_name = if (part.file_name) |name| z(name) else null,
            .content_type = z(part.content_type),
        };
        lent_parts[parts.len] = .{};
        return self.encoded(c.strata_multipart(self.lent(), lent_parts.ptr));
    }

    fn encoded(self: Request, made: CRequest) Request {
        var request = self;
        request.headers = liftedHeaders(made.headers);
        request.body = slice(made.body);
        return request;
    }

    /// Sends and waits for the status and the headers; the body is read from what this gives. Redirects are not followed
    /// and nothing is decoded.
    pub fn open(self: Request) Error!Incoming {
        var incoming: Incoming = undefined;
        try done(c.strata_open(self.lent(), &incoming));
        return incoming;
    }

    /// Sends and waits for the whole answer. Copies headers and body, which is the larger part of its cost.
    pub fn send(self: Request) Error!Response {
        var answer: CResponse = undefined;
        try done(c.strata_send(self.lent(), &answer));
        return .{ .c_response = answer, .status = answer.status, .timings = answer.timings };
    }

    /// Checks and encodes. Costs a few microseconds; do it once, in `start`.
    pub fn prepare(self: Request) Error!Prepared {
        var prepared: Prepared = undefined;
        try done(c.strata_prepare(self.lent(), &prepared));
        return prepared;
    }
};

/// Where the time of a request went, in milliseconds.
pub const Timings = extern struct {
    blocked: f64,
    dns: f64,
    connecting: f64,
    tls: f64,
    sending: f64,
    waiting: f64,
    receiving: f64,
    duration: f64,
};

const CResponse = extern struct { status: u32, protocol: Text, headers: [*]const CPair, body: Bytes, timings: Timings };

/// A whole answer.
pub const Response = struct {
    c_response: CResponse,
    status: u32,
    timings: Timings,

    pub fn body(self: Response) [:0]const u8 {
        return slice(self.c_response.body);
    }
    /// The first value of a header; the name in any case.
    pub fn header(self: Response, name: []const u8) ?[:0]const u8 {
        return optional(c.strata_response_header(&self.c_response, z(name)));
    }
    /// In the order received, names in lower case.
    pub fn headers(self: Response) []const Header {
        return liftedHeaders(self.c_response.headers);
    }
};

/// An answer whose headers and body stay with the engine until this user's next request.
pub const Brief = extern struct {
    status: u32,
    /// Bytes of the body.
    length: u32,
    timings: Timings,
    index: u32,

    /// Empty if it was discarded, or if another request was sent since.
    pub fn body(self: Brief) [:0]const u8 {
        return slice(c.strata_body(self));
    }
    /// Bytes that are not UTF-8 are replaced.
    pub fn text(self: Brief) [:0]const u8 {
        return std.mem.span(c.strata_body_text(self));
    }
    /// The first value of a header; the name in any case.
    pub fn header(self: Brief, name: []const u8) ?[:0]const u8 {
        return optional(c.strata_header(self, z(name)));
    }
    /// In the order received, names in lower case.
    pub fn headers(self: Brief) []const Header {
        return liftedHeaders(c.strata_headers(self));
    }
};

const COverrides = extern struct { url: ?Text, headers: [*]const CPair, body: Bytes };

/// What is different in one sending of a prepared request; what is left out stays.
pub const Overrides = struct {
    url: ?[]const u8 = null,
    /// Added after the prepared headers.
    headers: []const Header = &.{},
    body: ?[]const u8 = null,
};

/// A request that is checked and encoded once and sent many times.
pub const Prepared = extern struct {
    handle: i32,

    /// Sends it: the fast way.
    pub fn send(self: Prepared) Error!Brief {
        var answer: Brief = undefined;
        try done(c.strata_send_prepared(self, &answer));
        return answer;
    }
    /// Sends it with differences.
    pub fn sendWith(self: Prepared, overrides: Overrides) Error!Brief {
        const body: Bytes = if (overrides.body) |bytes| .{ .data = bytes.ptr, .size = bytes.len } else .{};
        const lent: COverrides = .{
            .url = if (overrides.url) |url| z(url) else null,
            .headers = lentHeaders(overrides.headers),
            .body = body,
        };
        var answer: Brief = undefined;
        try done(c.strata_send_with(self, lent, &answer));
        return answer;
    }
    /// Gives it back.
    pub fn forget(self: Prepared) void {
        c.strata_forget(self);
    }
};

const CSent = extern struct { result: Result, answer: CResponse };
const CSentPrepared = extern struct { result: Result, answer: Brief };

/// One of several answers.
pub fn Sent(comptime Answer: type) type {
    return union(enum) { answer: Answer, failed: Why };
}

/// Sends requests at the same time and waits for all answers, which come in the order of the requests. At most 256.
pub fn sendAll(requests: []const Request) []const Sent(Response) {
    const lent = allocator.alloc(CRequest, requests.len) catch trap("out of memory", .{});
    for (requests, lent) |request, *one| one.* = request.lent();
    const sent = c.strata_send_all(lent.ptr, lent.len);
    const answers = allocator.alloc(Sent(Response), requests.len) catch trap("out of memory", .{});
    for (answers, 0..) |*answer, i| {
        const found = sent[i].answer;
        answer.* = if (sent[i].result) |failed| .{ .failed = failed.* } else .{
            .answer = .{ .c_response = found, .status = found.status, .timings = found.timings },
        };
    }
    return answers;
}

/// As `sendAll`, for prepared requests: the cheapest way to send several.
pub fn sendAllPrepared(requests: []const Prepared) []const Sent(Brief) {
    const sent = c.strata_send_all_prepared(requests.ptr, requests.len);
    const answers = allocator.alloc(Sent(Brief), requests.len) catch trap("out of memory", .{});
    for (answers, 0..) |*answer, i| {
        answer.* = if (sent[i].result) |failed| .{ .failed = failed.* } else .{ .answer = sent[i].answer };
    }
    return answers;
}

// --- Answers that are read while they come, and cookies -----------------------------------------------------------

const CPiece = extern struct { at_ms: f64, body: Bytes };
const CEvent = extern struct { at_ms: f64, kind: ?Text, data: ?Text, id: ?Text };

/// A piece of a body.
pub const Piece = struct {
    /// When the engine read it, on the clock of `now`.
    at_ms: f64,
    body: [:0]const u8,
};

/// An event of a `text/event-stream`.
pub const Event = struct {
    at_ms: f64,
    /// `message` unless the server says otherwise.
    kind: [:0]const u8,
    data: [:0]const u8,
    id: [:0]const u8,
};

/// A long body, or server-sent events: `var answer = try request.open(); defer answer.close();`. It belongs to the iteration
/// that opened it.
pub const Incoming = extern struct {
    handle: i32,

    pub fn status(self: Incoming) u32 {
        return c.strata_incoming_status(self);
    }
    /// In the order received, names in lower case.
    pub fn headers(self: Incoming) []const Header {
        return liftedHeaders(c.strata_incoming_headers(self));
    }
    /// Waits for the next piece, of at most `max` bytes; null at the end of the body.
    pub fn read(self: Incoming, max: u32) Error!?Piece {
        var piece: CPiece = undefined;
        try done(c.strata_read(self, max, &piece));
        return if (piece.body.size == 0) null else .{ .at_ms = piece.at_ms, .body = slice(piece.body) };
    }
    /// Waits for the next event; null at the end of the body.
    pub fn nextEvent(self: Incoming) Error!?Event {
        var event: CEvent = undefined;
        try done(c.strata_next_event(self, &event));
        const kind = optional(event.kind) orelse return null;
        return .{
            .at_ms = event.at_ms,
            .kind = kind,
            .data = optional(event.data) orelse "",
            .id = optional(event.id) orelse "",
        };
    }
    /// Gives it back, and its connection with it if it has not ended.
    pub fn close(self: *Incoming) void {
        c.strata_close(self);
    }
};

/// The cookies of this user that would go to a URL, in the order in which they are sent.
pub fn cookies(url: []const u8) []const Header {
    return liftedHeaders(c.strata_cookies(z(url)));
}
/// Takes a cookie as if the server at a URL had set it: `session=1; Path=/`.
pub fn setCookie(url: []const u8, line: []const u8) Error!void {
    try done(c.strata_set_cookie(z(url), z(line)));
}
/// Forgets all cookies of this user, who keeps them from iteration to iteration otherwise.
pub fn clearCookies() void {
    c.strata_clear_cookies();
}

// --- Rows and shared values ---------------------------------------------------------------------------------------

/// Which row is taken: the one after that which was taken last, any, that of the user's number, one that nobody has had.
pub const Order = enum(c_int) { sequential, random, per_vu, unique };

/// A row: columns and cells, in the order of the file.
pub const Row = struct {
    cells: []const Header,

    /// The cell of a column.
    pub fn get(self: Row, column: []const u8) ?[]const u8 {
        for (self.cells) |cell| if (std.mem.eql(u8, cell.name, column)) return cell.value;
        return null;
    }
};

/// A set of rows, which the manifest asks for with `needsData`: `(strata.Data{ .set = "users" }).take(.unique)`.
pub const Data = struct {
    set: []const u8,

    pub fn length(self: Data) Error!u32 {
        var rows: u32 = undefined;
        try done(c.strata_data_length(z(self.set), &rows));
        return rows;
    }
    pub fn columns(self: Data) Error![]const [:0]const u8 {
        var names: CTexts = undefined;
        try done(c.strata_data_columns(z(self.set), &names));
        return texts(names);
    }
    /// The row of an index, from 0; takes nothing. Error: `no-such-row`.
    pub fn row(self: Data, index: u32) Error!Row {
        var found: [*]const CPair = undefined;
        try done(c.strata_data_row(z(self.set), index, &found));
        return .{ .cells = liftedHeaders(found) };
    }
    /// Takes a row. Where there is none left it is `end-of-data`: pass it on with `try`, and the iteration was none.
    pub fn take(self: Data, order: Order) Error!Row {
        var found: [*]const CPair = undefined;
        try done(c.strata_data_take(z(self.set), order, &found));
        return .{ .cells = liftedHeaders(found) };
    }
};

/// Values that all users share, in a space that the manifest asks for with `needsKv`.
pub const Space = struct {
    name: []const u8,

    /// A value, if it is there.
    pub fn get(self: Space, key: []const u8) Error!?[:0]const u8 {
        var found: ?Text = undefined;
        try done(c.strata_kv_get(z(self.name), z(key), &found));
        return optional(found);
    }
    pub fn set(self: Space, key: []const u8, text: []const u8) Error!void {
        try done(c.strata_kv_set(z(self.name), z(key), z(text)));
    }
    pub fn delete(self: Space, key: []const u8) Error!void {
        try done(c.strata_kv_delete(z(self.name), z(key)));
    }
    /// Adds to a number, 0 if it is not there, and gives the sum. Error: `bad-value`.
    pub fn add(self: Space, key: []const u8, by: f64) Error!f64 {
        var sum: f64 = undefined;
        try done(c.strata_kv_add(z(self.name), z(key), by, &sum));
        return sum;
    }
    /// Puts a value at the end of a queue.
    pub fn push(self: Space, queue: []const u8, text: []const u8) Error!void {
        try done(c.strata_kv_push(z(self.name), z(queue), z(text)));
    }
    /// Takes the oldest value of a queue, waiting for one at most so long; null if none came.
    pub fn pop(self: Space, queue: []const u8, wait_ms: u32) Error!?[:0]const u8 {
        var found: ?Text = undefined;
        try done(c.strata_kv_pop(z(self.name), z(queue), wait_ms, &found));
        return optional(found);
    }
    pub fn queueLength(self: Space, queue: []const u8) Error!u32 {
        var held: u32 = undefined;
        try done(c.strata_kv_length(z(self.name), z(queue), &held));
        return held;
    }
    /// Waits until so many users are at a barrier, this one included. Errors: `timeout`, `bad-value`.
    pub fn meet(self: Space, barrier: []const u8, parties: u32, wait_ms: u32) Error!void {
        try done(c.strata_kv_meet(z(self.name), z(barrier), parties, wait_ms));
    }
};

// --- Checks, the run and lines -----------------------------------------------------------------------------------

/// Counts whether something held, in the rate `checks`.
pub fn check(name: []const u8, held: bool) void {
    _ = c.strata_check(z(name), held);
}
/// The base URL of the target without a slash at its end.
pub fn target() [:0]const u8 {
    return std.mem.span(c.strata_target());
}
/// A value given by `--env NAME=VALUE` or the phase file, of a key that the manifest asks for.
pub fn env(name: []const u8) ?[:0]const u8 {
    return optional(c.strata_env(z(name)));
}
/// What `setup` returned. A copy each time.
pub fn setupData() [:0]const u8 {
    return slice(c.strata_setup_data());
}
/// The same, bytes that are not UTF-8 replaced.
pub fn setupText() [:0]const u8 {
    return std.mem.span(c.strata_setup_text());
}
/// A secret that the manifest asks for with `needsSecret`; reports show `***`. Error: `not-granted`.
pub fn secret(name: []const u8) Error![:0]const u8 {
    var found: Text = undefined;
    try done(c.strata_secret(z(name), &found));
    return std.mem.span(found);
}
pub fn stageName(index: u32) ?[:0]const u8 {
    return optional(c.strata_stage_name(index));
}
/// Waits, without holding up other users.
pub fn sleep(ms: f64) void {
    c.strata_sleep(ms);
}
/// Milliseconds since the run began.
pub fn now() f64 {
    return c.strata_now();
}
/// A number of at least 0 and below 1 that follows from the run's seed.
pub fn random() f64 {
    return c.strata_random();
}
var generator_state: ?std.Random.DefaultPrng = null;
/// A generator that is seeded from the run's seed, one for each user.
pub fn generator() std.Random {
    if (generator_state == null) {
        generator_state = .init(@intFromFloat(random() * 9007199254740992.0));
    }
    return generator_state.?.random();
}

pub fn debug(comptime format: []const u8, args: anytype) void {
    c.strata_log_debug("%s", print(format, args).ptr);
}
pub fn info(comptime format: []const u8, args: anytype) void {
    c.strata_log_info("%s", print(format, args).ptr);
}
pub fn warn(comptime format: []const u8, args: anytype) void {
    c.strata_log_warn("%s", print(format, args).ptr);
}
pub fn err(comptime format: []const u8, args: anytype) void {
    c.strata_log_error("%s", print(format, args).ptr);
}

// --- Results and findings, for `judge` ---------------------------------------------------------------------------

/// One number: `stat("http_req_duration{stage:warm}", "p(95)")`; nothing where there were no samples.
pub fn stat(selector: []const u8, aggregate: []const u8) Error!?f64 {
    var number: Number = undefined;
    try done(c.strata_stat(z(selector), z(aggregate), &number));
    return if (number.given) number.value else null;
}

const CTexts = extern struct { items: [*]const Text, count: usize };

fn texts(found: CTexts) []const [:0]const u8 {
    const all = allocator.alloc([:0]const u8, found.count) catch trap("out of memory", .{});
    for (all, 0..) |*one, i| one.* = std.mem.span(found.items[i]);
    return all;
}

/// The values that a tag has in the selected series, in order, each once; at most 1,000.
pub fn values(selector: []const u8, tag: []const u8) Error![]const [:0]const u8 {
    var found: CTexts = undefined;
    try done(c.strata_values(z(selector), z(tag), &found));
    return texts(found);
}

pub const Point = extern struct { x: f64, y: f64 };
/// `y = intercept + slope * x`, with the slope's 95 % interval.
pub const Line = extern struct { slope: f64, intercept: f64, r_squared: f64, slope_low: f64, slope_high: f64 };
const CUsl = extern struct {
    lambda: f64,
    sigma: f64,
    kappa: f64,
    sigma_low: f64,
    sigma_high: f64,
    r_squared: f64,
    peak: Number,
};
/// The Universal Scalability Law, with sigma's 95 % interval; without a peak throughput rises without an end.
pub const Usl = struct { lambda: f64, sigma: f64, kappa: f64, sigma_low: f64, sigma_high: f64, r_squared: f64, peak: ?f64 };

pub fn fitLinear(points: []const Point) Error!Line {
    var line: Line = undefined;
    try done(c.strata_fit_linear(points.ptr, points.len, &line));
    return line;
}

pub fn fitUsl(points: []const Point) Error!Usl {
    var law: CUsl = undefined;
    try done(c.strata_fit_usl(points.ptr, points.len, &law));
    return .{
        .lambda = law.lambda,
        .sigma = law.sigma,
        .kappa = law.kappa,
        .sigma_low = law.sigma_low,
        .sigma_high = law.sigma_high,
        .r_squared = law.r_squared,
        .peak = if (law.peak.given) law.peak.value else null,
    };
}

/// What was found out about a goal. Each function gives the finding back, so that they follow each other.
pub const Finding = opaque {
    pub fn value(self: *Finding, number: f64) *Finding {
        return c.strata_value(self, number);
    }
    pub fn text(self: *Finding, comptime format: []const u8, args: anytype) *Finding {
        return c.strata_value_text(self, "%s", print(format, args).ptr);
    }
    pub fn analysis(self: *Finding, comptime format: []const u8, args: anytype) *Finding {
        return c.strata_analysis(self, "%s", print(format, args).ptr);
    }
    /// `passed` is null where the row only informs.
    pub fn row(self: *Finding, label: []const u8, number: f64, unit: []const u8, passed: ?bool) *Finding {
        const verdict: c_int = if (passed) |held| (if (held) 1 else 2) else 0;
        return c.strata_row(self, z(label), number, z(unit), verdict);
    }
};

pub const Findings = opaque {
    /// Adds a finding, so far without a number, which means NO DATA for a judged goal.
    pub fn about(self: *Findings, goal: []const u8) *Finding {
        return c.strata_finding_about(self, z(goal));
    }
};

// --- The scenario ------------------------------------------------------------------------------------------------

/// What one call of `iteration` is told.
pub const Context = extern struct {
    /// The virtual user, from 1.
    vu: u32,
    /// How many iterations this user began before this one, over all stages; counts on after a trap.
    iteration: u32,
    /// The stage that is running, as an index.
    stage: u32,
};

fn ended(returned: anyerror!void) Result {
    returned catch |failed| {
        if (failed == error.Strata) return last;
        return c.strata_failure("exception", "%s", print("error.{s}", .{@errorName(failed)}).ptr);
    };
    return null;
}

/// Makes the component of a file. Beside `describe` and `iteration` it may have `start() !void`, which is called once
/// per virtual user as part of its first iteration, `setup() ![]const u8`, `judge(*strata.Findings) !void` and
/// `teardown() !void`.
pub fn scenario(comptime Scenario: type) void {
    const exported = struct {
        fn describe(manifest: *Manifest) callconv(.c) void {
            Scenario.describe(manifest);
        }
        fn iteration(context: *const Context) callconv(.c) Result {
            last = null;
            return ended(Scenario.iteration(context.*));
        }
        fn start() callconv(.c) Result {
            last = null;
            return ended(Scenario.start());
        }
        fn setup(data: *Bytes) callconv(.c) Result {
            last = null;
            const made: anyerror![]const u8 = Scenario.setup();
            const bytes = made catch |failed| return ended(failed);
            data.* = .{ .data = bytes.ptr, .size = bytes.len };
            return null;
        }
        fn judge(findings: *Findings) callconv(.c) Result {
            last = null;
            return ended(Scenario.judge(findings));
        }
        fn teardown() callconv(.c) Result {
            last = null;
            return ended(Scenario.teardown());
        }
    };
    @export(&exported.describe, .{ .name = "scenario_describe" });
    @export(&exported.iteration, .{ .name = "scenario_iteration" });
    if (@hasDecl(Scenario, "start")) @export(&exported.start, .{ .name = "scenario_start" });
    if (@hasDecl(Scenario, "setup")) @export(&exported.setup, .{ .name = "scenario_setup" });
    if (@hasDecl(Scenario, "judge")) @export(&exported.judge, .{ .name = "scenario_judge" });
    if (@hasDecl(Scenario, "teardown")) @export(&exported.teardown, .{ .name = "scenario_teardown" });
}

/// For tests on your own machine: what `describe` says. A call of the engine ends the program there.
pub fn described() Manifest {
    return c.strata_described();
}
