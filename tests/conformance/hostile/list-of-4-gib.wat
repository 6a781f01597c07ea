;; `setup` returns a list of 4 GiB less one byte, of which there is hardly any.
;;! exit: 107
;;! says: out of bounds
(func (export "setup") (result i32)
    (i32.store (i32.const 3204) (i32.const 0)) (i32.store (i32.const 3208) (i32.const -1))
    (i32.const 3200))
