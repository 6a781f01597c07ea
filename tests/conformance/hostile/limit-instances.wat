;; A component of more core instances than it may be made of: what lends its memory to the host needs three.
;;! run: --limit instances=2
;;! exit: 104
;;! says: contains 3 core module instances, which exceeds the configured maximum of 2
(import "strata:scenario/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (call $log (i32.const 1) (i32.const 4096) (i32.const 3)) (i32.const 3072))
