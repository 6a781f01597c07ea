;; Asked for room for a string from the host, it names a place outside of its memory.
;;! exit: 107
;;! says: every iteration trapped
;;! says: realloc return: beyond end of memory
(import "strata:scenario/run@0.1.0" "target" (func $target (param i32)))
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0x7ffffff0))
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (call $target (i32.const 3200)) (i32.const 3072))
