// Layer 8: how many requests per second four endpoints of the API answer, each under eight users of its own.
//
// The layer's number is the mean of the four rates of good answers. One endpoint is also asked by fewer users, to see whether
// throughput rises with concurrency. `verdict.ts` draws the conclusions.

import { check, Failure, http, results, scenario, type Stage, StrataError, type Usl } from "strata";

import { conclude, type Endpoint, LAYER_MARK, type Level, point, type Scaling, selector } from "./verdict.ts";

/** The stages, in the order in which they run: each asks for one endpoint. */
const ENDPOINTS: Endpoint[] = [
  { stage: "feed", path: "/api/posts/feed" },
  { stage: "groups", path: "/api/groups" },
  { stage: "sidebar", path: "/api/events/sidebar" },
  { stage: "suggestions", path: "/api/friends/suggestions" },
];
/** Which of them is also asked by fewer users. */
const SCALED = 2;
/** Users of each stage. */
const VUS = 8;
/** The users of the stages that all ask for the scaled endpoint. */
const FEWER = [1, 2, 3, 4, 6];

const stage = (name: string, vus: number, duration: string): Stage => {
  return { name, executor: "constant-vus", vus, duration, gracefulStop: "5s" };
};
const fewer = (vus: number) => `${ENDPOINTS[SCALED]!.stage}-${vus}`;

export default scenario({
  name: "layer-08-api-throughput",
  layer: { number: 8, title: "Throughput", area: "API & Services" },
  fixPriority: "critical",
  stages: [
    ...ENDPOINTS.map((endpoint) => stage(endpoint.stage, VUS, "1500ms")),
    ...FEWER.map((vus) => stage(fewer(vus), vus, "500ms")),
  ],
  goals: [
    { name: "throughput", op: ">=", target: LAYER_MARK, unit: "req/s" },
    { name: "checks", op: ">=", target: 99, unit: "%", warn: 99, metric: "checks", aggregate: "rate" },
  ],

  start() {
    return ENDPOINTS.map(({ path, stage }) => http.prepare({ url: path, name: stage }));
  },

  iteration(context, requests) {
    const request = requests[context.stage] ?? requests[SCALED];
    if (!request) throw new Failure("no-such-stage", `stage ${context.stage} has no endpoint`);
    const answer = request.send();
    check("status is 200", answer.status === 200);
    check("the page has its entries", entries(answer.text()).length > 0);
  },

  judge() {
    const rates = ENDPOINTS.map(({ path, stage }) => ({
      path,
      rate: results.stat(selector("http_reqs", stage), "rate"),
    }));
    return conclude(rates, scaling());
  },
});

/** The entries of a page; none if it is no page. */
function entries(text: string): unknown[] {
  try {
    const { items } = JSON.parse(text);
    return Array.isArray(items) ? items : [];
  } catch {
    return [];
  }
}

/** What the scaled endpoint's throughput does when more users ask; nothing if it did not answer all of them. */
function scaling(): Scaling | undefined {
  const scaled = ENDPOINTS[SCALED]!;
  const levels: Level[] = [];
  for (const [users, stage] of [...FEWER.map((vus) => [vus, fewer(vus)] as const), [VUS, scaled.stage] as const]) {
    const rate = results.stat(selector("http_reqs", stage), "rate");
    const ms = results.stat(selector("http_req_duration", stage), "avg");
    if (rate === undefined || ms === undefined) return undefined;
    levels.push({ users, rate, ms });
  }
  return { path: scaled.path, levels, law: law(levels) };
}

/** The curve through the levels. One that cannot be fitted is no reason to keep the rates back. */
function law(levels: Level[]): Usl | undefined {
  try {
    return results.fitUsl(levels.map(point));
  } catch (error) {
    if (error instanceof StrataError) return undefined;
    throw error;
  }
}
