;; A function calls itself without an end.
;;! exit: 107
;;! says: every iteration trapped
;;! says: call stack exhausted
;;! says: {error_code:trap-stack}
(func $deeper (param i64) (result i64)
    (i64.add (call $deeper (i64.add (local.get 0) (i64.const 1))) (local.get 0)))
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (drop (call $deeper (i64.const 0))) (i32.const 3072))
