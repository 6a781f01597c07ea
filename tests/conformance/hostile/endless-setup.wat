;; `setup` never returns.
;;! run: --limit setup=300ms
;;! exit: 107
;;! says: it did not return within 300 ms
(func (export "setup") (result i32) (loop $again (br $again)) (unreachable))
