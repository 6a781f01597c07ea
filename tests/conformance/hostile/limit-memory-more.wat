;; An iteration takes 400 MiB, which is more than the default, and is allowed to.
;;! run: --limit memory=512MiB
;;! exit: 0
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (if (i32.eq (memory.grow (i32.const 6400)) (i32.const -1)) (then (unreachable))) (i32.const 3072))
