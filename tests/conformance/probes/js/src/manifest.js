// What the probe says of itself, and the metrics that it writes to.

import { Counter, Gauge, Rate, Trend } from "strata";

/** Counts iterations, in mode `metrics`. */
export const COUNTER = new Counter("probe_counter");
/** The iteration's number, in mode `metrics`. */
export const GAUGE = new Gauge("probe_gauge");
/** Whether the iteration's number is even, in mode `metrics`. */
export const RATE = new Rate("probe_rate");
/** Ten numbers of an iteration, in modes `random` and `own-random`. */
export const RANDOM = new Trend("random");

/** @type {import("strata").Said} */
export const plain = {
  name: "probe",
  stages: [{ name: "main", executor: "per-vu-iterations", vus: 1, iterations: 1 }],
  goals: [{ name: "checks", op: ">=", target: 99, unit: "%", metric: "checks", aggregate: "rate" }],
  metrics: [COUNTER, GAUGE, RATE, RANDOM],
  env: ["describe", "judge", "mode", "ms", "nobody", "setup", "teardown"],
};

/** With `describe=shared`: what mode `share` needs besides. */
export const shared = { ...plain, data: ["rows"], kv: ["shared"], secrets: ["token"] };

/** The manifest of env `describe`. */
export const described = (asked) => (asked === "rich" ? rich : asked === "shared" ? shared : plain);

/**
 * With `describe=rich`: every field of a manifest, the same in all languages.
 * @type {import("strata").Said}
 */
export const rich = {
  name: "rich",
  layer: { number: 3, title: "Tïtle 世界", area: "Area <&>" },
  fixPriority: "high",
  stages: [
    {
      name: "first",
      executor: "per-vu-iterations",
      vus: 2,
      iterations: 2,
      tags: { kind: "a" },
      warmUp: true,
    },
    {
      name: "second",
      executor: "ramping-arrival-rate",
      rate: 5,
      ramps: [{ duration: "100ms", target: 10 }],
      vus: 2,
      maxVus: 4,
      gracefulStop: "1s",
      startTime: "50ms",
      arrival: "poisson",
    },
  ],
  goals: [
    { name: "checks", op: ">=", target: 99, unit: "%", warn: 90, metric: "checks", aggregate: "rate" },
    {
      name: "p95",
      op: "<=",
      target: 200,
      unit: "ms",
      metric: "http_req_duration{stage:second}",
      aggregate: "p(95)",
      over: "1s",
      met: 50,
    },
    { name: "judged", op: ">=", target: 1, unit: "things" },
  ],
  metrics: [COUNTER, GAUGE, RATE, new Trend("random", "ms")],
  hosts: ["example.test:80"],
  env: ["describe"],
  data: ["users"],
  kv: ["sessions"],
  secrets: ["token"],
};
