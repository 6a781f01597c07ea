// From what the author writes to the contract's `manifest`.

import { millis } from "./duration.js";
import { names, onlyKnown, text } from "./known.js";

/** What a scenario can say of itself. */
export const FIELDS = [
  "name", "layer", "stages", "goals", "metrics", "fixPriority", "hosts", "env",
  "data", "kv", "secrets",
];
const STAGE = names(
  "name", "executor", "vus", "maxVus", "iterations", "rate", "timeUnit", "duration", "gracefulStop",
  "gracefulRampDown", "startTime", "ramps", "warmUp", "tags", "arrival",
);
const RAMP = names("duration", "target");
const GOAL = names(
  "name", "unit", "op", "target", "warn", "metric", "aggregate", "over", "met", "abortOnFail", "delay",
);
const LAYER = names("number", "title", "area");
/** The fields that ask for something outside of the sandbox, and the contract's words for it. */
const NEEDS = [["hosts", "host"], ["env", "env"], ["data", "data"], ["kv", "kv"], ["secrets", "secret"]];
const PRIORITIES = ["critical", "high", "medium", "low"];

/** The manifest of what a scenario says of itself; what else is in the definition is none of it. */
export function manifest(said) {
  const { name, layer, stages, goals = [], metrics = [], fixPriority = "medium" } = said;
  if (typeof name !== "string") throw new TypeError("the scenario has no name (hint: `name: \"feed\"`)");
  if (layer !== undefined) onlyKnown(layer, LAYER, "`layer`");
  if (!PRIORITIES.includes(fixPriority)) {
    throw new TypeError(`\`fixPriority\` is \`${fixPriority}\` (hint: one of ${PRIORITIES.join(", ")})`);
  }
  return {
    name,
    layer: layer && { number: layer.number, title: layer.title, area: layer.area },
    stages: list(stages, "stages").map(stage),
    goals: list(goals, "goals").map(goal),
    metrics: list(metrics, "metrics").map(({ name, kind, unit }) => ({ name, kind, unit })),
    fixPriority,
    needs: NEEDS.flatMap(([field, kind]) =>
      list(said[field] ?? [], field).map((needed) => ({ kind, name: text(needed, `an entry of \`${field}\``) })),
    ),
    options: [],
  };
}

function list(given, what) {
  if (!Array.isArray(given)) throw new TypeError(`\`${what}\` is not a list (hint: \`${what}: [...]\`)`);
  return given;
}

function stage(given, index) {
  const what = `stage ${given?.name ?? index}`;
  onlyKnown(given, STAGE, what);
  const duration = (name) => (given[name] === undefined ? undefined : millis(given[name], `${name} of ${what}`));
  return {
    name: text(given.name, `the name of ${what}`),
    executor: text(given.executor, `the executor of ${what}`),
    vus: given.vus,
    maxVus: given.maxVus,
    iterations: given.iterations,
    rate: given.rate,
    timeUnitMs: duration("timeUnit"),
    durationMs: duration("duration"),
    gracefulStopMs: duration("gracefulStop"),
    gracefulRampDownMs: duration("gracefulRampDown"),
    startTimeMs: duration("startTime"),
    ramps: (given.ramps ?? []).map((ramp) => {
      onlyKnown(ramp, RAMP, `a ramp of ${what}`);
      return { durationMs: millis(ramp.duration, `duration of a ramp of ${what}`), target: ramp.target };
    }),
    warmUp: given.warmUp ?? false,
    tags: pairs(given.tags ?? {}),
    options: given.arrival === undefined ? [] : pairs({ arrival: given.arrival }),
  };
}

function goal(given, index) {
  const what = `goal ${given?.name ?? index}`;
  onlyKnown(given, GOAL, what);
  const { metric, aggregate, over, met, abortOnFail, delay } = given;
  if ((metric === undefined) !== (aggregate === undefined)) {
    throw new TypeError(`${what} has only one of \`metric\` and \`aggregate\` (hint: a measured goal has both, a judged one none)`);
  }
  const options = {};
  if (over !== undefined) options.over = `${millis(over, `over of ${what}`) / 1000}s`;
  if (met !== undefined) options.met = `${met}%`;
  if (abortOnFail) options["abort-on-fail"] = "true";
  if (delay !== undefined) options.delay = `${millis(delay, `delay of ${what}`)}ms`;
  return {
    name: text(given.name, `the name of ${what}`),
    unit: given.unit ?? "",
    op: text(given.op, `the op of ${what}`),
    target: given.target,
    warn: given.warn,
    measure: metric === undefined ? undefined : { selector: metric, aggregate },
    options: pairs(options),
  };
}

function pairs(object) {
  return Object.entries(object).map(([name, value]) => ({ name, value: String(value) }));
}
