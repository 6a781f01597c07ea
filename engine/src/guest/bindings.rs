//! The contract in Rust: records and host traits made from `wit/`.

wasmtime::component::bindgen!({
    path: "../wit",
    world: "host",
    imports: {
        "strata:scenario/http.send": async | trappable,
        "strata:scenario/http.send-all": async | trappable,
        "strata:scenario/http.send-all-prepared": async | trappable,
        "strata:scenario/http.[method]prepared.send": async | trappable,
        "strata:scenario/http.[method]prepared.send-with": async | trappable,
        "strata:scenario/kv.pop": async | trappable,
        "strata:scenario/kv.meet": async | trappable,
        "strata:scenario/http.[static]incoming.open": async | trappable,
        "strata:scenario/http.[method]incoming.read": async | trappable,
        "strata:scenario/http.[method]incoming.next-event": async | trappable,
        "strata:scenario/run.sleep": async | trappable,
        default: trappable,
    },
    with: {
        "strata:scenario/http.prepared": crate::guest::host::PreparedRequest,
        "strata:scenario/http.incoming": crate::guest::host::IncomingAnswer,
    },
});

pub use strata::scenario::{data, http, kv, log, results, run, types};
