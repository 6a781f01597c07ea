//! The metrics that the engine measures by itself, with k6's names.

use crate::plan::MetricKind;

/// A metric of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin {
    /// k6's name where k6 has it.
    pub name: &'static str,
    /// How values are put together.
    pub kind: MetricKind,
    /// Shown after values.
    pub unit: &'static str,
}

const fn metric(name: &'static str, kind: MetricKind, unit: &'static str) -> Builtin {
    Builtin { name, kind, unit }
}

use MetricKind::{Counter, Gauge, Rate, Trend};

/// Every metric of the engine, in the order in which summaries list them.
pub const BUILTIN: [Builtin; 25] = [
    metric("checks", Rate, ""),
    metric("http_req_duration", Trend, "ms"),
    metric("http_req_response_time", Trend, "ms"),
    metric("http_req_blocked", Trend, "ms"),
    metric("http_req_dns", Trend, "ms"),
    metric("http_req_connecting", Trend, "ms"),
    metric("http_req_tls_handshaking", Trend, "ms"),
    metric("http_req_sending", Trend, "ms"),
    metric("http_req_waiting", Trend, "ms"),
    metric("http_req_receiving", Trend, "ms"),
    metric("http_req_failed", Rate, ""),
    metric("http_reqs", Counter, ""),
    metric("http_reqs_resent", Counter, ""),
    metric("iteration_response_time", Trend, "ms"),
    metric("iteration_duration", Trend, "ms"),
    metric("iteration_lag", Trend, "ms"),
    metric("iterations", Counter, ""),
    metric("iterations_failed", Counter, ""),
    metric("iterations_interrupted", Counter, ""),
    metric("dropped_iterations", Counter, ""),
    metric("vus", Gauge, ""),
    metric("vus_max", Gauge, ""),
    metric("data_sent", Counter, "B"),
    metric("data_received", Counter, "B"),
    metric("data_decoded", Counter, "B"),
];
