;; The module's start function sleeps for an hour.
;;! run: --limit iteration=200ms
;;! exit: 104
;;! says: its start did not end within 400 ms
(import "strata:scenario/run@0.1.0" "sleep" (func $sleep (param f64)))
(func $begin (call $sleep (f64.const 3600000)))
(start $begin)
