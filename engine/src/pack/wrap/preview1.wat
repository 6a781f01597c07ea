;; WASI preview 1, as C's and Go's libraries call it, on what the engine offers.
;;
;; There is no state here and no memory: only what a component really uses is kept of this module, and nothing runs
;; before the guest does. Where the engine answers through memory, the first 16 bytes of the guest's are lent for the
;; call and put back after it: nobody looks at them meanwhile.
;;
;; Clocks and random numbers are the run's, so that it can be repeated. Standard output and error go to the engine, which
;; makes log lines of them. There are no files, no sockets, no arguments and no environment.
(module
  (type $stream (func (result i32)))
  (type $time (func (result i64)))
  (type $moment (func (param i32)))

  (import "env" "memory" (memory 0))
  (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $get-stdout (type $stream)))
  (import "wasi:cli/stderr@0.2.0" "get-stderr" (func $get-stderr (type $stream)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $drop-stream (param i32)))
  (import "wasi:io/error@0.2.0" "[resource-drop]error" (func $drop-error (param i32)))
  (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $now (type $time)))
  (import "wasi:clocks/monotonic-clock@0.2.0" "resolution" (func $resolution (type $time)))
  (import "wasi:clocks/wall-clock@0.2.0" "now" (func $wall-now (type $moment)))
  (import "wasi:clocks/wall-clock@0.2.0" "resolution" (func $wall-resolution (type $moment)))
  (import "strata:scenario/run@0.1.0" "sleep" (func $sleep (param f64)))
  (import "strata:scenario/run@0.1.0" "random" (func $random (result f64)))

  ;; Error numbers of preview 1.
  (global $EBADF i32 (i32.const 8))
  (global $EINVAL i32 (i32.const 28))
  (global $EIO i32 (i32.const 29))
  (global $ENOENT i32 (i32.const 44))
  (global $ENOTSUP i32 (i32.const 58))
  (global $ESPIPE i32 (i32.const 70))

  ;; The most bytes that a stream takes at a time.
  (global $PIECE i32 (i32.const 4096))

  ;; --- Clocks --------------------------------------------------------------------------------------------------

  ;; What the first 16 bytes hold as a wall clock's moment, in nanoseconds since 1970.
  (func $moment (result i64)
    (i64.add
      (i64.mul (i64.load (i32.const 0)) (i64.const 1000000000))
      (i64.load32_u (i32.const 8))))

  (func $wall (result i64)
    (local $first i64) (local $second i64) (local $found i64)
    (local.set $first (i64.load (i32.const 0)))
    (local.set $second (i64.load (i32.const 8)))
    (call $wall-now (i32.const 0))
    (local.set $found (call $moment))
    (i64.store (i32.const 0) (local.get $first))
    (i64.store (i32.const 8) (local.get $second))
    (local.get $found))

  (func $wall-step (result i64)
    (local $first i64) (local $second i64) (local $found i64)
    (local.set $first (i64.load (i32.const 0)))
    (local.set $second (i64.load (i32.const 8)))
    (call $wall-resolution (i32.const 0))
    (local.set $found (call $moment))
    (i64.store (i32.const 0) (local.get $first))
    (i64.store (i32.const 8) (local.get $second))
    (local.get $found))

  ;; 0 is the wall clock. What a process or thread has computed (2, 3) is not known here; the run's time is the
  ;; nearest thing.
  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $time i32) (result i32)
    (if (i32.gt_u (local.get $clock) (i32.const 3)) (then (return (global.get $EINVAL))))
    (if (i32.eqz (local.get $clock))
      (then (i64.store align=1 (local.get $time) (call $wall)))
      (else (i64.store align=1 (local.get $time) (call $now))))
    (i32.const 0))

  (func (export "clock_res_get") (param $clock i32) (param $step i32) (result i32)
    (if (i32.gt_u (local.get $clock) (i32.const 3)) (then (return (global.get $EINVAL))))
    (if (i32.eqz (local.get $clock))
      (then (i64.store align=1 (local.get $step) (call $wall-step)))
      (else (i64.store align=1 (local.get $step) (call $resolution))))
    (i32.const 0))

  ;; --- Waiting -------------------------------------------------------------------------------------------------

  ;; How many nanoseconds are left until a subscription's clock rings; 0 for one that is no clock, whose answer is an
  ;; error at once.
  (func $left (param $subscription i32) (result i64)
    (local $timeout i64) (local $now i64)
    (if (i32.load8_u offset=8 (local.get $subscription)) (then (return (i64.const 0))))
    (local.set $timeout (i64.load offset=24 align=1 (local.get $subscription)))
    ;; Bit 0: the timeout is a moment, not a duration.
    (if (i32.eqz (i32.and (i32.load16_u offset=40 align=1 (local.get $subscription)) (i32.const 1)))
      (then (return (local.get $timeout))))
    (if (i32.load offset=16 align=1 (local.get $subscription))
      (then (local.set $now (call $now)))
      (else (local.set $now (call $wall))))
    (if (i64.le_u (local.get $timeout) (local.get $now)) (then (return (i64.const 0))))
    (i64.sub (local.get $timeout) (local.get $now)))

  ;; Waits for the subscription that is first, and reports those that are due by then.
  (func (export "poll_oneoff") (param $in i32) (param $out i32) (param $count i32) (param $events i32) (result i32)
    (local $i i32) (local $subscription i32) (local $event i32) (local $least i64) (local $left i64) (local $found i32)
    (if (i32.eqz (local.get $count)) (then (return (global.get $EINVAL))))
    (local.set $least (i64.const -1))
    (local.set $subscription (local.get $in))
    (loop $each
      (local.set $left (call $left (local.get $subscription)))
      (if (i64.lt_u (local.get $left) (local.get $least)) (then (local.set $least (local.get $left))))
      (local.set $subscription (i32.add (local.get $subscription) (i32.const 48)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $each (i32.lt_u (local.get $i) (local.get $count))))
    ;; Relative ones are measured against the wait, absolute ones against the clock after it.
    (if (i64.ne (local.get $least) (i64.const 0))
      (then (call $sleep (f64.div (f64.convert_i64_u (local.get $least)) (f64.const 1000000)))))
    (local.set $i (i32.const 0))
    (local.set $subscription (local.get $in))
    (local.set $event (local.get $out))
    (loop $each
      (local.set $left (call $left (local.get $subscription)))
      (if
        (i32.or
          (i64.eqz (local.get $left))
          (i32.and
            (i32.eqz (i32.and (i32.load16_u offset=40 align=1 (local.get $subscription)) (i32.const 1)))
            (i64.le_u (local.get $left) (local.get $least))))
        (then
          (i64.store align=1 (local.get $event) (i64.load align=1 (local.get $subscription)))
          (i64.store offset=8 align=1 (local.get $event) (i64.const 0))
          (i64.store offset=16 align=1 (local.get $event) (i64.const 0))
          (i64.store offset=24 align=1 (local.get $event) (i64.const 0))
          (i32.store8 offset=10 (local.get $event) (i32.load8_u offset=8 (local.get $subscription)))
          (if (i32.load8_u offset=8 (local.get $subscription))
            (then (i32.store16 offset=8 align=1 (local.get $event) (global.get $ENOTSUP))))
          (local.set $event (i32.add (local.get $event) (i32.const 32)))
          (local.set $found (i32.add (local.get $found) (i32.const 1)))))
      (local.set $subscription (i32.add (local.get $subscription) (i32.const 48)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $each (i32.lt_u (local.get $i) (local.get $count))))
    (i32.store align=1 (local.get $events) (local.get $found))
    (i32.const 0))

  (func (export "sched_yield") (result i32) (i32.const 0))

  ;; --- Random numbers ------------------------------------------------------------------------------------------

  (func (export "random_get") (param $at i32) (param $length i32) (result i32)
    (local $end i32) (local $bits i32)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (block $full
      (loop $more
        (br_if $full (i32.ge_u (local.get $at) (local.get $end)))
        ;; Four bytes at a time: a number of the run has 53 good bits.
        (local.set $bits (i32.trunc_sat_f64_u (f64.mul (call $random) (f64.const 4294967296))))
        (loop $byte
          (i32.store8 (local.get $at) (local.get $bits))
          (local.set $bits (i32.shr_u (local.get $bits) (i32.const 8)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $full (i32.ge_u (local.get $at) (local.get $end)))
          (br_if $byte (i32.and (i32.sub (local.get $end) (local.get $at)) (i32.const 3))))
        (br $more)))
    (i32.const 0))

  ;; --- Standard output and error -------------------------------------------------------------------------------

  ;; Writes a piece that is not too long; false if the stream does not take it.
  (func $piece (param $stream i32) (param $at i32) (param $length i32) (result i32)
    (local $first i64) (local $second i64) (local $refused i32) (local $error i32)
    (local.set $first (i64.load (i32.const 0)))
    (local.set $second (i64.load (i32.const 8)))
    (call $write (local.get $stream) (local.get $at) (local.get $length) (i32.const 0))
    ;; A result: byte 0; its error: byte 4, 0 with a handle in byte 8.
    (local.set $refused (i32.load8_u (i32.const 0)))
    (if (i32.and (local.get $refused) (i32.eqz (i32.load8_u (i32.const 4))))
      (then (local.set $error (i32.load (i32.const 8)))))
    (i64.store (i32.const 0) (local.get $first))
    (i64.store (i32.const 8) (local.get $second))
    (if (local.get $error) (then (call $drop-error (local.get $error))))
    (i32.eqz (local.get $refused)))

  (func (export "fd_write") (param $fd i32) (param $pieces i32) (param $count i32) (param $written i32) (result i32)
    (local $stream i32) (local $at i32) (local $left i32) (local $length i32) (local $sum i32)
    (if (i32.eq (local.get $fd) (i32.const 1))
      (then (local.set $stream (call $get-stdout)))
      (else
        (if (i32.ne (local.get $fd) (i32.const 2)) (then (return (global.get $EBADF))))
        (local.set $stream (call $get-stderr))))
    (block $refused
      (loop $each
        (if (local.get $count)
          (then
            (local.set $at (i32.load align=1 (local.get $pieces)))
            (local.set $left (i32.load offset=4 align=1 (local.get $pieces)))
            (loop $rest
              (if (local.get $left)
                (then
                  (local.set $length (local.get $left))
                  (if (i32.gt_u (local.get $length) (global.get $PIECE))
                    (then (local.set $length (global.get $PIECE))))
                  (br_if $refused
                    (i32.eqz (call $piece (local.get $stream) (local.get $at) (local.get $length))))
                  (local.set $at (i32.add (local.get $at) (local.get $length)))
                  (local.set $left (i32.sub (local.get $left) (local.get $length)))
                  (local.set $sum (i32.add (local.get $sum) (local.get $length)))
                  (br $rest))))
            (local.set $pieces (i32.add (local.get $pieces) (i32.const 8)))
            (local.set $count (i32.sub (local.get $count) (i32.const 1)))
            (br $each))))
      (call $drop-stream (local.get $stream))
      (i32.store align=1 (local.get $written) (local.get $sum))
      (return (i32.const 0)))
    (call $drop-stream (local.get $stream))
    (global.get $EIO))

  ;; Nothing comes in, nor ever will.
  (func (export "fd_read") (param $fd i32) (param i32 i32) (param $read i32) (result i32)
    (if (local.get $fd) (then (return (global.get $EBADF))))
    (i32.store align=1 (local.get $read) (i32.const 0))
    (i32.const 0))

  ;; Of the three that are open: a terminal's kind, so that libraries write line by line, and no way to seek.
  (func (export "fd_fdstat_get") (param $fd i32) (param $stat i32) (result i32)
    (if (i32.gt_u (local.get $fd) (i32.const 2)) (then (return (global.get $EBADF))))
    (i64.store align=1 (local.get $stat) (i64.const 2))
    ;; The right to read (bit 1) of standard input, to write (bit 6) of the others.
    (i64.store offset=8 align=1 (local.get $stat)
      (select (i64.const 64) (i64.const 2) (local.get $fd)))
    (i64.store offset=16 align=1 (local.get $stat) (i64.const 0))
    (i32.const 0))

  (func (export "fd_filestat_get") (param $fd i32) (param $stat i32) (result i32)
    (if (i32.gt_u (local.get $fd) (i32.const 2)) (then (return (global.get $EBADF))))
    (memory.fill (local.get $stat) (i32.const 0) (i32.const 64))
    (i32.store8 offset=16 (local.get $stat) (i32.const 2))
    (i32.const 0))

  (func (export "fd_close") (param $fd i32) (result i32)
    (if (i32.gt_u (local.get $fd) (i32.const 2)) (then (return (global.get $EBADF))))
    (i32.const 0))

  (func (export "fd_seek") (param $fd i32) (param i64 i32 i32) (result i32)
    (select (global.get $EBADF) (global.get $ESPIPE) (i32.gt_u (local.get $fd) (i32.const 2))))

  (func (export "fd_tell") (param $fd i32) (param i32) (result i32)
    (select (global.get $EBADF) (global.get $ESPIPE) (i32.gt_u (local.get $fd) (i32.const 2))))

  ;; --- What is not there ---------------------------------------------------------------------------------------

  (func $none (param $count i32) (param $size i32) (result i32)
    (i32.store align=1 (local.get $count) (i32.const 0))
    (i32.store align=1 (local.get $size) (i32.const 0))
    (i32.const 0))
  (export "args_sizes_get" (func $none))
  (export "environ_sizes_get" (func $none))
  (func (export "args_get") (param i32 i32) (result i32) (i32.const 0))
  (func (export "environ_get") (param i32 i32) (result i32) (i32.const 0))

  ;; An instance does not end by itself. The message is the guest's own, on standard error.
  (func $proc_exit (export "proc_exit") (param i32) (unreachable))
  (func (export "proc_raise") (param i32) (result i32) (unreachable))

  ;; No folder is open, so libraries find no place where a file could be.
  (func (export "fd_prestat_get") (param i32 i32) (result i32) (global.get $EBADF))
  (func (export "fd_prestat_dir_name") (param i32 i32 i32) (result i32) (global.get $EBADF))
  (func (export "fd_advise") (param i32 i64 i64 i32) (result i32) (global.get $EBADF))
  (func (export "fd_allocate") (param i32 i64 i64) (result i32) (global.get $EBADF))
  (func (export "fd_datasync") (param i32) (result i32) (global.get $EBADF))
  (func (export "fd_sync") (param i32) (result i32) (global.get $EBADF))
  (func (export "fd_fdstat_set_flags") (param $fd i32) (param i32) (result i32)
    (select (global.get $EBADF) (i32.const 0) (i32.gt_u (local.get $fd) (i32.const 2))))
  (func (export "fd_fdstat_set_rights") (param i32 i64 i64) (result i32) (global.get $EBADF))
  (func (export "fd_filestat_set_size") (param i32 i64) (result i32) (global.get $EBADF))
  (func (export "fd_filestat_set_times") (param i32 i64 i64 i32) (result i32) (global.get $EBADF))
  (func (export "fd_pread") (param i32 i32 i32 i64 i32) (result i32) (global.get $EBADF))
  (func (export "fd_pwrite") (param i32 i32 i32 i64 i32) (result i32) (global.get $EBADF))
  (func (export "fd_readdir") (param i32 i32 i32 i64 i32) (result i32) (global.get $EBADF))
  (func (export "fd_renumber") (param i32 i32) (result i32) (global.get $EBADF))
  (func (export "path_create_directory") (param i32 i32 i32) (result i32) (global.get $ENOENT))
  (func (export "path_filestat_get") (param i32 i32 i32 i32 i32) (result i32) (global.get $ENOENT))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (global.get $ENOENT))
  (func (export "path_link") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (global.get $ENOENT))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (global.get $ENOENT))
  (func (export "path_readlink") (param i32 i32 i32 i32 i32 i32) (result i32) (global.get $ENOENT))
  (func (export "path_remove_directory") (param i32 i32 i32) (result i32) (global.get $ENOENT))
  (func (export "path_rename") (param i32 i32 i32 i32 i32 i32) (result i32) (global.get $ENOENT))
  (func (export "path_symlink") (param i32 i32 i32 i32 i32) (result i32) (global.get $ENOENT))
  (func (export "path_unlink_file") (param i32 i32 i32) (result i32) (global.get $ENOENT))
  (func (export "sock_accept") (param i32 i32 i32) (result i32) (global.get $ENOTSUP))
  (func (export "sock_recv") (param i32 i32 i32 i32 i32 i32) (result i32) (global.get $ENOTSUP))
  (func (export "sock_send") (param i32 i32 i32 i32 i32) (result i32) (global.get $ENOTSUP))
  (func (export "sock_shutdown") (param i32 i32) (result i32) (global.get $ENOTSUP))
)
