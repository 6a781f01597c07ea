export { data } from "./data.js";
export { Failure, HttpError, StrataError } from "./failure.js";
export { http } from "./http.js";
export { check, Counter, Gauge, Rate, Trend } from "./metrics.js";
export { results } from "./results.js";
export { run, sleep } from "./run.js";
export { scenario } from "./scenario.js";
export { Space } from "./space.js";
