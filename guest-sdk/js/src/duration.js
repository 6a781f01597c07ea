// Durations as k6 writes them.

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
const PARTS = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;
/** The contract has 32 bits for milliseconds. */
const MOST = 0xffff_ffff;

/** Milliseconds of `"1m30s"`, `"500ms"` or a number of them. */
export function millis(duration, what) {
  let ms = duration;
  if (typeof duration === "string") {
    ms = WHOLE.test(duration)
      ? [...duration.matchAll(PARTS)].reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit], 0)
      : NaN;
  }
  if (typeof ms !== "number" || !(ms >= 0 && ms <= MOST)) {
    throw new TypeError(`${what} is \`${duration}\`, which is not a duration (hint: \`"1m30s"\`, \`"500ms"\` or a number of milliseconds)`);
  }
  return Math.round(ms);
}
