// Checks, and metrics of the scenario's own.

import { metrics } from "#engine";

import { raised } from "./failure.js";
import { early, live } from "./stage.js";

/** `check("status is 200", held)`, or k6's `check(value, { "status is 200": (value) => ... })`. */
export function check(first, second) {
  if (!live()) early("check");
  if (second === true || second === false) {
    metrics.check(first, second);
    return second;
  }
  if (typeof second !== "object" || second === null) {
    const held = Boolean(second);
    metrics.check(first, held);
    return held;
  }
  let all = true;
  for (const name in second) {
    const question = second[name];
    const held = Boolean(typeof question === "function" ? question(first) : question);
    metrics.check(name, held);
    all &&= held;
  }
  return all;
}

class Metric {
  constructor(kind, name, unit = "") {
    this.kind = kind;
    this.name = name;
    this.unit = unit;
  }

  add(value, tags) {
    if (!live()) early(`${this.name}.add`);
    const number = Number(value);
    try {
      if (tags === undefined) metrics.add(this.name, number);
      else metrics.addTagged(this.name, number, ...only(tags));
    } catch (thrown) {
      throw raised(thrown);
    }
  }
}

function only(tags) {
  const entries = Object.entries(tags);
  if (entries.length !== 1) {
    throw new TypeError(`a value can have one tag, not ${entries.length} (hint: \`add(1, { kind: "a" })\`)`);
  }
  return [entries[0][0], String(entries[0][1])];
}

export class Counter extends Metric {
  constructor(name, unit) {
    super("counter", name, unit);
  }
}

export class Gauge extends Metric {
  constructor(name, unit) {
    super("gauge", name, unit);
  }
}

export class Rate extends Metric {
  constructor(name) {
    super("rate", name);
  }
}

export class Trend extends Metric {
  constructor(name, unit) {
    super("trend", name, unit);
  }
}
