;; A prepared request that it has never been given is sent.
;;! exit: 107
;;! says: every iteration trapped
;;! says: unknown handle index
(import "strata:scenario/http@0.1.0" "[method]prepared.send" (func $send (param i32 i32)))
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (call $send (i32.const 12345) (i32.const 3200)) (i32.const 3072))
