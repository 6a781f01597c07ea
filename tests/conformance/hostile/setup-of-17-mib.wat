;; `setup` returns more than the VUs are given.
;;! exit: 107
;;! says: it returned 17825792 bytes, and at most 16 MiB are accepted
(func (export "setup") (result i32)
    (drop (memory.grow (i32.const 288)))
    (i32.store (i32.const 3204) (i32.const 65536)) (i32.store (i32.const 3208) (i32.const 17825792))
    (i32.const 3200))
