/** What virtual users share: rows of files, and spaces of values. */

import type { Duration } from "./index.js";

/** Columns and cells. */
export type Row = Record<string, string>;

/**
 * Which row is taken: the one after that which was taken last, by whichever user of the layer; any, from the run's seed; that of
 * this user's number, the first row for user 1; one that nobody in this run has had, in any layer.
 */
export type Order = "sequential" | "random" | "per-vu" | "unique";

/**
 * Rows of files, by `--data NAME=FILE` or `[data.NAME]` of the phase file. `data` of the scenario asks for a set; one that it does not
 * name is the error `not-granted`.
 */
export const data: {
  /** How many rows a set has. @throws {StrataError} `not-granted` */
  length(set: string): number;
  /** The names of its columns, in order. @throws {StrataError} `not-granted` */
  columns(set: string): string[];
  /** The row of an index, from 0; takes nothing. @throws {StrataError} `not-granted`, `no-such-row` */
  row<Columns extends Row = Row>(set: string, index: number): Columns;
  /**
   * Takes a row, `"sequential"` unless the order is given. Where there is none left it throws `end-of-data`: not caught, the load ends
   * there and the iteration was none.
   * @throws {StrataError} `not-granted`, `end-of-data`; `no-such-row` for `"per-vu"` outside of `iteration`
   */
  take<Columns extends Row = Row>(set: string, order?: Order): Columns;
};

/**
 * Values, counters, queues and barriers that all virtual users share, in all layers whose `kv` names the space; one that the scenario
 * does not name is the error `not-granted`. Everything is text, and gone when the run ends. A name has 1 to 256 bytes, a value at most
 * 1 MiB; a larger one is `too-large`, and a space without room `kv-full`. What waits holds up no other user.
 */
export class Space {
  /** Asks the engine for nothing yet. */
  constructor(name: string);
  readonly name: string;
  /** A value, if it is there. @throws {StrataError} */
  get(key: string): string | undefined;
  /** Puts a value there, in place of another. @throws {StrataError} */
  set(key: string, value: string | number | boolean): void;
  /** Takes a value away, if it is there. @throws {StrataError} */
  delete(key: string): void;
  /** Adds to a number, 0 if it is not there, and gives the sum: nobody comes between. @throws {StrataError} also `bad-value` */
  add(key: string, by?: number): number;
  /** Puts a value at the end of a queue. @throws {StrataError} */
  push(queue: string, value: string | number | boolean): void;
  /** Takes the oldest value of a queue, waiting for one so long, at most an hour; not at all unless given. @throws {StrataError} */
  pop(queue: string, wait?: Duration): string | undefined;
  /** How many values a queue holds. @throws {StrataError} */
  queueLength(queue: string): number;
  /**
   * Waits until so many users are at a barrier, this one included, for at most so long.
   * @throws {StrataError} also `timeout`, and `bad-value` for another number than the others have said
   */
  meet(barrier: string, parties: number, wait: Duration): void;
}
