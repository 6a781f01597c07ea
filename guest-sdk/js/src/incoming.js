// Answers that are read while they come.

import { first, listed } from "./answer.js";
import { received } from "./bytes.js";
import { HttpError, raised } from "./failure.js";
import { whole } from "./known.js";

/** The most bytes of a piece unless the author says otherwise. */
const PIECE = 65_536;

/** An answer whose body is read piece by piece or event by event. */
export class Incoming {
  #handle;

  constructor(handle) {
    this.#handle = handle;
    this.status = handle.status();
    this.headers = listed(handle.headers());
  }

  header(name) {
    return first(this.headers, name);
  }

  read(most = PIECE) {
    const piece = this.#asked("read", (handle) => handle.read(whole(most, "the size of a piece")));
    return piece && { at: piece.atMs, body: received(piece.body) };
  }

  nextEvent() {
    const event = this.#asked("nextEvent", (handle) => handle.nextEvent());
    return event && { at: event.atMs, type: event.kind, data: event.data, id: event.id };
  }

  *pieces(most) {
    for (let piece = this.read(most); piece; piece = this.read(most)) yield piece;
  }

  *events() {
    for (let event = this.nextEvent(); event; event = this.nextEvent()) yield event;
  }

  close() {
    this.#handle?.[Symbol.dispose]();
    this.#handle = undefined;
  }

  [Symbol.dispose]() {
    this.close();
  }

  #asked(what, call) {
    if (this.#handle === undefined) throw new Error(`\`${what}\` of an answer that was closed`);
    try {
      return call(this.#handle) ?? undefined;
    } catch (thrown) {
      throw raised(thrown, HttpError);
    }
  }
}
