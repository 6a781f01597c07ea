import assert from "node:assert/strict";
import { test } from "node:test";

import scenario from "../.build/scenario.js";
import { conclude, point, selector } from "../.build/verdict.js";

const SLOW = [
  { path: "/api/posts/feed", rate: 24.47 },
  { path: "/api/groups", rate: 9.38 },
  { path: "/api/events/sidebar", rate: 44.82 },
  { path: "/api/friends/suggestions", rate: 10.81 },
];

const scaling = ([one, eight], sigma) => ({
  path: "/api/events/sidebar",
  levels: [
    { users: 1, rate: one, ms: 1000 / one },
    { users: 8, rate: eight, ms: 8000 / eight },
  ],
  law: { lambda: 44.82, sigma, kappa: 0, sigmaLow: Math.max(sigma - 0.02, 0), sigmaHigh: sigma + 0.02, rSquared: 1 },
});

test("the stages are the endpoints and then fewer users", () => {
  const stages = scenario.describe().stages.map(({ name, vus, durationMs }) => [name, vus, durationMs]);
  assert.deepEqual(stages.slice(0, 2), [["feed", 8, 1500], ["groups", 8, 1500]]);
  assert.deepEqual(stages.slice(2), [
    ["sidebar", 8, 1500],
    ["suggestions", 8, 1500],
    ["sidebar-1", 1, 500],
    ["sidebar-2", 2, 500],
    ["sidebar-3", 3, 500],
    ["sidebar-4", 4, 500],
    ["sidebar-6", 6, 500],
  ]);
});

test("the judged goal is the one that the finding names", () => {
  const judged = scenario.describe().goals.filter((goal) => goal.measure === undefined);
  assert.deepEqual(judged.map((goal) => goal.name), [conclude([]).goal]);
});

test("the number is the mean of the rates, and each endpoint has its mark", () => {
  const finding = conclude(SLOW);
  assert.ok(Math.abs(finding.value - 22.37) < 1e-9);
  assert.equal(finding.text, "22.37 req/s");
  assert.deepEqual(finding.breakdown.map(({ value, passed }) => [value, passed]), [
    [24.47, true],
    [9.38, false],
    [44.82, true],
    [10.81, false],
  ]);
  assert.equal(
    finding.analysis,
    "2 of 4 endpoints below 20 req/s: /api/groups (9.38 req/s), /api/friends/suggestions (10.81 req/s)",
  );
});

test("a throughput that does not rise is said with its contention", () => {
  const { analysis } = conclude(SLOW, scaling([44.7, 44.82], 0.997));
  assert.ok(
    analysis.endsWith(
      "; throughput does not rise with concurrency: /api/events/sidebar answers 44.7 req/s with 1 and 44.82 with 8 users, " +
        "contention sigma 0.997 (95 % interval 0.977 to 1.017), so requests are handled one at a time",
    ),
    analysis,
  );
  const rises = conclude([{ path: "/a", rate: 200 }], scaling([45, 358], 0.001)).analysis;
  assert.ok(rises.endsWith("sigma 0.001 (95 % interval 0.000 to 0.021)"), rises);
  assert.equal(conclude(SLOW, { ...scaling([1, 1], 0), law: undefined }).analysis, conclude(SLOW).analysis);
});

test("without good answers there is less to say", () => {
  const one = conclude([{ path: "/a", rate: 100 }, { path: "/b" }]);
  assert.equal(one.value, 50);
  assert.equal(one.analysis, "1 of 2 endpoints below 20 req/s: /b (0.00 req/s)");
  assert.deepEqual(conclude([{ path: "/a" }]), { goal: "throughput", analysis: "No endpoint gave a good answer" });
  const slow = conclude([{ path: "/a", rate: 30 }]).analysis;
  assert.equal(slow, "All endpoints answer 20 req/s or more, but their mean is below 50");
});

test("points and selectors", () => {
  assert.deepEqual(point({ users: 1, rate: 44, ms: 22 }), [1, 44]);
  assert.equal(selector("http_reqs", "feed"), "http_reqs{stage:feed,expected_response:true}");
});
