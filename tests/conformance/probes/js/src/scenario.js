// The probe in JavaScript: what `tests/conformance/probe` does, by the same names, as far as the language can.
//
// | env | values |
// |---|---|
// | `mode` | what `iteration` does: see modes.js |
// | `ms` | how long mode `sleep` waits and mode `compute` computes, default 100 |
// | `nobody` | a base URL that nobody listens at, for mode `errors` |
// | `describe` | `rich`, `shared` give other manifests |
// | `setup` | `data` returns `from setup`, which each iteration then checks; `fail`, `trap` |
// | `judge` | `fail`, `trap`, `endless`, `lie`, `results` |
// | `teardown` | `fail`, `trap` |
//
// What is told to trap throws, which is as near as JavaScript comes.

import { check, Failure, run, scenario } from "strata";

import { endless, everything } from "./judging.js";
import { described } from "./manifest.js";
import { runMode } from "./modes.js";

const FROM_SETUP = new TextEncoder().encode("from setup");

const same = (one, other) => one.length === other.length && one.every((byte, index) => byte === other[index]);

export default scenario({
  describe: () => described(run.env("describe")),

  setup() {
    switch (run.env("setup")) {
      case "data":
        return FROM_SETUP;
      case "fail":
        throw new Failure("probe-setup", "setup was told to fail");
      case "trap":
        throw new Error("setup was told to trap");
    }
  },

  start() {
    return { mode: run.env("mode") ?? "ok", expectsData: run.env("setup") === "data", iterations: 0 };
  },

  iteration(context, state) {
    state.iterations += 1;
    if (state.expectsData) check("setup data arrives", same(run.setupData(), FROM_SETUP));
    return runMode(state.mode, context, state.iterations);
  },

  judge() {
    switch (run.env("judge")) {
      case "fail":
        throw new Failure("probe-judge", "judge was told to fail");
      case "trap":
        throw new Error("judge was told to trap");
      case "lie":
        return [
          { goal: "no-such-goal", value: 1, analysis: "the manifest has no such goal" },
          { goal: "checks", value: NaN, breakdown: [{ label: "not a number", value: NaN }, ...endless()] },
        ];
      case "results":
        return { goal: "checks", breakdown: everything() };
      case "endless":
        return { goal: "checks", breakdown: endless() };
    }
  },

  teardown() {
    switch (run.env("teardown")) {
      case "fail":
        throw new Failure("probe-teardown", "teardown was told to fail");
      case "trap":
        throw new Error("teardown was told to trap");
    }
  },
});
