;; A manifest of two stages of one name.
;;! exit: 104
;;! says: two stages are called `main`
(data (i32.const 1024) "zoo")
(data (i32.const 1032) "per-vu-iterations")
(data (i32.const 1056) "main")
(func $manifest (result i32)
    (i32.store (i32.const 2048) (i32.const 1024)) (i32.store (i32.const 2052) (i32.const 3))
    (i32.store (i32.const 2080) (i32.const 2304)) (i32.store (i32.const 2084) (i32.const 2))
    (i32.store (i32.const 2304) (i32.const 1056)) (i32.store (i32.const 2308) (i32.const 4))
    (i32.store (i32.const 2312) (i32.const 1032)) (i32.store (i32.const 2316) (i32.const 17))
    (i32.store (i32.const 2420) (i32.const 1056)) (i32.store (i32.const 2424) (i32.const 4))
    (i32.store (i32.const 2428) (i32.const 1032)) (i32.store (i32.const 2432) (i32.const 17))
    (i32.const 2048))
