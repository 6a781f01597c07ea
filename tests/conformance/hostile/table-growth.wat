;; An iteration makes a table longer and longer.
;;! exit: 107
;;! says: every iteration trapped
;;! says: growing table
;;! says: {error_code:trap-table}
(table $t 1 funcref)
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32)
    (loop $again (drop (table.grow $t (ref.null func) (i32.const 10000))) (br $again)) (unreachable))
