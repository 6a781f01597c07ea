;; An iteration reaches for a space that it did not name: an error, counted, and nothing breaks.
;;! exit: 0
;;! says: refused kv names once
(import "strata:scenario/kv@0.1.0" "get" (func $get (param i32 i32 i32 i32 i32)))
(data (i32.const 4096) "nameskey")
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (call $get (i32.const 4096) (i32.const 5) (i32.const 4101) (i32.const 3) (i32.const 3200))
    (i32.const 3072))
