;; An iteration takes 2 MiB where 1 MiB is allowed.
;;! run: --limit memory=1MiB
;;! exit: 107
;;! says: growing memory
;;! says: {error_code:trap-memory}
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (drop (memory.grow (i32.const 32))) (i32.const 3072))
