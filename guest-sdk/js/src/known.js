// What an object, a number or a text may be: what is misspelt is said, not ignored.

/** The contract has 32 bits for whole numbers. */
const LARGEST = 0xffff_ffff;

/** Throws if `given` has a property that is not in `known`. */
export function onlyKnown(given, known, what) {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${what} is ${given === null ? "null" : typeof given} and should be an object`);
  }
  for (const name in given) {
    if (!known.has(name)) {
      throw new TypeError(`${what} has no \`${name}\` (hint: it can have ${[...known].map((one) => `\`${one}\``).join(", ")})`);
    }
  }
}

/** A whole number that the contract can take. */
export function whole(given, what) {
  if (!Number.isInteger(given) || given < 0 || given > LARGEST) {
    throw new TypeError(`${what} is \`${given}\` (hint: a whole number from 0 to ${LARGEST})`);
  }
  return given;
}

/** A text. */
export function text(given, what) {
  if (typeof given !== "string") throw new TypeError(`${what} is \`${given}\` and should be a text`);
  return given;
}
