;; The module's start function never returns, so that there is never an instance.
;;! exit: 104
;;! says: computed for more than
(func $begin (loop $again (br $again)))
(start $begin)
