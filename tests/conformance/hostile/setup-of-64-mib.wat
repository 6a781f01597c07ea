;; `setup` returns more than is taken from a component at a time.
;;! exit: 107
;;! says: more than 32 MiB at a time
(func (export "setup") (result i32)
    (drop (memory.grow (i32.const 1100)))
    (i32.store (i32.const 3204) (i32.const 65536)) (i32.store (i32.const 3208) (i32.const 67108864))
    (i32.const 3200))
