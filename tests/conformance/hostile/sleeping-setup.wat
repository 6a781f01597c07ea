;; `setup` does not compute but sleeps for an hour: its time counts while it waits.
;;! run: --limit setup=300ms
;;! exit: 107
;;! says: it did not return within 300 ms
(import "strata:scenario/run@0.1.0" "sleep" (func $sleep (param f64)))
(func (export "setup") (result i32) (call $sleep (f64.const 3600000)) (i32.const 3072))
