// Whether the engine is there. The top level of modules runs while the component is built, where it is not.

let begun = false;
let before = () => {};

/** Called by each export before anything else. */
export function begin() {
  if (begun) return;
  begun = true;
  before();
}

/** Has something called before the first export. */
export function atFirst(call) {
  before = call;
}

/** Whether an export has been called. */
export function live() {
  return begun;
}

/** Throws what is wrong where the engine cannot be asked yet. */
export function early(what) {
  throw new Error(
    `\`${what}\` was called while the scenario was built: the top level of a module runs once, at build time (hint: call it in \`start\` or \`iteration\`)`,
  );
}
