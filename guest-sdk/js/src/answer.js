// Answers, which stay with the engine or are copied.

import * as engine from "#engine";

import { received } from "./bytes.js";

/** Counts sendings: the engine keeps the answers of the last one. */
let sending = 0;

/** Called before something is sent. */
export function sends() {
  sending += 1;
}

/** The contract's pairs as lists of two. */
export function listed(pairs) {
  return pairs.map(({ name, value }) => [name, value]);
}

/** The first value of a header among lists of two; the name in any case. */
export function first(headers, name) {
  const wanted = name.toLowerCase();
  return headers.find(([name]) => name === wanted)?.[1];
}

/** An answer whose headers and body stay with the engine until they are asked for. */
export class Response {
  #index;
  #sending;
  #text;

  constructor(brief) {
    this.status = brief.status;
    this.length = brief.length;
    this.timings = brief.timings;
    this.#index = brief.index;
    this.#sending = sending;
  }

  text() {
    if (this.#text === undefined) {
      if (!this.kept) gone("text");
      this.#text = engine.http.text(this.#index);
    }
    return this.#text;
  }

  json() {
    return JSON.parse(this.text());
  }

  bytes() {
    if (!this.kept) gone("bytes");
    return received(engine.http.body(this.#index));
  }

  header(name) {
    if (!this.kept) gone("header");
    return engine.http.header(this.#index, name) ?? undefined;
  }

  headers() {
    if (!this.kept) gone("headers");
    return listed(engine.http.headers(this.#index));
  }

  get kept() {
    return this.#sending === sending;
  }
}

function gone(what) {
  throw new Error(
    `\`${what}\` of an answer that is gone: the engine keeps answers until the next request (hint: ask before it is sent, or use \`http.send\`)`,
  );
}

/** An answer with all of its headers and its body. */
export class FullResponse {
  constructor({ status, protocol, headers, body, timings }) {
    this.status = status;
    this.protocol = protocol;
    this.headers = listed(headers);
    this.body = received(body);
    this.timings = timings;
  }

  get length() {
    return this.body.length;
  }

  text() {
    return engine.decode(this.body);
  }

  json() {
    return JSON.parse(this.text());
  }

  header(name) {
    return first(this.headers, name);
  }
}
