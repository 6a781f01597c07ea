;; A million checks, each of another name, 50,000 in each of 20 iterations.
;;! run: --iterations 20
;;! exit: 0
;;! says: samples are counted under (other): too many different names
(import "strata:scenario/metrics@0.1.0" "check" (func $check (param i32 i32 i32)))
(func $digits (param $n i32) (local $at i32)
    (local.set $at (i32.const 4103))
    (loop $next
        (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
        (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (br_if $next (i32.ge_u (local.get $at) (i32.const 4096)))))
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (local $i i32)
    (loop $again
        (call $digits (i32.add (i32.mul (local.get $nth) (i32.const 50000)) (local.get $i)))
        (call $check (i32.const 4096) (i32.const 8) (i32.const 1))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (i32.const 50000))))
    (i32.const 3072))
