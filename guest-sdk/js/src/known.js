// What an object, a number or a text may be: what is misspelt is said, not ignored.

/** The contract has 32 bits for whole numbers. */
const LARGEST = 0xffff_ffff;

/** What `onlyKnown` takes. A plain object is looked into without a call, whose reference counts would be pages of each VU's own. */
export function names(...all) {
  const known = { __proto__: null };
  for (const name of all) known[name] = true;
  return known;
}

/** Throws if `given` has a property that is not in `known`. */
export function onlyKnown(given, known, what) {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${what} is ${given === null ? "null" : typeof given} and should be an object`);
  }
  for (const name in given) {
    if (known[name] !== true) {
      throw new TypeError(`${what} has no \`${name}\` (hint: it can have ${Object.keys(known).map((one) => `\`${one}\``).join(", ")})`);
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
