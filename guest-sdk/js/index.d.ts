/// <reference path="./globals.d.ts" />
/**
 * Scenarios for strata.
 *
 * A module whose default export is `scenario({ ... })` is a scenario; `strata build` makes a component of it. Every call waits
 * by itself: there is nothing to `await`, and other users go on meanwhile.
 */

export * from "./http.js";
export * from "./sharing.js";

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
  /** The same as text, bytes that are not UTF-8 replaced. */
  setupText(): string;
  /** What `setup` returned, where that was no bytes. */
  setupJson<T = any>(): T;
  /**
   * A secret that `secrets` of the scenario asks for. Reports, logs and traces show `***` in its place.
   * @throws {StrataError} `not-granted`
   */
  secret(name: string): string;
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
