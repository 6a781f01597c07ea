// Outside of the engine, as in a test: there is nothing to ask, and whoever asks is told so.

const absent = (place) =>
  new Proxy(
    {},
    {
      get(_, what) {
        throw new Error(
          `\`${place}.${String(what)}\` is the engine's and there is none here (hint: a test can call \`describe\` and what sends nothing)`,
        );
      },
    },
  );

export const data = absent("data");
export const http = absent("http");
export const kv = absent("kv");
export const log = absent("log");
export const metrics = absent("metrics");
export const results = absent("results");
export const run = absent("run");

export const awaits = true;
export const name = "no engine";

export const refusal = (message) => new Error(message);

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export const encode = (text) => encoder.encode(text);
export const decode = (bytes) => decoder.decode(bytes);
