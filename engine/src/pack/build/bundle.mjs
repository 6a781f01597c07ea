// Makes a component of a JavaScript or TypeScript project: one module of all of its modules, which jco turns into one.
//
// node bundle.mjs JCO PROJECT MAIN SDK ENGINE WORK
//
// JCO is the folder of jco's package, whose rolldown bundles; WORK holds `wit/` and gets `scenario.wasm`.

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

const [jco, project, main, sdk, engine, work] = process.argv.slice(2);
/** A line of a stack names the bundle; the SDK looks for this name too. */
const BUNDLE = "scenario.bundle.js";
const ENTRY = "\0strata-entry";
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** What stands around the author's module. */
const entry = `
import * as module from ${JSON.stringify(join(project, main))};
import { component } from "strata/component";
export const { describe, setup, iteration, judge, teardown } = component(module);
`;
/** The SDK's module, by which it is imported. */
const INDEX = join(sdk, "src/index.js");

const { rolldown } = await import(pathToFileURL(createRequire(join(jco, "package.json")).resolve("rolldown")));

let bundle;
try {
  bundle = await bundled();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const lines = origins(bundle.map);
const source = `${bundle.code}\nglobalThis[Symbol.for("strata.lines")] = ${JSON.stringify(lines)};\n`;
writeFileSync(join(work, BUNDLE), source);
process.exitCode = await componentize();

/**
 * The project as one module.
 *
 * The bundler leaves out what nobody uses, and while it does it moves expressions, so that an error is said to be on a line
 * that it is not on. So the SDK is bundled before by itself, and the author's modules stay as they are where no packages, of
 * which all would be kept, come with them.
 */
async function bundled() {
  const own = await built(entry, { external: ["strata", "strata/component"], treeshake: false });
  const packages = own.moduleIds.some((id) => id.includes(`${sep}node_modules${sep}`));
  // What is imported and not used has to be there too.
  const texts = own.moduleIds.filter((id) => !id.startsWith("\0")).map((id) => readFileSync(id, "utf8"));
  const lists = texts.flatMap((text) => [...text.matchAll(/\{([^{}]*)\}\s*from\s*["']strata["']/g)]);
  const known = readFileSync(INDEX, "utf8").match(/\w+/g);
  const used = lists.flatMap(([, list]) => list.match(/\w+/g) ?? []).filter((name) => known.includes(name));
  const all = texts.some((text) => /\*[\s\w]*from\s*["']strata["']|(?:import|require)\(\s*["']strata["']/.test(text));
  const from = all ? "*" : `{ ${[...new Set(used)].join(", ")} }`;
  const needed = `
    export ${from} from "strata";
    export { component } from "strata/component";
  `;
  const shaken = await built(needed, { treeshake: true });
  return built(entry, { sdk: shaken.code, treeshake: packages });
}

/** A module with all that it imports, but for what is external; `sdk` is a text to take for the SDK. */
async function built(text, { external = [], sdk: instead, treeshake }) {
  /** Imports that nothing was found for: a component would fail where it begins. */
  const missing = [];
  const strata = {
    name: "strata",
    resolveId: (id) => (id === ENTRY ? id : null),
    load: (id) => (id === ENTRY ? text : id === INDEX ? instead : null),
  };
  const build = await rolldown({
    input: ENTRY,
    cwd: project,
    platform: "neutral",
    external: [/^strata:/, ...external],
    plugins: [strata],
    treeshake,
    resolve: {
      alias: {
        strata: INDEX,
        "strata/component": instead === undefined ? join(sdk, "src/component.js") : INDEX,
      },
      conditionNames: [engine, "import", "default"],
      mainFields: ["module", "main"],
    },
    tsconfig: false,
    experimental: { attachDebugInfo: "none" },
    onLog(level, log, say) {
      if (log.code === "UNRESOLVED_IMPORT") missing.push(log.message.split("\n   │ \n")[0]);
      else say(level, log);
    },
  });
  try {
    const { output } = await build.generate({
      dir: project,
      format: "esm",
      codeSplitting: false,
      minify: false,
      sourcemap: "hidden",
    });
    if (missing.length > 0) {
      const hint = "(hint: `npm install` packages; the modules of Node are not there in a component)";
      throw new Error([...missing, hint].join("\n"));
    }
    return output[0];
  } finally {
    await build.close();
  }
}

/** Where the lines of the bundle came from, as the SDK's `failure.js` reads it. */
function origins(map) {
  // Of the SDK, of packages and of the bundler there is nothing to say.
  const own = map.sources.map((source) => {
    const path = resolve(project, source);
    const foreign = path.startsWith(sdk + sep) || path.includes(`${sep}node_modules${sep}`) || path.includes("\0");
    return foreign ? null : relative(project, path);
  });
  const sources = own.filter((source) => source !== null);
  const table = [];
  let [source, line] = [0, 0];
  let last = [0, 0, -1, 0];
  map.mappings.split(";").forEach((segments, index) => {
    let column = 0;
    for (const segment of segments.split(",")) {
      const [columns, ofSource, ofLine] = numbers(segment);
      column += columns ?? 0;
      if (ofSource === undefined) continue;
      source += ofSource;
      line += ofLine;
      const known = own[source] === null ? -1 : sources.indexOf(own[source]);
      const next = [index + 1, column + 1, known, line + 1];
      const expected = last[3] + next[0] - last[0];
      if (next[2] !== last[2] || (known >= 0 && next[3] !== expected)) {
        table.push(...next);
        last = next;
      }
    }
  });
  return { sources, table };
}

/** The numbers of a segment of a source map. */
function numbers(segment) {
  const all = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    all.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return all;
}

async function componentize() {
  const program = join(jco, JSON.parse(readFileSync(join(jco, "package.json"), "utf8")).bin.jco);
  const backend =
    engine === "quickjs"
      ? ["--backend", "quickjs", "--backend-qjs-disable-async"]
      : ["--backend", "starlingmonkey", "--disable", "http", "fetch-event"];
  const files = ["--wit", join(work, "wit"), "--world-name", "scenario", "--out", join(work, "scenario.wasm")];
  const child = spawn(process.execPath, [program, "componentize", join(work, BUNDLE), ...files, ...backend], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (text) => (said += text));
  child.stderr.on("data", (text) => (said += text));
  const code = await new Promise((done, lost) => child.on("error", lost).on("close", done));
  if (code !== 0) console.error(placed(said.trimEnd()));
  return code ?? 1;
}

/** The text with the author's lines in place of those of the bundle. */
function placed(text) {
  return text.replace(/\/?scenario\.bundle\.js:(\d+)(?::(\d+))?/g, (whole, line, column) => found(+line, +(column ?? 1)) ?? whole);
}

function found(line, column) {
  const { sources, table } = lines;
  let at = -4;
  while (at + 4 < table.length && (table[at + 4] < line || (table[at + 4] === line && table[at + 5] <= column))) at += 4;
  return at < 0 || table[at + 2] < 0 ? null : `${sources[table[at + 2]]}:${table[at + 3] + line - table[at]}`;
}
