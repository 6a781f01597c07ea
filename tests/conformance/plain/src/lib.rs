//! The contract without an SDK: what wit-bindgen makes of it, and nothing else.

wit_bindgen::generate!({ path: "../../../wit", world: "scenario" });

use strata::scenario::types::{Goal, Measure, Priority, Stage};
use strata::scenario::{http, metrics, run};

struct Plain;

impl Guest for Plain {
    fn describe() -> Manifest {
        let stage = Stage {
            name: "main".to_owned(),
            executor: "per-vu-iterations".to_owned(),
            vus: Some(1),
            max_vus: None,
            iterations: Some(3),
            rate: None,
            time_unit_ms: None,
            duration_ms: None,
            graceful_stop_ms: None,
            start_time_ms: None,
            graceful_ramp_down_ms: None,
            ramps: Vec::new(),
            tags: Vec::new(),
            warm_up: false,
            options: Vec::new(),
        };
        let goal = Goal {
            name: "checks".to_owned(),
            unit: "%".to_owned(),
            op: ">=".to_owned(),
            target: 99.0,
            warn: None,
            measure: Some(Measure { selector: "checks".to_owned(), aggregate: "rate".to_owned() }),
            options: Vec::new(),
        };
        Manifest {
            name: "plain".to_owned(),
            layer: None,
            stages: vec![stage],
            goals: vec![goal],
            metrics: Vec::new(),
            fix_priority: Priority::Medium,
            needs: Vec::new(),
            options: Vec::new(),
        }
    }

    fn setup() -> Result<Vec<u8>, Failure> {
        Ok(b"plain".to_vec())
    }

    fn iteration(_: Context) -> Result<(), Failure> {
        let request = http::Request {
            method: String::new(),
            url: "/".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            name: String::new(),
            timeout_ms: None,
            options: Vec::new(),
        };
        let answer =
            http::send(&request).map_err(|error| Failure { code: error.code, message: error.message })?;
        metrics::check("status is 200", answer.status == 200);
        metrics::check("setup data arrives", run::setup_data() == b"plain");
        Ok(())
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        Ok(Vec::new())
    }

    fn teardown() -> Result<(), Failure> {
        Ok(())
    }
}

export!(Plain);
