;; An iteration writes lines of which one is shown, and of that the beginning.
;;! run: --limit log-lines=1 --limit log-line=16
;;! exit: 0
;;! says: sixteen bytes of…
;;! never-said: second line
(import "strata:scenario/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(data (i32.const 4096) "sixteen bytes of which the rest is cut")
(data (i32.const 4196) "a second line")
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (call $log (i32.const 1) (i32.const 4096) (i32.const 38))
    (call $log (i32.const 1) (i32.const 4196) (i32.const 13))
    (i32.const 3072))
