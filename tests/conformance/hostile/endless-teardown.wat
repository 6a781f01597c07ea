;; `teardown` never returns.
;;! run: --limit teardown=1s
;;! exit: 0
;;! says: it did not return within 1 s
(func (export "teardown") (result i32) (loop $again (br $again)) (unreachable))
