;; `describe` never returns, and may take less than it usually may.
;;! run: --limit describe=200ms
;;! exit: 104
;;! says: `describe` failed: it did not return within 200 ms
(func (export "describe") (result i32) (loop $again (br $again)) (unreachable))
