;; `setup` returns 1 GiB, for which it asks in earnest.
;;! exit: 107
;;! says: growing memory
(func (export "setup") (result i32)
    (drop (memory.grow (i32.const 16384)))
    (i32.store (i32.const 3204) (i32.const 65536)) (i32.store (i32.const 3208) (i32.const 1073741824))
    (i32.const 3200))
