;; An iteration never returns, and may take less than it usually may.
;;! run: --limit iteration=250ms
;;! exit: 107
;;! says: it computed for more than 250 ms
;;! says: {error_code:trap-time}
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (loop $again (br $again)) (unreachable))
