;; A prepared request is dropped, and then sent.
;;! exit: 107
;;! says: every iteration trapped
;;! says: unknown handle index
(import "strata:scenario/http@0.1.0" "[static]prepared.prepare"
    (func $prepare (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
(import "strata:scenario/http@0.1.0" "[resource-drop]prepared" (func $drop (param i32)))
(import "strata:scenario/http@0.1.0" "[method]prepared.send" (func $send (param i32 i32)))
(data (i32.const 4096) "/")
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (local $it i32)
    (call $prepare (i32.const 0) (i32.const 0) (i32.const 4096) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 3200))
    (local.set $it (i32.load (i32.const 3204)))
    (call $drop (local.get $it))
    (call $send (local.get $it) (i32.const 3200))
    (i32.const 3072))
