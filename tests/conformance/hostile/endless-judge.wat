;; `judge` never returns.
;;! run: --limit judge=1s
;;! exit: 0
;;! says: it did not return within 1 s
(func (export "judge") (result i32) (loop $again (br $again)) (unreachable))
