;; An answer of 2 bytes where none is kept: an error of the request, and nothing breaks.
;;! run: --limit body=0
;;! exit: 0
;;! says: body-too-large
(import "strata:scenario/http@0.1.0" "[static]prepared.prepare"
    (func $prepare (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
(import "strata:scenario/http@0.1.0" "[method]prepared.send" (func $send (param i32 i32)))
(data (i32.const 4096) "/")
;; A request's error is the iteration's failure: both have two strings, at other places.
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (call $prepare (i32.const 0) (i32.const 0) (i32.const 4096) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 3200))
    (call $send (i32.load (i32.const 3204)) (i32.const 3280))
    (i32.store8 (i32.const 3200) (i32.load8_u (i32.const 3280)))
    (i32.store (i32.const 3204) (i32.load (i32.const 3288))) (i32.store (i32.const 3208) (i32.load (i32.const 3292)))
    (i32.store (i32.const 3212) (i32.load (i32.const 3296))) (i32.store (i32.const 3216) (i32.load (i32.const 3300)))
    (i32.const 3200))
