;; A log line whose string begins in the memory and ends far outside of it.
;;! exit: 107
;;! says: every iteration trapped
;;! says: out of bounds
(import "strata:scenario/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (call $log (i32.const 1) (i32.const 1024) (i32.const 0x7fffffff)) (i32.const 3072))
