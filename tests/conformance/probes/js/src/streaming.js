// Mode `stream`: answers that are read while they come.

import { check, http, run } from "strata";

import { code } from "./judging.js";

export function stream() {
  pieces();
  events();
  ends();
}

function pieces() {
  const answer = http.open({ url: "/pieces/5", name: "pieces" });
  check("stream: status", answer.status === 200);
  check("stream: headers", answer.headers.some(([name]) => name === "transfer-encoding") && answer.header("etag") === undefined);
  let [length, last, held] = [0, 0, true];
  for (const { at, body } of answer.pieces(400)) {
    held &&= body.length >= 1 && body.length <= 400 && at >= last;
    [length, last] = [length + body.length, at];
  }
  check("stream: pieces are no longer than asked for, and in order", held);
  check("stream: everything comes", length === 5000);
  check("stream: pieces have their times", last > 0 && last <= run.now());
  check("stream: the end is the end", answer.read(1) === undefined);
  answer.close();
}

function events() {
  const answer = http.open({ url: "/events", name: "events" });
  const found = [...answer.events()].map(({ type, id, data }) => `${type} ${id} ${data}`);
  check("stream: events", JSON.stringify(found) === JSON.stringify(["message  one", "add 7 two\nlines", "message 7 three"]));
  answer.close();
}

function ends() {
  // More of them, one after another, than can be open.
  let read = 0;
  for (let times = 0; times < 70; times++) {
    using endless = http.open({ url: "/endless", name: "endless" });
    read += endless.read()?.body.length > 0;
  }
  check("stream: an answer without an end", read === 70);
  const late = code(() => http.open({ url: "/delay/2000", name: "late", timeout: "50ms" }));
  check("stream: timeout", late === "timeout");
  const stalls = http.open({ url: "/stalls", name: "stalls", timeout: "200ms" });
  check("stream: timeout within", code(() => [...stalls.pieces(100)]) === "timeout");
  stalls.close();
  const moved = http.open({ url: "/redirect/1", name: "redirect" });
  check("stream: a redirect is an answer", moved.status === 302);
  moved.close();
  check("stream: host-not-allowed", code(() => http.open("http://192.0.2.1/")) === "host-not-allowed");
}
