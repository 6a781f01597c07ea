;; A line of 64 KiB is logged where a call may hand over 16 KiB.
;;! run: --limit call=16KiB
;;! exit: 107
;;! says: it handed over more than 16 KiB at a time
(import "strata:scenario/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (call $log (i32.const 1) (i32.const 65536) (i32.const 65536)) (i32.const 3072))
