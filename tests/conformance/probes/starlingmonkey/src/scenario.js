// The same probe on the other engine.

export { default } from "../../js/src/scenario.js";
