import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

test("the example of the README is a scenario", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, example] = /`src\/scenario\.js`:\n\n```js\n([^]*?)```/.exec(readme);
  const folder = await mkdtemp(join(tmpdir(), "strata-readme-"));
  try {
    const file = join(folder, "scenario.mjs");
    const sdk = new URL("../src/index.js", import.meta.url).href;
    writeFileSync(file, example.replace('from "strata"', `from "${sdk}"`));
    const { default: scenario } = await import(pathToFileURL(file).href);
    const { name, stages, goals } = scenario.describe();
    assert.deepEqual([name, stages[0].durationMs, goals[0].measure.aggregate], ["feed", 3000, "p(95)"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
