;; The same with 4 MiB, and 40,000 times.
;;! run: --limit stack=4MiB
;;! exit: 0
(func $down (param $left i32) (result i32)
    (if (result i32) (i32.eqz (local.get $left))
        (then (i32.const 0))
        (else (i32.add (call $down (i32.sub (local.get $left) (i32.const 1))) (local.get $left)))))
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (drop (call $down (i32.const 40000))) (i32.const 3072))
