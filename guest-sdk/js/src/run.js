// The run that this instance is part of.

import * as engine from "#engine";

import { received } from "./bytes.js";
import { raised } from "./failure.js";
import { text } from "./known.js";
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
    return received(engine.run.setupData());
  },

  setupText() {
    need("run.setupText");
    return engine.run.setupText();
  },

  setupJson() {
    const data = run.setupText();
    return data === "" ? undefined : JSON.parse(data);
  },

  secret(name) {
    need("run.secret");
    try {
      return engine.run.secret(text(name, "the name of a secret"));
    } catch (thrown) {
      throw raised(thrown);
    }
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
