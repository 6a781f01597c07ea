;; An iteration writes lines without an end: the first are shown, and its time ends it.
;;! exit: 107
;;! says: every iteration trapped
;;! says: it computed for more than 5 s
;;! says: a line of the flood
;;! says: further lines
(import "strata:scenario/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(data (i32.const 4096) "a line of the flood\1b[2J\07\0d")
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (loop $again (call $log (i32.const 3) (i32.const 4096) (i32.const 25)) (br $again)) (unreachable))
