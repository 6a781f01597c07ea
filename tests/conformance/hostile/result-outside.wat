;; An iteration returns a place far outside of its memory.
;;! exit: 107
;;! says: every iteration trapped
;;! says: out of bounds
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (i32.const 0x7ffffff0))
