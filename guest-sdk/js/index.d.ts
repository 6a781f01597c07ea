/// <reference path="./globals.d.ts" />
/**
 * Scenarios for strata.
 *
 * A module whose default export is `scenario({ ... })` is a scenario; `strata build` makes a component of it. Every call waits
 * by itself: there is nothing to `await`, and other users go on meanwhile.
 */

/** `"1m30s"`, `"500ms"`, or a number of milliseconds. */
export type Duration = string | number;

// --- What a scenario is -------------------------------------------------------------------------------------------------

/** What a scenario says of itself, at once or when it is asked, and what it does. `State` is what `start` gives. */
export type Definition<State> = (Said | Asked) & Functions<State>;

/** What a scenario says of itself. */
export interface Said {
  /** Letters, digits, `-` and `_`. */
  name: string;
  /** Its place in a phase, if it has one. */
  layer?: Layer;
  /** The load, one stage after the other; at least one. */
  stages: Stage[];
  /** What must be true. */
  goals?: Goal[];
  /** The metrics of its own that it writes to. */
  metrics?: Metric[];
  /** How soon the layer should be mended if it does not pass; `"medium"` unless set. */
  fixPriority?: "critical" | "high" | "medium" | "low";
  /** Hosts besides the target, as `host:port`. Granted or refused before the run. */
  hosts?: string[];
  /** Keys of `run.env`: one that is not named here is never there. */
  env?: string[];
  /** Sets of rows, given by `--data NAME=FILE` or the phase file. */
  data?: string[];
  /** Spaces of values that all virtual users share, in all layers that name them. */
  kv?: string[];
  /** Secrets, given by `--secret` or the phase file. */
  secrets?: string[];
  describe?: undefined;
}

/** For what depends on `run.env`; everything else is known when the component is built. */
export interface Asked {
  /** Called before the run, perhaps several times; gives the same answer each time and sends nothing. */
  describe(): Said;
}

/** What a scenario does. `State` is what `start` gives. */
export interface Functions<State> {
  /**
   * Prepares the run, once, in an instance of its own. Bytes are handed on as they are (`run.setupData()`), everything else as
   * JSON (`run.setupJson()`). What it throws ends the run.
   */
  setup?(): unknown;
  /**
   * Makes the state of one virtual user: prepared requests, logins, what is to be remembered. Called as part of the user's first
   * iteration, and again where that failed or the engine had to replace the user.
   */
  start?(): State | Promise<State>;
  /**
   * What a virtual user does, over and over. What it throws fails this iteration and no other: a `Failure` under its own code,
   * an `HttpError` under its code, any other error under the code `exception` with its place.
   *
   * Only the engine `starlingmonkey` can wait for promises.
   */
  iteration(context: Context, state: State): void | Promise<void>;
  /** Draws conclusions from `results` after the load, once, in an instance of its own. */
  judge?(): Finding | Finding[] | void | Promise<Finding | Finding[] | void>;
  /** Cleans up, once, whatever happened before, in the instance of `setup`. */
  teardown?(): void | Promise<void>;
}

/** Makes a scenario, which is a module's default export. */
export function scenario<State = undefined>(definition: Definition<State>): Scenario;

/** A scenario; a test can call `describe`, which asks the engine for nothing. */
export interface Scenario {
  /** The manifest as the engine gets it. */
  describe(): Manifest;
}

/** What one iteration is told. */
export interface Context {
  /** The virtual user, from 1. */
  readonly vu: number;
  /** How many iterations this user began before this one. */
  readonly iteration: number;
  /** The stage that is running, as an index into `stages`. */
  readonly stage: number;
}

/** Where a scenario stands in its phase. */
export interface Layer {
  /** Two scenarios of a phase may share it. */
  number: number;
  /** What the scenario looks at: `"Throughput"`. */
  title: string;
  /** The area of the system: `"API & Services"`. */
  area: string;
}

/** A part of the load. Executors and their parameters are k6's; one that its executor does not have is refused. */
export type Stage = StageBase &
  (
    | { executor: "constant-vus"; duration: Duration; vus?: number }
    | { executor: "per-vu-iterations"; iterations?: number; vus?: number; duration?: Duration }
    | { executor: "shared-iterations"; iterations?: number; vus?: number; duration?: Duration }
    | { executor: "ramping-vus"; ramps: Ramp[]; vus?: number; gracefulRampDown?: Duration }
    | ({ executor: "constant-arrival-rate"; rate: number; duration: Duration } & Arrivals)
    | ({ executor: "ramping-arrival-rate"; ramps: Ramp[]; rate?: number } & Arrivals)
  );

/** What all stages can have. */
export interface StageBase {
  /** Letters, digits, `-` and `_`; the value of the tag `stage`. */
  name: string;
  /** How long running iterations may go on after the stage's time; 30 s unless set. */
  gracefulStop?: Duration;
  /** How long after the stage before it, or the layer's start, it begins. */
  startTime?: Duration;
  /** Nothing of the stage is counted. */
  warmUp?: boolean;
  /** Tags on every sample of the stage. */
  tags?: Record<string, string | number>;
}

/** Iterations that start when they are due, whatever became of those before. */
export interface Arrivals {
  /** Virtual users that are made ready beforehand. */
  vus: number;
  /** The most that may be used; `vus` unless set. */
  maxVus?: number;
  /** What rates are relative to; a second unless set. */
  timeUnit?: Duration;
  /** How arrivals lie in time; `"poisson"` is that of independent users. */
  arrival?: "regular" | "poisson";
}

/** A point of a line: in `duration` it goes to `target`; at once, if that is 0. */
export interface Ramp {
  duration: Duration;
  /** Virtual users, or iterations per `timeUnit`. */
  target: number;
}

/** One number of many samples. */
export type Aggregate = "avg" | "min" | "med" | "max" | "count" | "rate" | "value" | `p(${number})`;

/** What a number must be for the layer to pass: measured by the engine, or given by `judge`. */
export type Goal = MeasuredGoal | JudgedGoal;

/** What all goals have. */
export interface GoalBase {
  /** Unique in the scenario; a finding of `judge` names it. */
  name: string;
  op: "<" | "<=" | ">" | ">=";
  /** The number to reach. With the unit `%` a measured share from 0 to 1 counts as 0 to 100. */
  target: number;
  /** `"ms"`, `"req/s"`, `"%"`. */
  unit?: string;
  /** A miss up to here is a WARNING, beyond it FAILED; a factor of 2 from the target unless set. */
  warn?: number;
}

/** A goal whose number `judge` gives. */
export interface JudgedGoal extends GoalBase {
  metric?: undefined;
  aggregate?: undefined;
  over?: undefined;
  met?: undefined;
  abortOnFail?: undefined;
  delay?: undefined;
}

/** A goal whose number the engine measures. */
export interface MeasuredGoal extends GoalBase {
  /** A metric with tags, in k6's form: `"http_req_duration{stage:warm}"`. */
  metric: string;
  aggregate: Aggregate;
  /** Looks at windows of so many whole seconds, one by one, instead of the whole load. */
  over?: Duration;
  /** The percentage of windows that must meet the goal; all unless set. */
  met?: number;
  /** A miss ends the load of the layer. */
  abortOnFail?: boolean;
  /** But not before so much of it has run. */
  delay?: Duration;
}

/** What `judge` found out about a goal. */
export interface Finding {
  /** The goal's name. */
  goal: string;
  /** The number to hold against the target. Of a judged goal nothing is NO DATA; a measured one keeps the engine's number. */
  value?: number;
  /** How the result reads where a number and its unit do not say it: `"1:1 ratio"`. */
  text?: string;
  /** What is wrong and the evidence for it, or why it is good. */
  analysis?: string;
  /** Lines under the result. */
  breakdown?: Row[];
}

/** A line under a result. */
export interface Row {
  label: string;
  value: number;
  unit?: string;
  /** Whether it is good enough by itself; left out where it only informs. */
  passed?: boolean;
}

// --- Requests ------------------------------------------------------------------------------------------------------------

/** How a request is sent. */
export interface RequestOptions {
  /** A value may be a list: the header is sent once for each. */
  headers?: Record<string, string | number | string[]> | [string, string][];
  /** The tag `name` in reports; the path unless set. One name for URLs that differ only in an id. */
  name?: string;
  /** Until the last byte of the answer; 60 s unless set. */
  timeout?: Duration;
  /** Reads the answer's body from the wire and forgets it. */
  discardBody?: boolean;
  /** Plain data for the body, with its `content-type`. */
  json?: unknown;
}

/** A text is sent as UTF-8. */
export type Body = string | Uint8Array | ArrayBuffer;

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
  /** Sends requests at the same time and waits for all answers, in the order of the requests. At most 256. */
  sendAll(requests: (Request | string)[]): (FullResponse | HttpError)[];
  /** As `sendAll`, and cheaper; all answers are kept until the next request. */
  sendAllPrepared(requests: Prepared[]): (Response | HttpError)[];
};

// --- Numbers -------------------------------------------------------------------------------------------------------------

/**
 * Counts whether something held, in the rate `checks` with the tag `check`, and gives it back. A check that does not hold fails
 * nothing by itself: set a goal on `checks` for that.
 */
export function check(name: string, held: unknown): boolean;
/** k6's way: `check(answer, { "status is 200": (answer) => answer.status === 200 })`. */
export function check<T>(value: T, questions: Record<string, ((value: T) => unknown) | boolean>): boolean;

/** A metric of the scenario's own, which `metrics` of the scenario declares. */
export type Metric = Counter | Gauge | Rate | Trend;

/** Values are summed; none is negative. */
export class Counter {
  constructor(name: string, unit?: string);
  readonly kind: "counter";
  readonly name: string;
  readonly unit: string;
  /** At most one tag. @throws {StrataError} `unknown-metric`, `bad-value` */
  add(value: number, tag?: Record<string, string | number>): void;
}

/** The newest value counts. */
export class Gauge {
  constructor(name: string, unit?: string);
  readonly kind: "gauge";
  readonly name: string;
  readonly unit: string;
  /** At most one tag. @throws {StrataError} `unknown-metric`, `bad-value` */
  add(value: number, tag?: Record<string, string | number>): void;
}

/** The share of values that are true. */
export class Rate {
  constructor(name: string);
  readonly kind: "rate";
  readonly name: string;
  readonly unit: string;
  /** At most one tag. @throws {StrataError} `unknown-metric` */
  add(held: boolean, tag?: Record<string, string | number>): void;
}

/** Values are a distribution; none is negative. */
export class Trend {
  constructor(name: string, unit?: string);
  readonly kind: "trend";
  readonly name: string;
  readonly unit: string;
  /** At most one tag. @throws {StrataError} `unknown-metric`, `bad-value` */
  add(value: number, tag?: Record<string, string | number>): void;
}

// --- The run -------------------------------------------------------------------------------------------------------------

/** Waits for so many seconds, without holding up other users. */
export function sleep(seconds: number): void;

/** The run that this user is part of. */
export const run: {
  /** The base URL of the target without a slash at its end. */
  readonly target: string;
  /** A value given by `--env NAME=VALUE` or the phase file. */
  env(name: string): string | undefined;
  /** The bytes that `setup` returned; empty if there are none. A copy each time. */
  setupData(): Uint8Array;
  /** What `setup` returned, where that was no bytes. */
  setupJson<T = any>(): T;
  /** The name of a stage; nothing for an index that there is none of. */
  stageName(index: number): string | undefined;
  /** Milliseconds since the run began. */
  now(): number;
  /** From 0 to below 1, from the run's seed and the user's number; `Math.random` is this. */
  random(): number;
};

/** The merged results, for `judge`; elsewhere every number is absent. */
export const results: {
  /** One number; nothing where there were no samples. @throws {StrataError} `bad-selector`, `bad-aggregate` */
  stat(selector: string, aggregate: Aggregate): number | undefined;
  /** The values that a tag has, each once. @throws {StrataError} `bad-selector` */
  values(selector: string, tag: string): string[];
  /** The line nearest to points `[x, y]`. @throws {StrataError} `too-few-points`, `too-many-points`, `bad-point`, `no-fit` */
  fitLinear(points: [number, number][]): Line;
  /** The Universal Scalability Law nearest to points `[concurrency, throughput]`. @throws {StrataError} as `fitLinear` */
  fitUsl(points: [number, number][]): Usl;
};

/** `y = intercept + slope * x`, with the slope's 95 % interval. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  readonly rSquared: number;
  readonly slopeLow: number;
  readonly slopeHigh: number;
}

/** `lambda N / (1 + sigma (N - 1) + kappa N (N - 1))`, with sigma's 95 % interval. */
export interface Usl {
  readonly lambda: number;
  readonly sigma: number;
  readonly kappa: number;
  readonly sigmaLow: number;
  readonly sigmaHigh: number;
  readonly rSquared: number;
  /** The concurrency of the highest throughput; nothing if it rises without an end. */
  readonly peak?: number;
}

// --- What does not work --------------------------------------------------------------------------------------------------

/** What the engine could not do. Not caught, it fails the iteration under its code. */
export class StrataError extends Error {
  constructor(code: string, message: string);
  /** A stable word. */
  readonly code: string;
}

/**
 * A request that was not answered. Codes: `bad-url`, `bad-request`, `host-not-allowed`, `dns`, `connect-refused`,
 * `connect-timeout`, `out-of-descriptors`, `out-of-ports`, `connect`, `tls-expired`, `tls-issuer`, `tls-host`, `tls-handshake`,
 * `timeout`, `reset`, `closed`, `stale`, `protocol`, `body-too-large`, `unsupported`.
 */
export class HttpError extends StrataError {}

/** Thrown by the scenario to fail an iteration under a code of its own. */
export class Failure extends Error {
  constructor(code: string, message?: string);
  /** A stable word such as `login-refused`, at most 64 bytes. */
  readonly code: string;
}

// --- The contract's words, for tests of `describe` -----------------------------------------------------------------------

/** What `describe` gives to the engine. */
export interface Manifest {
  name: string;
  layer?: Layer;
  stages: {
    name: string;
    executor: string;
    vus?: number;
    maxVus?: number;
    iterations?: number;
    rate?: number;
    timeUnitMs?: number;
    durationMs?: number;
    gracefulStopMs?: number;
    gracefulRampDownMs?: number;
    startTimeMs?: number;
    ramps: { durationMs: number; target: number }[];
    warmUp: boolean;
    tags: Pair[];
    options: Pair[];
  }[];
  goals: {
    name: string;
    unit: string;
    op: string;
    target: number;
    warn?: number;
    measure?: { selector: string; aggregate: string };
    options: Pair[];
  }[];
  metrics: { name: string; kind: string; unit: string }[];
  fixPriority: string;
  needs: { kind: string; name: string }[];
  options: Pair[];
}

/** A name and its value. */
export interface Pair {
  name: string;
  value: string;
}
