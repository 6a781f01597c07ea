// What the types allow and what they refuse; compiled by `npm test`, never run.

import { check, Counter, data, Failure, http, HttpError, results, run, scenario, sleep, Space, StrataError } from "strata";

const seen = new Counter("seen");

export default scenario({
  name: "types",
  layer: { number: 1, title: "Types", area: "SDK" },
  fixPriority: "low",
  hosts: ["example.test:80"],
  data: ["users"],
  kv: ["shop"],
  secrets: ["token"],
  stages: [
    { name: "a", executor: "constant-vus", vus: 1, duration: "1m30s", warmUp: true, tags: { kind: "a" } },
    { name: "b", executor: "ramping-arrival-rate", rate: 1, vus: 1, ramps: [{ duration: 0, target: 5 }], arrival: "poisson" },
  ],
  goals: [
    { name: "p95", op: "<=", target: 200, unit: "ms", metric: "http_req_duration", aggregate: "p(99.9)", over: "1s", met: 50 },
    { name: "judged", op: ">", target: 1 },
  ],
  metrics: [seen],
  setup: () => ({ users: [1] }),
  start: () => ({ front: http.prepare("/"), users: run.setupJson<{ users: number[] }>().users }),
  iteration(context, { front, users }) {
    const answer = front.sendWith({ url: `/${users[context.vu]}`, json: { a: 1 } });
    check("ok", answer.status === 200 && answer.header("etag"));
    check(answer, { "is short": (answer) => answer.length < 10 });
    for (const one of http.sendAllPrepared([front])) {
      console.log(one instanceof HttpError ? one.code : one.text());
    }
    console.log(new TextEncoder().encode("ü"), http.send("/").headers[0]?.[1]);
    seen.add(1, { kind: "a" });
    const { name } = data.take<{ name: string }>("users", "per-vu");
    http.post("/login", undefined, { form: { name, more: ["a", 1] }, redirects: 0, cookies: false, bearerAuth: run.secret("token") });
    http.put("/", undefined, { multipart: [["a", 1], ["f", http.file("x", "x.txt", "text/plain")]], basicAuth: ["me", "pass"] });
    http.send({ url: "/", compression: ["gzip", "br"], keepEncoded: true, connectTimeout: "1s", firstByteTimeout: 500 });
    http.prepare({ method: "PUT", url: "/", bodyFromSetup: [0, 10] }).sendWith({ form: { a: 1 } }).headers();
    const shop: Space = new Space("shop");
    const sum: number = shop.add("sold", 2);
    const next: string | undefined = shop.pop("orders", "1s") ?? data.row("users", sum)["name"];
    shop.meet("all", data.length("users"), "10s");
    using events = http.open({ url: "/events", timeout: "1m" });
    for (const event of events.events()) console.log(event.type, event.data, event.at, next, http.cookies("/")[0]?.[1]);
    console.log(new HttpError("a", "b") instanceof StrataError, run.setupText());
    sleep(0.1);
    throw new Failure("mine");
  },
  judge: () => ({ goal: "judged", value: results.stat("checks", "rate") ?? 0 }),
});

/** State without a `start` is nothing; an iteration may be asynchronous. */
scenario({ describe: () => ({ name: "asked", stages: [] }), async iteration(context, state: undefined) {} });

// @ts-expect-error: an executor has its own parameters
scenario({ name: "x", stages: [{ name: "a", executor: "constant-vus", rate: 1, duration: 1 }], iteration() {} });
// @ts-expect-error: a measured goal has both
scenario({ name: "x", stages: [], goals: [{ name: "a", op: ">", target: 1, metric: "checks" }], iteration() {} });
// @ts-expect-error: a misspelt name
scenario({ name: "x", stages: [], iteraton() {} });
// @ts-expect-error: either a `describe` or what it would say
scenario({ name: "x", stages: [], describe: () => ({ name: "x", stages: [] }), iteration() {} });
// @ts-expect-error: plain data is `json`
http.post("/", { a: 1 });
// @ts-expect-error: no such aggregate
results.stat("checks", "median");
// @ts-expect-error: no such order
data.take("users", "any");
// @ts-expect-error: plain data is no value
new Space("shop").set("a", { b: 1 });
// @ts-expect-error: a user and a password
http.get("/", { basicAuth: "me" });
