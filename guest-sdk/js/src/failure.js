// Why something did not work: errors of the engine, failures of the author, and what the engine is told of either.

import { isError, shown } from "./shown.js";

/** An error of the engine, with its code. */
export class StrataError extends Error {
  constructor(code, message) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A request that was not answered. */
export class HttpError extends StrataError {}

/** What the author throws to fail an iteration under a code of their own. */
export class Failure extends Error {
  constructor(code, message = "") {
    super(message);
    this.name = "Failure";
    this.code = code;
  }
}

/** What a binding threw, as an error that says what is wrong. */
export function raised(thrown, Kind = StrataError) {
  const payload = thrown?.payload;
  return typeof payload?.code === "string" ? new Kind(payload.code, payload.message) : thrown;
}

/** Anything that was thrown, as the contract's `failure`: a plain object, since bindings take no other. */
export function failure(thrown) {
  if (thrown instanceof Failure) return { code: String(thrown.code), message: thrown.message };
  const error = raised(thrown);
  if (error instanceof StrataError) return { code: error.code, message: error.message + place(error) };
  return { code: "exception", message: said(error) };
}

/** What an error says, and where the author's part of it was. */
export function said(error) {
  return isError(error) ? `${error.name}: ${error.message}${place(error)}` : shown(error);
}

/** ` (src/scenario.ts:12)`: the innermost line of the author's in a stack; empty where it is not known. */
function place(error) {
  const lines = globalThis[Symbol.for("strata.lines")];
  if (!lines || typeof error.stack !== "string") return "";
  for (const [, line, column] of error.stack.matchAll(/scenario\.bundle\.js:(\d+)(?::(\d+))?/g)) {
    const found = source(lines, Number(line), Number(column ?? 1));
    if (found) return ` (${found})`;
  }
  return "";
}

/**
 * Where a place of the bundle came from. The table has an entry `line, column, source, source line` for each place from which
 * on counting lines does not tell; source -1 is not the author's.
 */
function source({ sources, table }, line, column) {
  let low = 0;
  let high = table.length / 4;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = middle * 4;
    if (table[at] < line || (table[at] === line && table[at + 1] <= column)) low = middle + 1;
    else high = middle;
  }
  const at = (low - 1) * 4;
  return at < 0 || table[at + 2] < 0 ? "" : `${sources[table[at + 2]]}:${table[at + 3] + line - table[at]}`;
}
