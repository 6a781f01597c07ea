import assert from "node:assert/strict";
import { test } from "node:test";

import scenario from "../.build/scenario.js";

test("every goal is measured", () => {
  const manifest = scenario.describe();
  assert.equal(manifest.name, "@NAME@");
  assert.ok(manifest.goals.every((goal) => goal.measure !== undefined));
});
