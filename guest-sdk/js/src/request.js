// From what the author writes to the contract's `request`.

import { encode } from "#engine";

import { bytes } from "./bytes.js";
import { millis } from "./duration.js";
import { entries, form, multipart } from "./form.js";
import { names, onlyKnown, whole } from "./known.js";

/** How each option of a request is said in the contract; nothing where it says nothing. */
const OPTIONS = {
  __proto__: null,
  discardBody: (yes) => yes && ["body", "discard"],
  connectTimeout: (given) => ["connect-timeout-ms", millis(given, "connectTimeout of the request")],
  firstByteTimeout: (given) => ["first-byte-timeout-ms", millis(given, "firstByteTimeout of the request")],
  redirects: (most) => ["redirects", whole(most, "redirects of the request")],
  cookies: (yes) => ["cookies", yes ? "yes" : "no"],
  compression: (codings) => ["compression", Array.isArray(codings) ? codings.join(", ") : codings],
  keepEncoded: (yes) => yes && ["decode", "no"],
  basicAuth: basic,
  bearerAuth: (token) => ["bearer-auth", token],
  bodyFromSetup: fromSetup,
};
const CONTENT = ["body", "json", "form", "multipart"];
const REQUEST = names("method", "url", "headers", "name", "timeout", ...CONTENT, ...Object.keys(OPTIONS));
const OVERRIDES = names("url", "headers", ...CONTENT);
const EMPTY = new Uint8Array(0);
const NONE = [];

/** The contract's `request` of the author's, or of a URL. */
export function lowered(request) {
  if (typeof request === "string") return plain(request);
  onlyKnown(request, REQUEST, "the request");
  const headers = fields(request.headers);
  const body = content(request, headers);
  return {
    method: request.method ?? "",
    url: request.url,
    headers,
    body: body ?? EMPTY,
    name: request.name ?? "",
    timeoutMs: request.timeout === undefined ? undefined : millis(request.timeout, "timeout of the request"),
    options: options(request),
  };
}

/** The contract's `overrides` of the author's. */
export function changes(overrides) {
  onlyKnown(overrides, OVERRIDES, "what is sent with");
  const headers = fields(overrides.headers);
  return { url: overrides.url, body: content(overrides, headers), headers };
}

function plain(url) {
  return { method: "", url, headers: NONE, body: EMPTY, name: "", timeoutMs: undefined, options: NONE };
}

function options(request) {
  const said = [];
  for (const option in request) {
    const given = request[option];
    const pair = given !== undefined && OPTIONS[option]?.(given);
    if (pair) said.push({ name: pair[0], value: String(pair[1]) });
  }
  return said;
}

/** The contract's headers of the author's. */
function fields(given) {
  if (given === undefined) return [];
  return entries(given ?? [], "`headers`").map(([name, value]) => ({ name, value: String(value) }));
}

/** The bytes of a request or of its differences; their type joins the headers. */
function content(given, headers) {
  if (given.body === undefined && given.json === undefined && given.form === undefined && given.multipart === undefined) {
    return undefined;
  }
  const [kind, other] = CONTENT.filter((kind) => given[kind] !== undefined);
  if (other !== undefined) throw new TypeError(`the request has both \`${kind}\` and \`${other}\``);
  const [type, body] = encoded(kind, given[kind]);
  if (type !== undefined && !headers.some(({ name }) => name.toLowerCase() === "content-type")) {
    headers.push({ name: "content-type", value: type });
  }
  return body;
}

/** The `content-type`, where it has one, and the bytes. */
function encoded(kind, given) {
  switch (kind) {
    case "json":
      return ["application/json", encode(JSON.stringify(given))];
    case "form":
      return form(given);
    case "multipart":
      return multipart(given);
    default:
      return [undefined, bytes(given, "the body")];
  }
}

function basic(given) {
  const [user, password] = Array.isArray(given) && given.length === 2 ? given.map(String) : [];
  if (user === undefined) throw new TypeError("`basicAuth` is not a user and a password (hint: `[user, password]`)");
  if (user.includes(":")) throw new TypeError(`the user of \`basicAuth\` is \`${user}\`, which can have no colon`);
  return ["basic-auth", `${user}:${password}`];
}

function fromSetup(part) {
  if (part === false) return undefined;
  if (part === true) return ["body-from", "setup-data"];
  if (!Array.isArray(part) || part.length !== 2) {
    throw new TypeError(`\`bodyFromSetup\` is \`${part}\` (hint: \`true\`, or \`[from, to]\` in bytes)`);
  }
  const [from, to] = part.map((byte) => whole(byte, "a byte of `bodyFromSetup`"));
  return ["body-from", `setup-data ${from}..${to}`];
}
