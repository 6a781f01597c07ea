;; An iteration hands over little at a time, and more than it may in all.
;;! run: --limit handed=2KiB
;;! exit: 107
;;! says: every iteration trapped
;;! says: it handed over more than 2 KiB in one call, the most that is taken in all
;;! says: {error_code:trap-handed}
(import "strata:scenario/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(data (i32.const 4096) "a line of twenty-five, ok")
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (loop $again (call $log (i32.const 1) (i32.const 4096) (i32.const 25)) (br $again)) (unreachable))
