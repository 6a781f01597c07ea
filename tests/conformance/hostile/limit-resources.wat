;; An iteration prepares more requests than it may hold.
;;! run: --limit resources=20
;;! exit: 107
;;! says: every iteration trapped
;;! says: resource table has no free keys
;;! says: {error_code:trap-resources}
(import "strata:scenario/http@0.1.0" "[static]prepared.prepare"
    (func $prepare (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
(data (i32.const 4096) "/")
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (loop $again
        (call $prepare (i32.const 0) (i32.const 0) (i32.const 4096) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 3200))
        (br $again)) (unreachable))
