// What JavaScript has of its own and the engine must know of: printing and chance.

import { shown } from "../shown.js";
import { atFirst, live } from "../stage.js";
import { log, run } from "./imports.js";

/** Lines printed while the component was built: each instance prints them when it begins. */
const early = [];

function line(level) {
  return (...values) => {
    const text = values.map(shown).join(" ");
    if (live()) log.log(level, text);
    else early.push([level, text]);
  };
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
  atFirst(() => {
    if (early.length > 0) early.forEach(([level, text]) => log.log(level, text));
  });
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
