import assert from "node:assert/strict";
import { test } from "node:test";

import { check, Counter, data, Failure, http, run, scenario, Space, Trend } from "../src/index.js";
import { component } from "../src/component.js";
import { failure, HttpError, raised } from "../src/failure.js";

const stages = [{ name: "main", executor: "constant-vus", vus: 1, duration: "1m30.5s" }];
const made = (more) => scenario({ name: "a", stages, iteration() {}, ...more });

/** What an export throws. */
function thrown(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  assert.fail("nothing was thrown");
}

test("a manifest has every field, and those that were left out are absent", () => {
  const { stages, goals, metrics, needs, fixPriority, layer } = made({
    goals: [
      { name: "p95", op: "<=", target: 200, metric: "http_req_duration", aggregate: "p(95)", over: "10s", met: 95, abortOnFail: true, delay: "5s" },
      { name: "judged", op: ">", target: 1, unit: "things", warn: 2 },
    ],
    metrics: [new Counter("seen"), new Trend("load", "ms")],
    secrets: ["token"],
    kv: ["sessions"],
    data: ["users"],
    env: ["path"],
    hosts: ["a:1"],
  }).describe();
  assert.deepEqual(stages, [
    {
      name: "main",
      executor: "constant-vus",
      vus: 1,
      maxVus: undefined,
      iterations: undefined,
      rate: undefined,
      timeUnitMs: undefined,
      durationMs: 90_500,
      gracefulStopMs: undefined,
      gracefulRampDownMs: undefined,
      startTimeMs: undefined,
      ramps: [],
      warmUp: false,
      tags: [],
      options: [],
    },
  ]);
  const option = (name, value) => ({ name, value });
  assert.deepEqual(goals, [
    {
      name: "p95",
      unit: "",
      op: "<=",
      target: 200,
      warn: undefined,
      measure: { selector: "http_req_duration", aggregate: "p(95)" },
      options: [option("over", "10s"), option("met", "95%"), option("abort-on-fail", "true"), option("delay", "5000ms")],
    },
    { name: "judged", unit: "things", op: ">", target: 1, warn: 2, measure: undefined, options: [] },
  ]);
  assert.deepEqual(metrics, [
    { name: "seen", kind: "counter", unit: "" },
    { name: "load", kind: "trend", unit: "ms" },
  ]);
  assert.deepEqual([fixPriority, layer], ["medium", undefined]);
  assert.deepEqual(needs, [
    { kind: "host", name: "a:1" },
    { kind: "env", name: "path" },
    { kind: "data", name: "users" },
    { kind: "kv", name: "sessions" },
    { kind: "secret", name: "token" },
  ]);
});

test("what is misspelt or missing is said when the scenario is made", () => {
  for (const [more, why] of [
    [{ iteraton() {} }, /the scenario has no `iteraton` \(hint: /],
    [{ iteration: 1 }, /no function `iteration`/],
    [{ judge: 1 }, /`judge` of the scenario is a number/],
    [{ stages: undefined }, /`stages` is not a list/],
    [{ stages: [{ name: "a", executor: "constant-vus", duration: "1 min" }] }, /duration of stage a is `1 min`, which is not a duration/],
    [{ stages: [{ name: "a", executor: "constant-vus", vu: 1 }] }, /stage a has no `vu`/],
    [{ goals: [{ name: "b", op: "<", target: 1, metric: "checks" }] }, /goal b has only one of `metric` and `aggregate`/],
    [{ fixPriority: "urgent" }, /`fixPriority` is `urgent`/],
    [{ describe: () => ({}) }, /the scenario with a `describe` has no `name`/],
  ]) {
    assert.throws(() => made(more), why);
  }
  assert.throws(() => scenario(), /the scenario is undefined and should be an object/);
});

test("a `describe` is asked each time", () => {
  let times = 0;
  const asked = scenario({ describe: () => ({ name: `a${++times}`, stages }), iteration() {} });
  assert.deepEqual([asked.describe().name, asked.describe().name], ["a1", "a2"]);
  const wrong = scenario({ describe: () => ({ name: "a", stage: [] }), iteration() {} });
  assert.throws(() => wrong.describe(), /what `describe` returns has no `stage`/);
});

test("state is made once, and again where that failed", () => {
  const seen = [];
  let fails = true;
  const counting = made({
    start() {
      if (fails) throw new Failure("not-yet", "");
      return { count: 0 };
    },
    iteration(context, state) {
      state.count += 1;
      seen.push([context.vu, state.count]);
      if (state.count === 1) throw new Failure("first", "of all");
    },
  });
  const iterate = () => counting.iteration({ vu: 7, iteration: 0, stage: 0 });
  assert.deepEqual(thrown(iterate), { code: "not-yet", message: "" });
  fails = false;
  assert.deepEqual(thrown(iterate), { code: "first", message: "of all" });
  iterate();
  assert.deepEqual(seen, [[7, 1], [7, 2]]);
});

test("what is thrown becomes a plain failure with its code", async () => {
  assert.deepEqual(failure(new HttpError("timeout", "no answer")), { code: "timeout", message: "no answer" });
  assert.deepEqual(failure(new TypeError("boom")), { code: "exception", message: "TypeError: boom" });
  assert.deepEqual(failure("boom"), { code: "exception", message: "boom" });
  assert.deepEqual(failure({ a: 1 }), { code: "exception", message: "{ a: 1 }" });
  const binding = Object.assign(new Error("see payload"), { payload: { code: "dns", message: "no such host" } });
  assert.ok(raised(binding, HttpError) instanceof HttpError);
  assert.deepEqual(failure(binding), { code: "dns", message: "no such host" });
  const late = made({
    async iteration() {
      throw new Failure("late", "in a promise");
    },
  });
  await assert.rejects(late.iteration({}), (error) => error.code === "late" && !(error instanceof Error));
});

test("a failure names the author's line by the table of the bundle", () => {
  const error = new TypeError("boom");
  error.stack = "    at need (/scenario.bundle.js:4:3)\n    at deep (/scenario.bundle.js:12:30)\n";
  globalThis[Symbol.for("strata.lines")] = {
    sources: ["src/a.ts", "src/b.ts"],
    table: [1, 1, -1, 1, 10, 1, 0, 5, 12, 20, 1, 40, 12, 60, 0, 9],
  };
  try {
    assert.equal(failure(error).message, "TypeError: boom (src/b.ts:40)");
    error.stack = "deep@scenario.bundle.js:11:1";
    assert.equal(failure(error).message, "TypeError: boom (src/a.ts:6)");
    error.stack = "need@scenario.bundle.js:4:1";
    assert.equal(failure(error).message, "TypeError: boom");
  } finally {
    delete globalThis[Symbol.for("strata.lines")];
  }
});

test("exports that were left out do nothing, and others are put into the contract's form", () => {
  const bare = made({});
  assert.equal(bare.setup().length, 0);
  assert.deepEqual([bare.judge(), bare.teardown(), bare.iteration({})], [[], undefined, undefined]);
  const full = made({ setup: () => ({ a: "ü" }), judge: () => ({ goal: "g", breakdown: [{ label: "l", value: 1 }] }) });
  assert.equal(new TextDecoder().decode(full.setup()), '{"a":"ü"}');
  assert.deepEqual([...made({ setup: () => Uint8Array.of(255) }).setup()], [255]);
  assert.deepEqual(full.judge(), [
    {
      goal: "g",
      value: undefined,
      text: undefined,
      analysis: "",
      breakdown: [{ label: "l", value: 1, unit: "", passed: undefined }],
      options: [],
    },
  ]);
  assert.match(thrown(() => made({ setup: () => () => 1 }).setup()).message, /what JSON cannot say/);
});

test("without an engine, what is the engine's says so", () => {
  made({}).describe();
  for (const call of [
    () => http.get("/"),
    () => http.open("/"),
    () => http.cookies("/"),
    () => check("a", true),
    () => run.env("a"),
    () => run.secret("a"),
    () => data.take("a"),
    () => new Space("a").get("b"),
    () => new Counter("a").add(1),
  ]) {
    assert.throws(call, /is the engine's and there is none here \(hint: /);
  }
});

test("requests are checked before they are sent", () => {
  made({}).describe();
  assert.throws(() => http.get("/", { tiemout: 1 }), /the request has no `tiemout` \(hint: /);
  assert.throws(() => http.post("/", { a: 1 }), /the body is of type object \(hint: .*`json` takes plain data/);
});

test("a component has a scenario for its default export", () => {
  assert.ok(component({ default: made({}) }));
  assert.throws(() => component({ iteration() {} }), /`export default scenario\(\{ \.\.\. \}\)`/);
});
