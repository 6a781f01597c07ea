// Rows of files that the user gives.

import * as engine from "#engine";

import { raised } from "./failure.js";
import { text, whole } from "./known.js";
import { early, live } from "./stage.js";

const ORDERS = ["sequential", "random", "per-vu", "unique"];

function asked(what, call) {
  if (!live()) early(`data.${what}`);
  try {
    return call();
  } catch (thrown) {
    throw raised(thrown);
  }
}

/** Columns and cells as an object. */
const row = (pairs) => Object.fromEntries(pairs.map(({ name, value }) => [name, value]));

const set = (given) => text(given, "the set of rows");

export const data = {
  length: (name) => asked("length", () => engine.data.length(set(name))),
  columns: (name) => asked("columns", () => [...engine.data.columns(set(name))]),
  row: (name, index) => asked("row", () => row(engine.data.row(set(name), whole(index, "the index of a row")))),
  take(name, order = "sequential") {
    if (!ORDERS.includes(order)) {
      throw new TypeError(`the order of rows is \`${order}\` (hint: one of ${ORDERS.join(", ")})`);
    }
    return asked("take", () => row(engine.data.take(set(name), order)));
  },
};
