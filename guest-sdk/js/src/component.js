// What the builder puts around a scenario's module.

import { MADE } from "./scenario.js";

/** The default export of the author's module, if it is a scenario. */
export function component(module) {
  const made = module.default;
  if (made?.[MADE] !== true) {
    throw new TypeError("the module's default export is not a scenario (hint: `export default scenario({ ... })`)");
  }
  return made;
}
