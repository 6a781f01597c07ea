// Mode `share`: rows, spaces and secrets, with env `describe=shared` and `setup=data`.

import { check, data, run, Space } from "strata";

import { code } from "./judging.js";

const space = new Space("shared");

export function share(context) {
  rows(context);
  values(context);
  queues(context);
  check("a secret arrives", run.secret("token").length === 12);
  check("setup's text arrives", run.setupText() === "from setup");
  check("no set", code(() => data.length("others")) === "not-granted");
  check("no space", code(() => new Space("others").get("a")) === "not-granted");
  check("no secret", code(() => run.secret("others")) === "not-granted");
  check("no env", run.env("others") === undefined);
}

function rows(context) {
  check("data: length", data.length("rows") === 4);
  check("data: columns", data.columns("rows").join() === "name,note");
  check("data: a row", data.row("rows", 1).note === 'a, "b" 世界');
  check("data: no such row", code(() => data.row("rows", 4)) === "no-such-row");
  check("data: that of this user", data.take("rows", "per-vu").name === `r${(context.vu - 1) % 4}`);
  check("data: any", data.take("rows", "random").name.startsWith("r"));
  check("data: in turn", data.take("rows").name === `r${context.iteration}`);
  // As many as there are: each is had once, and then there is none.
  check(`data: ${data.take("rows", "unique").name} is had once`, true);
  if (context.iteration === 3) check("data: all are had", code(() => data.take("rows", "unique")) === "end-of-data");
}

function values(context) {
  const key = `value ${context.vu}`;
  space.set(key, 1);
  space.set(key, "zwei 世界");
  check("kv: a value", space.get(key) === "zwei 世界");
  check("kv: no number", code(() => space.add(key)) === "bad-value");
  space.delete(key);
  check("kv: no value", space.get(key) === undefined);
  check("kv: a sum", space.add(key, 2) === 2 && space.add(key, -0.5) === 1.5);
  space.delete(key);
  check("kv: too large", code(() => space.set("k".repeat(257), "")) === "too-large");
}

function queues(context) {
  const queue = `queue ${context.vu}`;
  check("kv: an empty queue", space.pop(queue, "20ms") === undefined);
  space.push(queue, "first");
  space.push(queue, "second 🌍");
  check("kv: a queue's length", space.queueLength(queue) === 2);
  check("kv: the oldest comes first", space.pop(queue) === "first" && space.pop(queue) === "second 🌍");
  const alone = `barrier ${context.vu}`;
  space.meet(alone, 1, "20ms");
  check("kv: nobody to wait for", true);
  check("kv: nobody comes", code(() => space.meet(alone, 2, "20ms")) === "timeout");
  check("kv: nobody is too few", code(() => space.meet(alone, 0, "20ms")) === "bad-value");
}
