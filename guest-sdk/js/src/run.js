// The run that this instance is part of.

import * as engine from "#engine";

import { received } from "./bytes.js";
import { raised } from "./failure.js";
import { text } from "./known.js";
import { early, live } from "./stage.js";

export const run = {
  get target() {
    if (!live()) early("run.target");
    return engine.run.target();
  },

  env(name) {
    if (!live()) early("run.env");
    return engine.run.env(name) ?? undefined;
  },

  setupData() {
    if (!live()) early("run.setupData");
    return received(engine.run.setupData());
  },

  setupText() {
    if (!live()) early("run.setupText");
    return engine.run.setupText();
  },

  setupJson() {
    const data = run.setupText();
    return data === "" ? undefined : JSON.parse(data);
  },

  secret(name) {
    if (!live()) early("run.secret");
    try {
      return engine.run.secret(text(name, "the name of a secret"));
    } catch (thrown) {
      throw raised(thrown);
    }
  },

  stageName(index) {
    if (!live()) early("run.stageName");
    return engine.run.stageName(index) ?? undefined;
  },

  now() {
    if (!live()) early("run.now");
    return engine.run.now();
  },

  random() {
    if (!live()) early("run.random");
    return engine.run.random();
  },
};

/** Waits for so many seconds, as k6's `sleep` does. */
export function sleep(seconds) {
  if (!live()) early("sleep");
  engine.run.sleep(seconds * 1000);
}
