;; A component of several core instances where it may be one.
;;! run: --limit instances=1
;;! exit: 104
;;! says: core instances
(import "strata:scenario/run@0.1.0" "now" (func $now (result f64)))
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (drop (call $now)) (i32.const 3072))
