// Bytes, which authors write as texts too.

import { encode } from "#engine";

/** Bytes of a text or of an array. */
export function bytes(given, what) {
  if (typeof given === "string") return encode(given);
  if (given instanceof Uint8Array) return given;
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  throw new TypeError(`${what} is of type ${typeof given} (hint: a text or a Uint8Array; \`json\` takes plain data)`);
}

/** Bytes of a binding may come from another realm, where `instanceof Uint8Array` does not see them. */
export function received(given) {
  return given instanceof Uint8Array ? given : new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
}
