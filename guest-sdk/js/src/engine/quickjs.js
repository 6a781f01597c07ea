// QuickJS: small and quick to start, without an event loop and without the Web's globals.

import "./names.js";
import { decode, encode } from "../text.js";
import { takeOver } from "./globals.js";

export * from "./imports.js";
export { decode, encode } from "../text.js";

/** Whether an export may give a promise. */
export const awaits = false;
/** What the author calls it. */
export const name = "QuickJS";

/** An error that `describe` can throw so that its message is seen. */
export const refusal = (message) => new Error(message);

class Encoder {
  get encoding() {
    return "utf-8";
  }

  encode(text = "") {
    return encode(String(text));
  }
}

class Decoder {
  #fatal;

  constructor(label = "utf-8", { fatal = false } = {}) {
    if (!/^utf-?8$/i.test(label)) {
      throw new RangeError(`\`${label}\` is not an encoding that can be decoded here (hint: only \`utf-8\` is)`);
    }
    this.#fatal = fatal;
  }

  get encoding() {
    return "utf-8";
  }

  decode(bytes, { stream = false } = {}) {
    if (stream) throw new TypeError("a text cannot be decoded in parts here (hint: decode the whole of it)");
    if (bytes === undefined) return "";
    const view = ArrayBuffer.isView(bytes)
      ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : new Uint8Array(bytes);
    const text = decode(view, this.#fatal);
    return text.startsWith("\ufeff") ? text.slice(1) : text;
  }
}

globalThis.TextEncoder ??= Encoder;
globalThis.TextDecoder ??= Decoder;
takeOver();
