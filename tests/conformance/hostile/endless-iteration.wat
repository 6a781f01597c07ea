;; An iteration never returns.
;;! exit: 107
;;! says: every iteration trapped
;;! says: it computed for more than 5 s
;;! says: {error_code:trap-time}
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (loop $again (br $again)) (unreachable))
