//! What a virtual user of @NAME@ does, and what its numbers must be.

const std = @import("std");
const strata = @import("strata");

var front: strata.Prepared = undefined;

pub fn describe(m: *strata.Manifest) void {
    m.name("@NAME@");
    // @LAYER-BEGIN@
    m.layer(@LAYER@, "@NAME@", "Area of the system");
    // @LAYER-END@
    _ = m.constantVus("main", 2, 5000);
    _ = m.atLeast("checks", 99, "%").measured("checks", "rate");
    _ = m.atMost("p95", 200, "ms").measured("http_req_duration", "p(95)");
}

/// Once per virtual user: what every iteration needs.
pub fn start() !void {
    front = try (strata.Request{ .url = "/", .name = "front page" }).prepare();
}

/// Over and over.
pub fn iteration(_: strata.Context) !void {
    const answer = try front.send();
    strata.check("status is 200", answer.status == 200);
}

comptime {
    strata.scenario(@This());
}

test "every goal is measured" {
    const manifest = strata.described();
    try std.testing.expectEqualStrings("@NAME@", std.mem.span(manifest.c_name.?));
    var goal = manifest.goals;
    while (goal) |one| : (goal = one.next) try std.testing.expect(one.c_selector != null);
}
