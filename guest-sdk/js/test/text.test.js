import assert from "node:assert/strict";
import { test } from "node:test";

import { shown } from "../src/shown.js";
import { decode, encode } from "../src/text.js";

const TEXTS = ["", "plain", "Grüße, 世界 🌍 – \"quoted\"", "\0\x7f\x80\u07ff\u0800\uffff\u{10000}\u{10ffff}", "\ud800a\udc00", "x".repeat(10_000) + "🌍"];
const BYTES = [
  [0xff],
  [0x61, 0xc3],
  [0xc3, 0x28],
  [0xe2, 0x82],
  [0xe2, 0x82, 0x61],
  [0xf0, 0x9f, 0x8c],
  [0xf0, 0x9f, 0x8c, 0x8d, 0x80],
  [0xc0, 0xaf],
  [0xe0, 0x80, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xef, 0xbb, 0xbf, 0x61],
];

test("UTF-8 is written and read as everywhere else", () => {
  for (const text of TEXTS) {
    assert.deepEqual(encode(text), new TextEncoder().encode(text), JSON.stringify(text.slice(0, 20)));
    assert.equal(decode(encode(text)), text.toWellFormed());
  }
});

test("what is not UTF-8 is replaced as everywhere else, or refused", () => {
  const native = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const bytes of BYTES) {
    assert.equal(decode(Uint8Array.from(bytes)), native.decode(Uint8Array.from(bytes)), String(bytes));
  }
  assert.throws(() => decode(Uint8Array.of(0x61, 0xff), true), /byte 2 of the text is not UTF-8/);
});

test("any bytes are read as everywhere else", () => {
  const native = new TextDecoder("utf-8", { ignoreBOM: true });
  let seed = 1;
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: 12 }, () => {
      seed = (seed * 48271) % 0x7fff_ffff;
      // Mostly bytes that begin or go on a character.
      return seed % 3 === 0 ? seed & 0xff : 0x80 | (seed & 0x7f);
    });
    assert.equal(decode(bytes), native.decode(bytes), String(bytes));
  }
});

test("values are shown in a line", () => {
  const own = { name: "a" };
  own.own = own;
  for (const [value, line] of [
    ["text", "text"],
    [["text", 1, null, undefined, 2n], '["text", 1, null, undefined, 2n]'],
    [{ a: { b: { c: { d: { e: 1 } } } } }, "{ a: { b: { c: { d: ... } } } }"],
    [own, '{ name: "a", own: [itself] }'],
    [new TypeError("boom"), "TypeError: boom"],
    [new Map([["a", 1]]), "Map { a: 1 }"],
    [new Set([1]), "Set [1]"],
    [Uint8Array.of(1, 2), "[1, 2]"],
    [shown, "[function shown]"],
    [{}, "{}"],
  ]) {
    assert.equal(shown(value), line);
  }
});
