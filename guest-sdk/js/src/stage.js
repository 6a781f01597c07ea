// Whether the engine is there. The top level of modules runs while the component is built, where it is not.

let begun = false;

/** Called by each export before anything else. */
export function begin() {
  begun = true;
}

/** Whether an export has been called. */
export function live() {
  return begun;
}

/** Throws where the engine cannot be asked yet. */
export function need(what) {
  if (!begun) {
    throw new Error(
      `\`${what}\` was called while the scenario was built: the top level of a module runs once, at build time (hint: call it in \`start\` or \`iteration\`)`,
    );
  }
}
