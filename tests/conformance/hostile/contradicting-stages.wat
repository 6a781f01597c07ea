;; A manifest of two stages, of which one has a rate that its executor does not know and the other an executor that nobody
;; knows. Both are said.
;;! exit: 104
;;! says: `rate`
;;! says: no-such-executor
(data (i32.const 1024) "zoo")
(data (i32.const 1032) "per-vu-iterations")
(data (i32.const 1056) "main")
(data (i32.const 1064) "no-such-executor")
(func $manifest (result i32)
    (i32.store (i32.const 2048) (i32.const 1024)) (i32.store (i32.const 2052) (i32.const 3))
    (i32.store (i32.const 2080) (i32.const 2304)) (i32.store (i32.const 2084) (i32.const 2))
    (i32.store (i32.const 2304) (i32.const 1056)) (i32.store (i32.const 2308) (i32.const 4))
    (i32.store (i32.const 2312) (i32.const 1032)) (i32.store (i32.const 2316) (i32.const 17))
    (i32.store8 (i32.const 2344) (i32.const 1)) (i32.store (i32.const 2348) (i32.const 5))
    (i32.store (i32.const 2420) (i32.const 1057)) (i32.store (i32.const 2424) (i32.const 3))
    (i32.store (i32.const 2428) (i32.const 1064)) (i32.store (i32.const 2432) (i32.const 16))
    (i32.const 2048))
