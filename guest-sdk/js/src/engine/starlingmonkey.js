// StarlingMonkey: the Web's globals and an event loop, for eight times the size.

import { takeOver } from "./globals.js";

export * from "./imports.js";

export const awaits = true;
export const name = "StarlingMonkey";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
export const encode = (text) => encoder.encode(text);
export const decode = (bytes) => decoder.decode(bytes);

/** No error: its stack would push the message out of the lines that are shown of a trap. */
export const refusal = (message) => message;

takeOver();
