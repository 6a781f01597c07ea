;; An iteration records more samples than it may.
;;! run: --limit samples=100
;;! exit: 107
;;! says: every iteration trapped
;;! says: more than 100 samples in one iteration
;;! says: {error_code:trap-samples}
(import "strata:scenario/metrics@0.1.0" "check" (func $check (param i32 i32 i32)))
(data (i32.const 4096) "again")
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (loop $again (call $check (i32.const 4096) (i32.const 5) (i32.const 1)) (br $again)) (unreachable))
