;; An iteration opens one streamed answer after the other and drops none.
;;! run: --limit open=3
;;! exit: 0
;;! says: bad-request
;;! says: 3 streamed answers are open
(import "strata:scenario/http@0.1.0" "[static]incoming.open"
    (func $open (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
(data (i32.const 4096) "/")
;; Its error is the iteration's failure: both are laid out alike.
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (loop $again
        (call $open (i32.const 0) (i32.const 0) (i32.const 4096) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 3200))
        (br_if $again (i32.eqz (i32.load8_u (i32.const 3200)))))
    (i32.const 3200))
