;; An iteration calls itself 4,000 times, for which 64 KiB of stack are too few.
;;! run: --limit stack=64KiB
;;! exit: 107
;;! says: call stack exhausted
;;! says: {error_code:trap-stack}
(func $down (param $left i32) (result i32)
    (if (result i32) (i32.eqz (local.get $left))
        (then (i32.const 0))
        (else (i32.add (call $down (i32.sub (local.get $left) (i32.const 1))) (local.get $left)))))
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (drop (call $down (i32.const 4000))) (i32.const 3072))
