// Requests to the target, over connections that the engine owns.

import * as engine from "#engine";

import { millis } from "./duration.js";
import { HttpError, raised } from "./failure.js";
import { onlyKnown } from "./known.js";
import { bytes } from "./run.js";
import { need } from "./stage.js";

const REQUEST = new Set(["method", "url", "headers", "body", "json", "name", "timeout", "discardBody"]);
const OVERRIDES = new Set(["url", "headers", "body", "json"]);
const EMPTY = new Uint8Array(0);
const DISCARD = [{ name: "body", value: "discard" }];
const NONE = [];

/** Counts sendings: the engine keeps the answers of the last one. */
let sending = 0;

/** An answer whose headers and body stay with the engine until they are asked for. */
class Response {
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
      this.#kept("text");
      this.#text = engine.http.text(this.#index);
    }
    return this.#text;
  }

  json() {
    return JSON.parse(this.text());
  }

  bytes() {
    this.#kept("bytes");
    return bytes(engine.http.body(this.#index));
  }

  header(name) {
    this.#kept("header");
    return engine.http.header(this.#index, name) ?? undefined;
  }

  get kept() {
    return this.#sending === sending;
  }

  #kept(what) {
    if (this.#sending !== sending) {
      throw new Error(
        `\`${what}\` of an answer that is gone: the engine keeps answers until the next request (hint: ask before it is sent, or use \`http.send\`)`,
      );
    }
  }
}

/** An answer with all of its headers and its body. */
class FullResponse {
  constructor({ status, protocol, headers, body, timings }) {
    this.status = status;
    this.protocol = protocol;
    this.headers = headers.map(({ name, value }) => [name, value]);
    this.body = bytes(body);
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
    const wanted = name.toLowerCase();
    return this.headers.find(([name]) => name === wanted)?.[1];
  }
}

/** A request that is checked and encoded once and sent many times. */
class Prepared {
  #handle;

  constructor(request) {
    need("http.prepare");
    const asked = lowered(request);
    try {
      this.#handle = engine.http.Prepared.prepare(asked);
    } catch (thrown) {
      throw raised(thrown, HttpError);
    }
  }

  send() {
    sending += 1;
    try {
      return new Response(this.#handle.send());
    } catch (thrown) {
      throw raised(thrown, HttpError);
    }
  }

  sendWith(overrides) {
    onlyKnown(overrides, OVERRIDES, "what is sent with");
    const [body, headers] = content(overrides);
    const changed = { url: overrides.url, headers, body };
    sending += 1;
    try {
      return new Response(this.#handle.sendWith(changed));
    } catch (thrown) {
      throw raised(thrown, HttpError);
    }
  }

  /** For requests that are sent once: the engine need not wait for the garbage collector. */
  dispose() {
    this.#handle[Symbol.dispose]();
  }

  static handle(prepared) {
    return prepared.#handle;
  }
}

/** One sending of a request that is not kept. */
function once(request) {
  const prepared = new Prepared(request);
  try {
    return prepared.send();
  } finally {
    prepared.dispose();
  }
}

function send(request) {
  need("http.send");
  const asked = lowered(request);
  sending += 1;
  try {
    return new FullResponse(engine.http.send(asked));
  } catch (thrown) {
    throw raised(thrown, HttpError);
  }
}

function sendAll(requests) {
  need("http.sendAll");
  const asked = requests.map(lowered);
  sending += 1;
  return engine.http.sendAll(asked).map((answer) => each(answer, FullResponse));
}

function sendAllPrepared(requests) {
  need("http.sendAllPrepared");
  const handles = requests.map(Prepared.handle);
  sending += 1;
  return engine.http.sendAllPrepared(handles).map((answer) => each(answer, Response));
}

function each({ tag, val }, Kind) {
  return tag === "ok" ? new Kind(val) : new HttpError(val.code, val.message);
}

function lowered(request) {
  if (typeof request === "string") return plain(request);
  onlyKnown(request, REQUEST, "the request");
  const [body, headers] = content(request);
  return {
    method: request.method ?? "",
    url: request.url,
    headers,
    body: body ?? EMPTY,
    name: request.name ?? "",
    timeoutMs: request.timeout === undefined ? undefined : millis(request.timeout, "timeout of the request"),
    options: request.discardBody ? DISCARD : NONE,
  };
}

function plain(url) {
  return { method: "", url, headers: NONE, body: EMPTY, name: "", timeoutMs: undefined, options: NONE };
}

/** The bytes and the headers of a request or of its differences. */
function content({ body, json, headers }) {
  const list = headers === undefined ? [] : pairs(headers);
  if (json === undefined) return [body === undefined ? undefined : raw(body), list];
  if (body !== undefined) throw new TypeError("the request has both `body` and `json`");
  if (!list.some(({ name }) => name.toLowerCase() === "content-type")) {
    list.push({ name: "content-type", value: "application/json" });
  }
  return [engine.encode(JSON.stringify(json)), list];
}

function raw(body) {
  if (typeof body === "string") return engine.encode(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new TypeError(`the body is of type ${typeof body} (hint: a text or a Uint8Array; \`json\` takes plain data)`);
}

function pairs(headers) {
  const entries = Array.isArray(headers) ? headers : Object.entries(headers);
  return entries.flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one) => ({ name, value: String(one) })) : { name, value: String(value) },
  );
}

const without = (method) => (url, options) => once({ ...options, method, url });
const withBody = (method) => (url, body, options) =>
  once(body === undefined ? { ...options, method, url } : { ...options, method, url, body });

export const http = {
  get: without("GET"),
  head: without("HEAD"),
  del: without("DELETE"),
  post: withBody("POST"),
  put: withBody("PUT"),
  patch: withBody("PATCH"),
  prepare: (request) => new Prepared(request),
  send,
  sendAll,
  sendAllPrepared,
};
