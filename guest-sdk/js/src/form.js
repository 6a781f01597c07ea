// Bodies of forms.

import { encode } from "#engine";

import { bytes } from "./bytes.js";

/** What stands between the parts of a form; a number follows where a part has it in it. */
const BOUNDARY = "----strata-form-";

/** A file of a form. */
export class FormFile {
  constructor(content, name, type) {
    this.content = bytes(content, `the file \`${name}\``);
    this.name = name;
    this.type = type;
  }
}

/** k6's `http.file`. */
export function file(content, name = "file", type = "application/octet-stream") {
  return new FormFile(content, String(name), String(type));
}

/** Names and values of an object or of a list of pairs; a value may be a list, which stands for each of its values. */
export function entries(given, what) {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${what} is of type ${typeof given} (hint: an object, or a list of pairs)`);
  }
  const pairs = Array.isArray(given) ? given : Object.entries(given);
  return pairs.flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one) => [String(name), one]) : [[String(name), value]],
  );
}

/** The `content-type` and the body of `application/x-www-form-urlencoded`. */
export function form(fields) {
  const pairs = entries(fields, "`form`").map(([name, value]) => `${escaped(name)}=${escaped(String(value))}`);
  return ["application/x-www-form-urlencoded", encode(pairs.join("&"))];
}

/** The `content-type` and the body of `multipart/form-data`. The boundary is one that no part has in it. */
export function multipart(fields) {
  const parts = entries(fields, "`multipart`").map(([name, value]) => part(name, value));
  let boundary = BOUNDARY;
  for (let number = 1; parts.some(([, content]) => includes(content, encode(boundary))); number++) {
    boundary = `${BOUNDARY}${number}-`;
  }
  const pieces = parts.flatMap(([head, content]) => [encode(`--${boundary}\r\n${head}\r\n\r\n`), content, encode("\r\n")]);
  return [`multipart/form-data; boundary=${boundary}`, joined([...pieces, encode(`--${boundary}--\r\n`)])];
}

function part(name, value) {
  const head = `content-disposition: form-data; name="${quoted(name)}"`;
  if (!(value instanceof FormFile)) return [head, encode(String(value))];
  return [`${head}; filename="${quoted(value.name)}"\r\ncontent-type: ${quoted(value.type)}`, value.content];
}

/** As the URL standard writes forms: letters, digits and `*-._` stand for themselves, a space is a plus. */
function escaped(text) {
  return encodeURIComponent(text.toWellFormed()).replace(/%20|[!'()~]/g, (found) =>
    found === "%20" ? "+" : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** As browsers write names of fields and files. */
function quoted(name) {
  return name.replace(/["\r\n]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

function includes(content, wanted) {
  for (let at = content.indexOf(wanted[0]); at >= 0; at = content.indexOf(wanted[0], at + 1)) {
    if (at + wanted.length > content.length) return false;
    if (wanted.every((byte, index) => content[at + index] === byte)) return true;
  }
  return false;
}

function joined(pieces) {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
