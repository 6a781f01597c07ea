;; The module asks for 4 GiB to begin with.
;;! exit: 104
;;! says: memory
(memory (export "memory") 65536)
