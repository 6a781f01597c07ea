// What JavaScript has of its own and the engine must know of: printing and chance.

import { shown } from "../shown.js";
import { live } from "../stage.js";
import { log, run } from "./imports.js";

/** Lines printed while the component was built, for the first export that is called. */
let early = [];

function line(level) {
  return (...values) => {
    const text = values.map(shown).join(" ");
    if (!live()) {
      early.push([level, text]);
      return;
    }
    flush();
    log.log(level, text);
  };
}

function flush() {
  if (early.length === 0) return;
  const lines = early;
  early = [];
  for (const [level, text] of lines) log.log(level, text);
}

/** Numbers for the top level of modules, which runs at build time: the same in each build. */
let seed = 0x2545f491;

function earlyRandom() {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) / 0x1_0000_0000;
}

/** Gives `console` and `Math.random` to the engine. */
export function takeOver() {
  globalThis.console = {
    ...globalThis.console,
    debug: line("debug"),
    trace: line("debug"),
    log: line("info"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    assert: (held, ...values) => {
      if (!held) line("error")("assertion failed:", ...values);
    },
  };
  Math.random = () => (live() ? run.random() : earlyRandom());
}
