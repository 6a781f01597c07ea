;; `setup` returns 2 KiB where 1 KiB is allowed.
;;! run: --limit setup-data=1KiB
;;! exit: 107
;;! says: it returned 2048 bytes, and at most 1 KiB are accepted
(func (export "setup") (result i32)
    (i32.store (i32.const 3204) (i32.const 4096)) (i32.store (i32.const 3208) (i32.const 2048))
    (i32.const 3200))
