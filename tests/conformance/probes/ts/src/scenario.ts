// The probe in TypeScript: the scenario with types, over the modes of the probe in JavaScript, which knows their names.

import { check, Failure, type Finding, run, scenario } from "strata";

import { endless, everything } from "../../js/src/judging.js";
import { described } from "../../js/src/manifest.js";
import { runMode } from "../../js/src/modes.js";

const FROM_SETUP = new TextEncoder().encode("from setup");

interface State {
  mode: string;
  expectsData: boolean;
  /** Of this instance: 1 again after a trap. */
  iterations: number;
}

const same = (one: Uint8Array, other: Uint8Array): boolean => one.length === other.length && one.every((byte, index) => byte === other[index]);

export default scenario<State>({
  describe: () => described(run.env("describe")),

  setup(): Uint8Array | undefined {
    switch (run.env("setup")) {
      case "data":
        return FROM_SETUP;
      case "fail":
        throw new Failure("probe-setup", "setup was told to fail");
      case "trap":
        throw new Error("setup was told to trap");
    }
  },

  start(): State {
    return { mode: run.env("mode") ?? "ok", expectsData: run.env("setup") === "data", iterations: 0 };
  },

  iteration(context, state) {
    state.iterations += 1;
    if (state.expectsData) check("setup data arrives", same(run.setupData(), FROM_SETUP));
    return runMode(state.mode, context, state.iterations);
  },

  judge(): Finding | Finding[] | undefined {
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
