;; An iteration takes memory, a MiB at a time, until there is none.
;;! exit: 107
;;! says: every iteration trapped
;;! says: growing memory
;;! says: {error_code:trap-memory}
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (loop $again (drop (memory.grow (i32.const 16))) (br $again)) (unreachable))
