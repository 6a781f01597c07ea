;; An iteration returns what is neither `ok` nor an error.
;;! exit: 107
;;! says: every iteration trapped
;;! says: discriminant
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (i32.store8 (i32.const 3200) (i32.const 9)) (i32.const 3200))
