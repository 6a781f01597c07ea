// What a scenario finds without importing it, on both engines. StarlingMonkey has more of the Web (`URL`, `setTimeout`,
// `crypto`); add `"DOM"` to `lib` in tsconfig.json to have their types, in place of these.

interface Console {
  /** A line of only use while writing the scenario. */
  debug(...values: unknown[]): void;
  /** A line for people; the first ones of a run are shown, then they are only counted. */
  log(...values: unknown[]): void;
  /** As `log`. */
  info(...values: unknown[]): void;
  /** Something is odd, but the work goes on. */
  warn(...values: unknown[]): void;
  /** Something did not work. */
  error(...values: unknown[]): void;
  /** A line as of `error` if it does not hold. */
  assert(held?: boolean, ...values: unknown[]): void;
}
declare var console: Console;

interface TextEncoder {
  readonly encoding: string;
  /** UTF-8. */
  encode(text?: string): Uint8Array;
}
declare var TextEncoder: { prototype: TextEncoder; new (): TextEncoder };

interface TextDecoder {
  readonly encoding: string;
  /** Of UTF-8; what is none becomes U+FFFD. */
  decode(bytes?: ArrayBuffer | ArrayBufferView): string;
}
declare var TextDecoder: {
  prototype: TextDecoder;
  new (label?: "utf-8" | "utf8", options?: { fatal?: boolean }): TextDecoder;
};
