// The only place that knows what the contract is called and which version of it this is.

export * as data from "strata:scenario/data@0.1.0";
export * as http from "strata:scenario/http@0.1.0";
export * as kv from "strata:scenario/kv@0.1.0";
export * as log from "strata:scenario/log@0.1.0";
export * as metrics from "strata:scenario/metrics@0.1.0";
export * as results from "strata:scenario/results@0.1.0";
export * as run from "strata:scenario/run@0.1.0";
