/// <reference lib="esnext.disposable" />
/** Requests and answers. */

import type { Duration } from "./index.js";

/** How a request is sent. */
export interface RequestOptions {
  /** A value may be a list: the header is sent once for each. */
  headers?: Record<string, string | number | string[]> | [string, string][];
  /** The tag `name` in reports; the path unless set. One name for URLs that differ only in an id. */
  name?: string;
  /** Until the last byte of the answer; what the run says, or 60 s, unless set. */
  timeout?: Duration;
  /** Until the connection is open; what the run says, or 10 s, unless set. */
  connectTimeout?: Duration;
  /** From when the request goes out to the first byte of the answer; what the run says, or `timeout`, unless set. */
  firstByteTimeout?: Duration;
  /** Reads the answer's body from the wire and forgets it. */
  discardBody?: boolean;
  /** How many redirects are followed, at most 100; what the run says, or 10, unless set. 0 gives the first answer. */
  redirects?: number;
  /** Whether this user's cookies go with it, and the answer's are kept; what the run says, or `true`, unless set. */
  cookies?: boolean;
  /** What the answer may be compressed with; what the run says, or `"none"`, unless set. A kept body is decoded. */
  compression?: "none" | "all" | Coding | Coding[];
  /** Leaves a compressed body as it came. */
  keepEncoded?: boolean;
  /** The header `authorization` of a user, who has no colon, with a password. */
  basicAuth?: [user: string, password: string];
  /** The header `authorization` with a token. */
  bearerAuth?: string;
  /**
   * The body is what `setup` returned, or the bytes from one place to before another. All users send the same bytes and none
   * holds a copy: the way for large uploads.
   */
  bodyFromSetup?: boolean | [from: number, to: number];
  /** Plain data for the body, with its `content-type`. */
  json?: unknown;
  /** Fields of a form for the body, `application/x-www-form-urlencoded`. */
  form?: Fields<string | number | boolean>;
  /** Fields and files of a form for the body, `multipart/form-data`. */
  multipart?: Fields<string | number | boolean | FormFile>;
}

/** A text is sent as UTF-8. */
export type Body = string | Uint8Array | ArrayBuffer;

/** How a body can be compressed. */
export type Coding = "gzip" | "br" | "zstd" | "deflate";

/** Names and values, as an object or a list of pairs. A value may be a list, which stands for each of its values. */
export type Fields<Value> = Record<string, Value | Value[]> | [string, Value | Value[]][];

/** What `http.file` makes. */
export interface FormFile {
  readonly content: Uint8Array;
  readonly name: string;
  readonly type: string;
}

/** What to ask for. */
export interface Request extends RequestOptions {
  /** `"GET"` unless set. */
  method?: string;
  /** A path is appended to the target's base URL; an absolute URL stands for itself. */
  url: string;
  body?: Body;
}

/** What is different in one sending of a prepared request. */
export interface Overrides {
  /** Another URL; the name stays. */
  url?: string;
  /** Headers besides the prepared ones. */
  headers?: RequestOptions["headers"];
  body?: Body;
  json?: unknown;
  form?: RequestOptions["form"];
  multipart?: RequestOptions["multipart"];
}

/** Where the time of a request went, in milliseconds. `duration` is sending + waiting + receiving. */
export interface Timings {
  readonly blocked: number;
  readonly dns: number;
  readonly connecting: number;
  readonly tls: number;
  readonly sending: number;
  readonly waiting: number;
  readonly receiving: number;
  readonly duration: number;
}

/**
 * An answer. Headers and body stay with the engine until they are asked for, at most until this user's next request; whoever
 * asks later is told so by an error.
 */
export interface Response {
  readonly status: number;
  /** Bytes of the body. */
  readonly length: number;
  readonly timings: Timings;
  /** Whether headers and body can still be asked for. */
  readonly kept: boolean;
  /** The body as text, bytes that are not UTF-8 replaced. */
  text(): string;
  /** The body's JSON. */
  json<T = any>(): T;
  /** The body, copied. */
  bytes(): Uint8Array;
  /** All of them, copied: in the order received, names in lower case. */
  headers(): [string, string][];
  /** The first value of a header; the name in any case. */
  header(name: string): string | undefined;
}

/** An answer with all of its headers and its body. */
export interface FullResponse {
  readonly status: number;
  /** `"HTTP/1.1"`, `"HTTP/1.0"` or `"HTTP/2"`. */
  readonly protocol: string;
  /** In the order received, names in lower case. */
  readonly headers: [string, string][];
  /** Empty if it was discarded. */
  readonly body: Uint8Array;
  /** Bytes of the body. */
  readonly length: number;
  readonly timings: Timings;
  text(): string;
  json<T = any>(): T;
  /** The first value of a header; the name in any case. */
  header(name: string): string | undefined;
}

/** A request that is checked and encoded once and sent many times: the fast way. */
export interface Prepared {
  /** @throws {HttpError} */
  send(): Response;
  /** @throws {HttpError} */
  sendWith(overrides: Overrides): Response;
}

/** A piece of a body. */
export interface Piece {
  /** When the engine read it, in milliseconds on the clock of `run.now`. */
  readonly at: number;
  /** Not empty. */
  readonly body: Uint8Array;
}

/** An event of a `text/event-stream`. */
export interface ServerEvent {
  /** When the engine read its end, in milliseconds on the clock of `run.now`. */
  readonly at: number;
  /** `"message"` unless the server says otherwise. */
  readonly type: string;
  /** Its lines, with line feeds between them. */
  readonly data: string;
  /** The newest identifier that the server gave, for this event or an earlier one. */
  readonly id: string;
}

/**
 * An answer that is read while it comes. Redirects are not followed and nothing is decoded. It is to be closed, by `close()` or by
 * `using`; one that is left open is given up with its connection when the iteration ends. At most 64 are open at a time.
 */
export interface Incoming {
  readonly status: number;
  /** In the order received, names in lower case. */
  readonly headers: [string, string][];
  /** The first value of a header; the name in any case. */
  header(name: string): string | undefined;
  /** Waits for the next piece, of at most so many bytes, 65,536 unless given; nothing at the end. @throws {HttpError} */
  read(most?: number): Piece | undefined;
  /** Waits for the next event; nothing at the end. @throws {HttpError} */
  nextEvent(): ServerEvent | undefined;
  /** For `for`: `read` until the end. */
  pieces(most?: number): Generator<Piece, void, undefined>;
  /** For `for`: `nextEvent` until the end. */
  events(): Generator<ServerEvent, void, undefined>;
  /** Gives up what has not been read, with its connection. Nothing, if it is closed. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * Requests. Each is timed and counted by the engine; nothing is retried but what a closed
 * kept connection has swallowed (`http_reqs_resent`), each redirect that is followed is a request of its own, and
 * a status of 404 or 503 is an answer. Where there is none an `HttpError` is thrown.
 */
export const http: {
  get(url: string, options?: RequestOptions): Response;
  head(url: string, options?: RequestOptions): Response;
  del(url: string, options?: RequestOptions): Response;
  post(url: string, body?: Body, options?: RequestOptions): Response;
  put(url: string, body?: Body, options?: RequestOptions): Response;
  patch(url: string, body?: Body, options?: RequestOptions): Response;
  /** Checks and encodes a request, to send it many times; in `start`, not in each iteration. */
  prepare(request: Request | string): Prepared;
  /** Sends a request and copies the whole answer, which outlives the next request. */
  send(request: Request | string): FullResponse;
  /** Sends a request and waits for the status and the headers: the body is read from what this gives, piece by piece or event by event. */
  open(request: Request | string): Incoming;
  /** Sends requests at the same time and waits for all answers, in the order of the requests. At most 256. */
  sendAll(requests: (Request | string)[]): (FullResponse | HttpError)[];
  /** As `sendAll`, and cheaper; all answers are kept until the next request. */
  sendAllPrepared(requests: Prepared[]): (Response | HttpError)[];
  /** A file of `multipart`, called `"file"` and of the type `"application/octet-stream"` unless given. */
  file(content: Body, name?: string, type?: string): FormFile;
  /** The cookies of this user that would go to a URL, names and values, in the order in which they are sent. */
  cookies(url: string): [string, string][];
  /**
   * Takes a cookie as if the server at a URL had sent it in `set-cookie`: `"session=1; Path=/; Max-Age=60"`.
   * @throws {HttpError} `bad-url`, `unsupported`, `bad-request`
   */
  setCookie(url: string, line: string): void;
  /** Forgets all cookies of this user. */
  clearCookies(): void;
};

/** What the engine could not do. Not caught, it fails the iteration under its code. */
export class StrataError extends Error {
  constructor(code: string, message: string);
  /** A stable word. */
  readonly code: string;
}

/**
 * A request that was not answered. Codes: `bad-url`, `bad-request`, `host-not-allowed`, `dns`, `connect-refused`,
 * `connect-timeout`, `out-of-descriptors`, `out-of-ports`, `connect`, `proxy`, `tls-expired`, `tls-issuer`, `tls-host`, `tls-handshake`,
 * `timeout`, `reset`, `closed`, `stale`, `protocol`, `body-too-large`, `bad-encoding`, `unsupported`.
 */
export class HttpError extends StrataError {}
