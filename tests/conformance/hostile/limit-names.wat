;; An iteration checks something of sixteen bytes under two hundred and fifty-six names, of which few may differ.
;;! run: --limit names=16 --limit name=16
;;! exit: 0
;;! says: 240 samples are counted under (other): too many different names
(import "strata:scenario/metrics@0.1.0" "check" (func $check (param i32 i32 i32)))
(data (i32.const 4096) "_abcdefghijklmno of which these are left out")
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (local $at i32)
    (loop $again
        (i32.store8 (i32.const 4096) (i32.or (i32.const 64) (i32.and (local.get $at) (i32.const 31))))
        (i32.store8 (i32.const 4097) (i32.add (i32.const 64) (i32.shr_u (local.get $at) (i32.const 5))))
        (call $check (i32.const 4096) (i32.const 44) (i32.const 1))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $at) (i32.const 256))))
    (i32.const 3072))
