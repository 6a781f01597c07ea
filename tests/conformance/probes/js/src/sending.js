// What the probe asks its target for.
//
// The checks of mode `send` hold for any target that answers 200 at `/` with a body and a `content-type`.

import { check, http, HttpError, run } from "strata";

import { code } from "./judging.js";

const TEXT = 'Grüße, 世界 🌍 – "quoted"';
const LARGE = 4_194_304;
const ECHO = 1_048_576;
const X = "x".charCodeAt(0);

export function ok() {
  check("status is 200", http.get("/").status === 200);
}

/** Every function of `http`, and that the ways agree with each other. */
export function everything() {
  const answer = whole();
  prepared(answer);
  atOnce(answer);
  refused();
}

function whole() {
  const answer = http.send({ url: "/", name: "send" });
  check("send: status is 200", answer.status === 200);
  check("send: there is a body", answer.body.length > 0);
  check("send: header names are lower case", answer.headers.every(([name]) => name === name.toLowerCase()));
  const { duration, sending, waiting, receiving } = answer.timings;
  check("send: duration is the sum of its parts", Math.abs(duration - sending - waiting - receiving) < 0.01);
  const discarded = http.send({ url: "/", name: "send", discardBody: true });
  check("send: a discarded body is empty", discarded.body.length === 0);
  return answer;
}

function prepared(whole) {
  const request = http.prepare({ url: "/", name: "prepared", headers: { "x-probe": "prepared" } });
  const answer = request.send();
  check("prepared.send: status is 200", answer.status === 200);
  check("prepared.send: length is the body's", answer.length === answer.bytes().length);
  check("prepared.send: body is that of send", same(answer.bytes(), whole.body));
  check("prepared.send: text is the body", answer.text() === new TextDecoder().decode(answer.bytes()));
  check("prepared.send: header in any case", answer.header("Content-Type") === whole.header("content-type"));
  check("prepared.send: no such header", answer.header("x-no-such-header") === undefined);

  const other = request.sendWith({ url: "/?probe=1", headers: { "x-probe-more": "1" } });
  check("prepared.send-with: status is 200", other.status === 200);
  check("prepared.send-with: earlier answers are gone", !answer.kept && throws(() => answer.bytes()));
  const discarded = http.prepare({ url: "/", name: "prepared", discardBody: true }).send();
  check("prepared.send: a discarded body is empty", discarded.bytes().length === 0);
}

function atOnce(whole) {
  const requests = ["/", "/?probe=1", "/"].map((url) => ({ url, name: "all" }));
  const answers = http.sendAll(requests);
  check("send-all: an answer for each", answers.length === requests.length);
  check("send-all: status is 200", answers.every((answer) => answer.status === 200));
  check("send-all: in order", same(answers.at(-1).body, whole.body));

  const briefs = http.sendAllPrepared(requests.map(http.prepare));
  check("send-all-prepared: an answer for each", briefs.length === requests.length);
  check("send-all-prepared: status is 200", briefs.every((brief) => brief.status === 200));
  check("send-all-prepared: all answers are kept", briefs.every((brief) => brief.bytes().length === brief.length));
  check("send-all: none for none", http.sendAll([]).length === 0);
}

function refused() {
  const of = (request) => code(() => http.prepare(request));
  check("bad-url", of("http://") === "bad-url");
  check("bad-request: method", of({ method: "G T", url: "/" }) === "bad-request");
  check("bad-request: header", of({ url: "/", headers: { "x\r\ny": "1" } }) === "bad-request");
  check("host-not-allowed", of("http://192.0.2.1/") === "host-not-allowed");
  check("unsupported: scheme", of("ftp://192.0.2.1/") === "unsupported");
  const many = http.sendAll(Array.from({ length: 257 }, () => "/"));
  check("send-all: 257 are too many", many.every((error) => error instanceof HttpError && error.code === "bad-request"));
}

export function unicode() {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  const answer = http.post("/echo", TEXT, { headers, name: "écho 世界" });
  check("echo: status is 200", answer.status === 200);
  check("echo: text comes back", answer.text() === TEXT);
  check("Unicode: 世界 🌍", true);
  console.info(TEXT);
}

export function large() {
  const answer = http.prepare(`/bytes/${LARGE}`).send();
  check("large: length", answer.length === LARGE);
  const body = answer.bytes();
  const places = [0, LARGE / 2, LARGE - 1];
  check("large: body", body.length === LARGE && places.every((place) => body[place] === X));
  check("large: echo", http.post("/echo", "y".repeat(ECHO)).length === ECHO);
}

export function errors() {
  check("timeout", code(() => http.get("/delay/2000", { timeout: "50ms" })) === "timeout");
  check("closed", code(() => http.get("/close")) === "closed");
  check("protocol", code(() => http.get("/garbage")) === "protocol");
  check("body-too-large", code(() => http.get("/endless")) === "body-too-large");
  check("connect-refused", code(() => http.get(`${run.env("nobody")}/`)) === "connect-refused");
}

export function uncaught() {
  http.get("/delay/2000", { timeout: "50ms" });
}

export function statuses() {
  check("404 is an answer", http.get("/status/404").status === 404);
  check("503 is an answer", http.get("/status/503").status === 503);
}

export function together() {
  const answers = http.sendAll(Array.from({ length: 8 }, () => "/delay/200"));
  check("together: all answer", answers.filter((answer) => answer.status === 200).length === 8);
}

const same = (one, other) => one.length === other.length && one.every((byte, index) => byte === other[index]);

function throws(call) {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}
