;; `describe` never returns.
;;! exit: 104
;;! says: `describe` failed: it did not return within 5 s
(func (export "describe") (result i32) (loop $again (br $again)) (unreachable))
