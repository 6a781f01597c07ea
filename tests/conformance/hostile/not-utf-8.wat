;; A log line that is no UTF-8.
;;! exit: 107
;;! says: every iteration trapped
;;! says: utf-8
(import "strata:scenario/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(data (i32.const 4096) "\ff\fe\c0\80")
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (call $log (i32.const 1) (i32.const 4096) (i32.const 4)) (i32.const 3072))
