// A scenario: the author's functions behind the exports of the contract.

import * as engine from "#engine";

import { Failure, failure, said as words } from "./failure.js";
import { names, onlyKnown } from "./known.js";
import { FIELDS, manifest } from "./manifest.js";
import { begin } from "./stage.js";

const FUNCTIONS = ["setup", "start", "iteration", "judge", "teardown"];
const SAID = names(...FIELDS, ...FUNCTIONS);
const ASKED = names("describe", ...FUNCTIONS);
const DESCRIBED = names(...FIELDS);
const NOTHING = new Uint8Array(0);

/** Marks what `scenario` made, for the builder. */
export const MADE = Symbol.for("strata.scenario");

/** The exports of a component from what the author says of the scenario. */
export function scenario(definition) {
  const asked = definition?.describe !== undefined;
  onlyKnown(definition, asked ? ASKED : SAID, asked ? "the scenario with a `describe`" : "the scenario");
  if (typeof definition.iteration !== "function") {
    throw new TypeError("the scenario has no function `iteration` (hint: `iteration(context) { ... }`)");
  }
  for (const name in ASKED) {
    const given = definition[name];
    if (given !== undefined && typeof given !== "function") {
      throw new TypeError(`\`${name}\` of the scenario is a ${typeof given} and should be a function`);
    }
    if (!engine.awaits && isAsync(given)) throw new TypeError(noPromises(name));
  }
  // What can be said at once is checked at once, while the component is built.
  if (!asked) manifest(definition);

  let started = false;
  let state;
  const iterate = (context) => definition.iteration(context, state);
  const begun = (made) => {
    state = made;
    started = true;
  };
  const start = () => then("start", definition.start?.(), begun);
  const nothing = () => undefined;

  return {
    [MADE]: true,
    describe() {
      begin();
      try {
        if (!asked) return manifest(definition);
        const said = definition.describe();
        onlyKnown(said, DESCRIBED, "what `describe` returns");
        return manifest(said);
      } catch (error) {
        throw engine.refusal(words(error));
      }
    },
    setup: entry("setup", () => definition.setup?.(), lowered),
    iteration: entry(
      "iteration",
      (context) => {
        if (started) return iterate(context);
        const starting = start();
        return isPromise(starting) ? starting.then(() => iterate(context)) : iterate(context);
      },
      nothing,
    ),
    judge: entry("judge", () => definition.judge?.(), findings),
    teardown: entry("teardown", () => definition.teardown?.(), nothing),
  };
}

/** An export: what `call` throws, or its promise is rejected with, becomes a failure. */
function entry(name, call, result) {
  return (context) => {
    begin();
    try {
      const given = then(name, call(context), result);
      return isPromise(given) ? given.catch(fail) : given;
    } catch (thrown) {
      return fail(thrown);
    }
  };
}

function fail(thrown) {
  throw failure(thrown);
}

/** Goes on with what a function of the author gave, or with what its promise will. */
function then(name, given, next) {
  if (!isPromise(given)) return next(given);
  if (!engine.awaits) throw new Failure("async", noPromises(name));
  return given.then(next);
}

function isPromise(value) {
  return typeof value?.then === "function";
}

function isAsync(given) {
  return given?.constructor?.name === "AsyncFunction";
}

function noPromises(name) {
  return `\`${name}\` gives a promise, which ${engine.name} cannot wait for (hint: write it without \`async\`, every call waits by itself; or \`"strata": { "engine": "starlingmonkey" }\` in package.json)`;
}

/** What `setup` gives, as bytes: bytes stay, everything else is JSON. */
function lowered(data) {
  if (data === undefined) return NOTHING;
  if (data instanceof Uint8Array) return data;
  const text = JSON.stringify(data);
  if (text === undefined) throw new TypeError("`setup` returned what JSON cannot say (hint: bytes, or plain data)");
  return engine.encode(text);
}

function findings(given) {
  const all = given === undefined ? [] : Array.isArray(given) ? given : [given];
  return all.map(({ goal, value, text, analysis = "", breakdown = [] }) => ({
    goal,
    value,
    text,
    analysis,
    breakdown: breakdown.map(({ label, value, unit = "", passed }) => ({ label, value, unit, passed })),
    options: [],
  }));
}
