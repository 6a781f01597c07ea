// Values, counters, queues and barriers that all virtual users share.

import * as engine from "#engine";

import { millis } from "./duration.js";
import { raised } from "./failure.js";
import { text, whole } from "./known.js";
import { early, live } from "./stage.js";

/** Calls the engine's function of that name. */
function asked(what, ...given) {
  if (!live()) early(`Space.${what}`);
  try {
    return engine.kv[what](...given) ?? undefined;
  } catch (thrown) {
    throw raised(thrown);
  }
}

const named = (given) => text(given, "a name in a space");

/** Everything in a space is text; numbers are written as they are printed. */
function value(given) {
  if (typeof given === "string") return given;
  if (typeof given === "number" || typeof given === "bigint" || typeof given === "boolean") return String(given);
  throw new TypeError(`a value of a space is of type ${typeof given} (hint: a text; \`JSON.stringify\` makes one of plain data)`);
}

export class Space {
  #name;

  constructor(name) {
    this.#name = text(name, "the name of a space");
  }

  get name() {
    return this.#name;
  }

  get(key) {
    return asked("get", this.#name, named(key));
  }

  set(key, given) {
    asked("set", this.#name, named(key), value(given));
  }

  delete(key) {
    asked("delete", this.#name, named(key));
  }

  add(key, by = 1) {
    return asked("add", this.#name, named(key), Number(by));
  }

  push(queue, given) {
    asked("push", this.#name, named(queue), value(given));
  }

  pop(queue, wait = 0) {
    return asked("pop", this.#name, named(queue), millis(wait, "the wait of `pop`"));
  }

  queueLength(queue) {
    return asked("queueLength", this.#name, named(queue));
  }

  meet(barrier, parties, wait) {
    const others = whole(parties, "the parties of `meet`");
    asked("meet", this.#name, named(barrier), others, millis(wait, "the wait of `meet`"));
  }
}
