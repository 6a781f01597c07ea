// Requests to the target, over connections that the engine owns.

import * as engine from "#engine";

import { FullResponse, listed, Response, sends } from "./answer.js";
import { HttpError, raised } from "./failure.js";
import { file } from "./form.js";
import { Incoming } from "./incoming.js";
import { text } from "./known.js";
import { changes, lowered } from "./request.js";
import { early, live } from "./stage.js";

/** What the engine gives, or an `HttpError`. */
function asked(call) {
  try {
    return call();
  } catch (thrown) {
    throw raised(thrown, HttpError);
  }
}

/** A request that is checked and encoded once and sent many times. */
class Prepared {
  #handle;

  constructor(request) {
    if (!live()) early("http.prepare");
    const wanted = lowered(request);
    // Written out, as in `send`: these are the fast way.
    try {
      this.#handle = engine.http.Prepared.prepare(wanted);
    } catch (thrown) {
      throw raised(thrown, HttpError);
    }
  }

  send() {
    sends();
    try {
      return new Response(this.#handle.send());
    } catch (thrown) {
      throw raised(thrown, HttpError);
    }
  }

  sendWith(overrides) {
    const changed = changes(overrides);
    sends();
    return asked(() => new Response(this.#handle.sendWith(changed)));
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
  if (!live()) early("http.send");
  const wanted = lowered(request);
  sends();
  return asked(() => new FullResponse(engine.http.send(wanted)));
}

function open(request) {
  if (!live()) early("http.open");
  const wanted = lowered(request);
  return asked(() => new Incoming(engine.http.Incoming.open(wanted)));
}

function sendAll(requests) {
  if (!live()) early("http.sendAll");
  const wanted = requests.map(lowered);
  sends();
  return engine.http.sendAll(wanted).map((answer) => each(answer, FullResponse));
}

function sendAllPrepared(requests) {
  if (!live()) early("http.sendAllPrepared");
  const handles = requests.map(Prepared.handle);
  sends();
  return engine.http.sendAllPrepared(handles).map((answer) => each(answer, Response));
}

function each({ tag, val }, Kind) {
  return tag === "ok" ? new Kind(val) : new HttpError(val.code, val.message);
}

function cookies(url) {
  if (!live()) early("http.cookies");
  return listed(engine.http.cookies(text(url, "the URL")));
}

function setCookie(url, line) {
  if (!live()) early("http.setCookie");
  asked(() => engine.http.setCookie(text(url, "the URL"), text(line, "the cookie")));
}

function clearCookies() {
  if (!live()) early("http.clearCookies");
  engine.http.clearCookies();
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
  open,
  sendAll,
  sendAllPrepared,
  file,
  cookies,
  setCookie,
  clearCookies,
};
