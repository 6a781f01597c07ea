import assert from "node:assert/strict";
import { test } from "node:test";

import { Space } from "../src/index.js";
import { FormFile, file } from "../src/form.js";
import { Incoming } from "../src/incoming.js";
import { HttpError } from "../src/failure.js";
import { changes, lowered } from "../src/request.js";
import { begin } from "../src/stage.js";

const text = (bytes) => new TextDecoder().decode(bytes);
const sent = (request) => {
  const { headers, body } = lowered({ url: "/", ...request });
  return [headers.map(({ name, value }) => `${name}: ${value}`), text(body)];
};

test("every option is said in the contract's words, and what is left out is not", () => {
  const { options, timeoutMs } = lowered({
    url: "/",
    timeout: "2s",
    discardBody: true,
    connectTimeout: "300ms",
    firstByteTimeout: 1000,
    redirects: 0,
    cookies: false,
    compression: ["gzip", "br"],
    keepEncoded: true,
    basicAuth: ["me", "a:b"],
    bearerAuth: "t",
    bodyFromSetup: [1, 3],
  });
  assert.equal(timeoutMs, 2000);
  assert.deepEqual(
    options.map(({ name, value }) => `${name}=${value}`),
    [
      "body=discard",
      "connect-timeout-ms=300",
      "first-byte-timeout-ms=1000",
      "redirects=0",
      "cookies=no",
      "compression=gzip, br",
      "decode=no",
      "basic-auth=me:a:b",
      "bearer-auth=t",
      "body-from=setup-data 1..3",
    ],
  );
  const none = { url: "/", discardBody: false, keepEncoded: false, bodyFromSetup: false, redirects: undefined };
  assert.deepEqual(lowered(none).options, []);
  assert.deepEqual(lowered({ url: "/", bodyFromSetup: true, cookies: true }).options, [
    { name: "body-from", value: "setup-data" },
    { name: "cookies", value: "yes" },
  ]);
});

test("what an option cannot be is refused where it is written", () => {
  for (const [given, why] of [
    [{ redirects: -1 }, /redirects of the request is `-1` \(hint: /],
    [{ redirects: "2" }, /redirects of the request is `2`/],
    [{ connectTimeout: "soon" }, /connectTimeout of the request is `soon`/],
    [{ basicAuth: "me:secret" }, /`basicAuth` is not a user and a password/],
    [{ basicAuth: ["a:b", "c"] }, /the user of `basicAuth` is `a:b`/],
    [{ bodyFromSetup: [1] }, /`bodyFromSetup` is `1`/],
    [{ bodyFromSetup: [1, 2.5] }, /a byte of `bodyFromSetup` is `2.5`/],
    [{ form: "a=1" }, /`form` is of type string \(hint: /],
    [{ form: { a: 1 }, json: {} }, /both `json` and `form`/],
    [{ body: "", multipart: {} }, /both `body` and `multipart`/],
    [{ redirect: 1 }, /the request has no `redirect` \(hint: .*`redirects`/],
  ]) {
    assert.throws(() => lowered({ url: "/", ...given }), why, JSON.stringify(given));
  }
  assert.throws(() => changes({ redirects: 1 }), /what is sent with has no `redirects`/);
});

test("fields are written as browsers write them", () => {
  const fields = { user: "me & you", "ñ=": "1+1~*-._'()!", many: ["a", 2], half: "\ud800" };
  const [headers, body] = sent({ form: fields });
  assert.deepEqual(headers, ["content-type: application/x-www-form-urlencoded"]);
  const standard = new URLSearchParams([["user", "me & you"], ["ñ=", "1+1~*-._'()!"], ["many", "a"], ["many", "2"], ["half", "\ud800"]]);
  assert.equal(body, standard.toString());
  assert.deepEqual(sent({ form: Object.entries(fields), headers: { "Content-Type": "own" } }), [["Content-Type: own"], body]);
});

test("parts are told apart by what none of them has", () => {
  const [headers, body] = sent({
    multipart: { 'a"b': 1, f: file("x----strata-form-2-", "x\r\ny.txt", "text/plain"), g: [file("----strata-form-"), "2"] },
  });
  assert.deepEqual(headers, ["content-type: multipart/form-data; boundary=----strata-form-1-"]);
  assert.equal(
    body,
    '------strata-form-1-\r\ncontent-disposition: form-data; name="a%22b"\r\n\r\n1\r\n' +
      '------strata-form-1-\r\ncontent-disposition: form-data; name="f"; filename="x%0D%0Ay.txt"\r\n' +
      "content-type: text/plain\r\n\r\nx----strata-form-2-\r\n" +
      '------strata-form-1-\r\ncontent-disposition: form-data; name="g"; filename="file"\r\n' +
      "content-type: application/octet-stream\r\n\r\n----strata-form-\r\n" +
      '------strata-form-1-\r\ncontent-disposition: form-data; name="g"\r\n\r\n2\r\n------strata-form-1---\r\n',
  );
  assert.throws(() => file({}), /the file `file` is of type object/);
  assert.ok(file("a") instanceof FormFile);
});

test("a streamed answer is read to its end, and closed once", () => {
  let closed = 0;
  const pieces = [{ atMs: 1, body: Uint8Array.of(1, 2) }, { atMs: 2, body: Uint8Array.of(3) }];
  const events = [{ atMs: 3, kind: "add", data: "a", id: "7" }];
  const handle = {
    status: () => 200,
    headers: () => [{ name: "etag", value: "a" }],
    read: (most) => (most === 5 ? pieces.shift() : null),
    nextEvent: () => {
      if (events.length === 0) throw Object.assign(new Error(), { payload: { code: "reset", message: "gone" } });
      return events.shift();
    },
    [Symbol.dispose]: () => (closed += 1),
  };
  const answer = new Incoming(handle);
  assert.deepEqual([answer.status, answer.header("ETag"), answer.header("age")], [200, "a", undefined]);
  assert.deepEqual([...answer.pieces(5)].map(({ at, body }) => [at, ...body]), [[1, 1, 2], [2, 3]]);
  assert.deepEqual(answer.nextEvent(), { at: 3, type: "add", data: "a", id: "7" });
  assert.throws(() => answer.nextEvent(), (error) => error instanceof HttpError && error.code === "reset");
  assert.throws(() => answer.read(0.5), /the size of a piece is `0.5`/);
  answer[Symbol.dispose]();
  answer.close();
  assert.equal(closed, 1);
  assert.throws(() => answer.read(), /`read` of an answer that was closed/);
});

test("what a space cannot take is refused where it is written", () => {
  begin();
  const space = new Space("shop");
  assert.throws(() => space.set("a", { b: 1 }), /a value of a space is of type object \(hint: .*JSON.stringify/);
  assert.throws(() => space.meet("a", 0.5, 1), /the parties of `meet` is `0.5`/);
  assert.throws(() => new Space(), /the name of a space is `undefined`/);
});
