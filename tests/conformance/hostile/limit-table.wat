;; An iteration makes a table longer than it may be.
;;! run: --limit table=100
;;! exit: 107
;;! says: growing table
;;! says: {error_code:trap-table}
(table $t 1 funcref)
(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (drop (table.grow $t (ref.null func) (i32.const 100))) (i32.const 3072))
