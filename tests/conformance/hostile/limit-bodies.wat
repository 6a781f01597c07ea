;; Two answers of 2 bytes at the same time, where 3 are kept of all: errors of the requests, and nothing breaks.
;;! run: --limit bodies=3
;;! exit: 0
;;! says: body-too-large
(import "strata:scenario/http@0.1.0" "[static]prepared.prepare"
    (func $prepare (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
(import "strata:scenario/http@0.1.0" "send-all-prepared" (func $send-all (param i32 i32 i32)))
(data (i32.const 4096) "/")
;; The second one's error is the iteration's failure: both have two strings, at other places.
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (local $second i32)
    (call $prepare (i32.const 0) (i32.const 0) (i32.const 4096) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 3200))
    (i32.store (i32.const 3280) (i32.load (i32.const 3204))) (i32.store (i32.const 3284) (i32.load (i32.const 3204)))
    (call $send-all (i32.const 3280) (i32.const 2) (i32.const 3300))
    (local.set $second (i32.add (i32.load (i32.const 3300)) (i32.const 88)))
    (i32.store8 (i32.const 3200) (i32.load8_u (local.get $second)))
    (i32.store (i32.const 3204) (i32.load offset=8 (local.get $second)))
    (i32.store (i32.const 3208) (i32.load offset=12 (local.get $second)))
    (i32.store (i32.const 3212) (i32.load offset=16 (local.get $second)))
    (i32.store (i32.const 3216) (i32.load offset=20 (local.get $second)))
    (i32.const 3200))
