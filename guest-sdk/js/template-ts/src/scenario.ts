// What a virtual user of @NAME@ does, and what its numbers must be.

import { check, http, scenario } from "strata";

export default scenario({
  name: "@NAME@",
  // @LAYER-BEGIN@
  layer: { number: @LAYER@, title: "@NAME@", area: "Area of the system" },
  // @LAYER-END@
  stages: [{ name: "main", executor: "constant-vus", vus: 2, duration: "5s" }],
  goals: [
    { name: "checks", op: ">=", target: 99, unit: "%", metric: "checks", aggregate: "rate" },
    { name: "p95", op: "<=", target: 200, unit: "ms", metric: "http_req_duration", aggregate: "p(95)" },
  ],

  // Once per virtual user: what every iteration needs.
  start() {
    return { front: http.prepare({ url: "/", name: "front page" }) };
  },

  // Over and over.
  iteration(context, user) {
    const answer = user.front.send();
    check("status is 200", answer.status === 200);
  },
});
