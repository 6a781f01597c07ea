// UTF-8 for an engine that has none.

/** How many code units `String.fromCharCode` is given at once: each is an argument on the stack. */
const CHUNK = 4096;
const REPLACEMENT = 0xfffd;

/** A text as UTF-8; halves of surrogate pairs become U+FFFD. */
export function encode(text) {
  const length = text.length;
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) return encodeAll(text, bytes, at);
    bytes[at] = unit;
  }
  return bytes;
}

function encodeAll(text, ascii, begin) {
  const bytes = new Uint8Array(begin + (text.length - begin) * 3);
  bytes.set(ascii.subarray(0, begin));
  let end = begin;
  for (let at = begin; at < text.length; at++) {
    let point = text.codePointAt(at);
    if (point > 0xffff) at++;
    else if (point >= 0xd800 && point <= 0xdfff) point = REPLACEMENT;
    if (point < 0x80) {
      bytes[end++] = point;
      continue;
    }
    if (point < 0x800) {
      bytes[end++] = 0xc0 | (point >> 6);
    } else {
      if (point < 0x10000) {
        bytes[end++] = 0xe0 | (point >> 12);
      } else {
        bytes[end++] = 0xf0 | (point >> 18);
        bytes[end++] = 0x80 | ((point >> 12) & 0x3f);
      }
      bytes[end++] = 0x80 | ((point >> 6) & 0x3f);
    }
    bytes[end++] = 0x80 | (point & 0x3f);
  }
  return bytes.slice(0, end);
}

/** UTF-8 as a text. What is not UTF-8 becomes U+FFFD, once for each longest part that could have begun a character. */
export function decode(bytes, fatal = false) {
  let text = "";
  let units = [];
  const length = bytes.length;
  for (let at = 0; at < length; ) {
    if (units.length >= CHUNK) {
      text += String.fromCharCode.apply(null, units);
      units = [];
    }
    const first = bytes[at++];
    if (first < 0x80) {
      units.push(first);
      continue;
    }
    let [more, low, high, point] = lead(first);
    while (more > 0 && at < length && bytes[at] >= low && bytes[at] <= high) {
      point = (point << 6) | (bytes[at++] & 0x3f);
      [more, low, high] = [more - 1, 0x80, 0xbf];
    }
    if (more !== 0) {
      if (fatal) throw new TypeError(`byte ${at} of the text is not UTF-8`);
      point = REPLACEMENT;
    }
    if (point > 0xffff) {
      units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
    } else {
      units.push(point);
    }
  }
  return text + String.fromCharCode.apply(null, units);
}

/** Of a first byte: how many follow, the bounds of the next one, and the first bits of the character. */
function lead(first) {
  if (first >= 0xc2 && first <= 0xdf) return [1, 0x80, 0xbf, first & 0x1f];
  if (first >= 0xe0 && first <= 0xef) {
    return [2, first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf, first & 0x0f];
  }
  if (first >= 0xf0 && first <= 0xf4) {
    return [3, first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf, first & 0x07];
  }
  return [-1, 0, 0, REPLACEMENT];
}
