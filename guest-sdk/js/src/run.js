// The run that this instance is part of.

import * as engine from "#engine";

import { need } from "./stage.js";

export const run = {
  get target() {
    need("run.target");
    return engine.run.target();
  },

  env(name) {
    need("run.env");
    return engine.run.env(name) ?? undefined;
  },

  setupData() {
    need("run.setupData");
    return bytes(engine.run.setupData());
  },

  setupJson() {
    const data = run.setupData();
    return data.length === 0 ? undefined : JSON.parse(engine.decode(data));
  },

  stageName(index) {
    need("run.stageName");
    return engine.run.stageName(index) ?? undefined;
  },

  now() {
    need("run.now");
    return engine.run.now();
  },

  random() {
    need("run.random");
    return engine.run.random();
  },
};

/** Waits for so many seconds, as k6's `sleep` does. */
export function sleep(seconds) {
  need("sleep");
  engine.run.sleep(seconds * 1000);
}

/** Bytes of a binding may come from another realm, where `instanceof Uint8Array` does not see them. */
export function bytes(given) {
  return given instanceof Uint8Array ? given : new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
}
