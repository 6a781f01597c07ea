// What one iteration does, by the name of its mode.
//
// | mode | what happens |
// |---|---|
// | `ok` | `GET /`, check `status is 200` |
// | `fail` | fails with the code `probe` |
// | `throw` | throws a `TypeError` |
// | `spin` | never returns |
// | `compute` | computes for env `ms`, without a pause |
// | `sleep` | waits for env `ms`, checks that the run's clock agrees |
// | `grow` | allocates without end |
// | `recurse` | calls itself without end |
// | `flood-log` | 10,000 log lines with control characters and escape codes |
// | `flood-metrics` | 100,000 checks of different names |
// | `metrics` | one value into each declared metric, refused values and metrics |
// | `context` | what an iteration is told |
// | `random`, `own-random` | ten values of `run.random`, of `Math.random`, into the trend `random` |
// | `print` | one line of `console.log` |
// | `share`, `web`, `stream` | see sharing.js, web.js, streaming.js |
// | others | see sending.js |

import { check, Failure, results, run, sleep, Trend } from "strata";

import { code } from "./judging.js";
import { COUNTER, GAUGE, RANDOM, RATE } from "./manifest.js";
import * as sending from "./sending.js";
import { share } from "./sharing.js";
import { stream } from "./streaming.js";
import { web } from "./web.js";

/** How far the clocks of the guest and the run may be apart in mode `sleep`. */
const TOLERANCE = 50;
/** What mode `grow` takes at a time. */
const GROWTH = 1 << 20;

/** Runs an iteration; `iterations` counts those of this instance, `context.iteration` those of the VU. */
export function runMode(mode, context, iterations) {
  switch (mode) {
    case "ok":
      return sending.ok();
    case "fail":
      throw new Failure("probe", `iteration ${context.iteration} was told to fail`);
    case "throw":
      throw new TypeError("thrown by the probe");
    case "spin":
      for (;;);
    case "compute":
      return compute();
    case "sleep":
      return slept();
    case "grow":
      for (const taken = []; ; ) taken.push(new Uint8Array(GROWTH).fill(1));
    case "recurse":
      recurse(0);
      return;
    case "flood-log":
      for (let line = 0; line < 10_000; line++) console.log(`line ${line}\r\n\x1b[31mred\x1b[0m \x07\0 end`);
      return;
    case "flood-metrics":
      for (let name = 0; name < 100_000; name++) check(`check ${name}`, true);
      return;
    case "metrics":
      return metrics(context);
    case "context":
      return told(context, iterations);
    case "random":
      for (let count = 0; count < 10; count++) RANDOM.add(run.random());
      return;
    case "own-random":
      for (let count = 0; count < 10; count++) RANDOM.add(Math.random());
      return;
    case "print":
      console.log("printed by the probe");
      return;
    case "send":
      return sending.everything();
    case "unicode":
      return sending.unicode();
    case "large":
      return sending.large();
    case "errors":
      return sending.errors();
    case "uncaught":
      return sending.uncaught();
    case "statuses":
      return sending.statuses();
    case "together":
      return sending.together();
    case "web":
      return web();
    case "stream":
      return stream();
    case "share":
      return share(context);
    default:
      throw new Failure("probe-mode", `\`${mode}\` is not a mode`);
  }
}

/** Env `ms`. */
const asked = () => Number(run.env("ms") ?? 100);

function compute() {
  const [ms, begin] = [asked(), Date.now()];
  let turns = 0;
  while (Date.now() - begin < ms) {
    for (let turn = 0; turn < 1000; turn++) turns = (turns + turn) | 0;
  }
  check("computing takes as long as asked", Date.now() - begin >= ms);
}

function slept() {
  const ms = asked();
  const [before, own] = [run.now(), Date.now()];
  sleep(ms / 1000);
  const waited = run.now() - before;
  check("sleep takes as long as asked", waited >= ms);
  check("the language's own clock agrees", Math.abs(Date.now() - own - waited) < TOLERANCE);
}

function recurse(depth) {
  return recurse(depth + 1) + 1;
}

function metrics(context) {
  COUNTER.add(1);
  COUNTER.add(1, { kind: "tagged" });
  GAUGE.add(context.iteration);
  RATE.add(context.iteration % 2 === 0);
  check("an undeclared metric is refused", code(() => new Trend("undeclared").add(1)) === "unknown-metric");
  check("NaN is refused", code(() => GAUGE.add(NaN)) === "bad-value");
  check("a counter does not fall", code(() => COUNTER.add(-1)) === "bad-value");
  check("a trend is not negative", code(() => RANDOM.add(-1)) === "bad-value");
  check("judge's results are absent", results.stat("http_reqs", "count") === undefined);
  check("the stage has its name", run.stageName(context.stage) === "main");
  check("a stage that is not there has none", run.stageName(0xffff_ffff) === undefined);
}

function told(context, iterations) {
  check("vu counts from 1", context.vu >= 1);
  check("iteration counts on", context.iteration === iterations - 1);
  check("the stage is an index", context.stage === 0);
  check("the target is a URL", run.target.startsWith("http://"));
  check("no such env", run.env("no-such") === undefined);
}
