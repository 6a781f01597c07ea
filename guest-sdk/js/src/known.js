// Names that an object may have: a misspelt one is said, not ignored.

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
