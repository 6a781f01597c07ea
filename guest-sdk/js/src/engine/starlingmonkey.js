// StarlingMonkey: the Web's globals and an event loop, for eight times the size.

import { takeOver } from "./globals.js";

export * from "./imports.js";

export const awaits = true;
export const name = "StarlingMonkey";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** What goes to standard error, which is where the engine looks when `describe` gives nothing. */
const native = console.error.bind(console);

export const encode = (text) => encoder.encode(text);
export const decode = (bytes) => decoder.decode(bytes);

export function refusal(message) {
  native(message);
  return new Error(message);
}

takeOver();
