// From the rates of the endpoints to a finding.

import type { Finding, Usl } from "strata";

/** The mean rate that the layer must reach, in requests per second. */
export const LAYER_MARK = 50;
/** The rate that each endpoint must reach, in requests per second. */
const ENDPOINT_MARK = 20;
/** Contention of which at least this is certain means that requests are handled one at a time. */
const SERIAL = 0.5;

/** What one stage asks for. */
export interface Endpoint {
  /** The stage's name, which is the request's name too. */
  stage: string;
  /** Below the target's base URL. */
  path: string;
}

/** So many users of one endpoint. */
export interface Level {
  users: number;
  /** Good answers per second. */
  rate: number;
  /** Their mean time in milliseconds. */
  ms: number;
}

/** What an endpoint's throughput does when more users ask. */
export interface Scaling {
  path: string;
  /** From few users to many. */
  levels: Level[];
  /** The curve through them. */
  law?: Usl | undefined;
}

/** A path with its rate; without one there was no good answer. */
export interface Rate {
  path: string;
  rate?: number | undefined;
}

/** A metric of the good answers of a stage. */
export const selector = (metric: string, stage: string) => `${metric}{stage:${stage},expected_response:true}`;

/** A level as a point of the scalability law: its concurrency, throughput times response time, and its throughput. */
export const point = ({ rate, ms }: Level): [number, number] => [Math.max((rate * ms) / 1000, 1), rate];

/**
 * The finding about `throughput`. An endpoint without a good answer counts as 0 req/s, unless none has one: then there is nothing
 * to judge.
 */
export function conclude(all: Rate[], scaling?: Scaling): Finding {
  const goal = "throughput";
  if (all.every(({ rate }) => rate === undefined)) return { goal, analysis: "No endpoint gave a good answer" };
  const rates = all.map(({ path, rate = 0 }) => ({ path, rate }));
  const value = rates.reduce((sum, { rate }) => sum + rate, 0) / rates.length;
  const growth = scaling && grows(scaling);
  return {
    goal,
    value,
    text: `${value.toFixed(2)} req/s`,
    analysis: growth === undefined ? analysis(rates, value) : `${analysis(rates, value)}; ${growth}`,
    breakdown: rates.map(({ path, rate }) => ({
      label: path,
      value: rate,
      unit: "req/s",
      passed: rate >= ENDPOINT_MARK,
    })),
  };
}

/** Which endpoints are slow, with their figures, or that none is. */
function analysis(rates: Required<Rate>[], mean: number): string {
  const slow = rates.flatMap(({ path, rate = 0 }) => (rate < ENDPOINT_MARK ? `${path} (${rate.toFixed(2)} req/s)` : []));
  const good = `All endpoints answer ${ENDPOINT_MARK} req/s or more`;
  if (slow.length === 0) return mean >= LAYER_MARK ? good : `${good}, but their mean is below ${LAYER_MARK}`;
  if (slow.length === rates.length) return `No endpoint reaches ${ENDPOINT_MARK} req/s: ${slow.join(", ")}`;
  return `${slow.length} of ${rates.length} endpoints below ${ENDPOINT_MARK} req/s: ${slow.join(", ")}`;
}

/** Whether throughput rises with concurrency, and what the curve says about it. */
function grows({ path, levels, law }: Scaling): string | undefined {
  const [first, last] = [levels[0], levels.at(-1)];
  if (!first || !last || !law) return undefined;
  const serial = law.sigmaLow >= SERIAL;
  return (
    `throughput ${serial ? "does not rise" : "rises"} with concurrency: ${path} answers ${figure(first.rate)} req/s with ` +
    `${first.users} and ${figure(last.rate)} with ${last.users} users, contention sigma ${law.sigma.toFixed(3)} ` +
    `(95 % interval ${law.sigmaLow.toFixed(3)} to ${law.sigmaHigh.toFixed(3)})` +
    (serial ? ", so requests are handled one at a time" : "")
  );
}

/** A number with at most two decimals: `85.54`, `171.6`, `0`. */
function figure(value: number): string {
  return String(Number(value.toFixed(2)));
}
