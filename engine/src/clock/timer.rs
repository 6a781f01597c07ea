//! A timer for the instants at which iterations are due.
//!
//! tokio's timers lie on a wheel of 1 ms, and an iteration that starts a millisecond late has been measured wrong by
//! that much. A timer of the kernel's, watched like a socket, wakes the thread within some tens of microseconds; it
//! costs one system call to set and one turn of the event loop to hear.

use super::{Clock, Nanos};

/// One thread's timer.
pub struct Timer {
    clock: Clock,
    #[cfg(target_os = "linux")]
    kernel: Option<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>>,
}

impl Timer {
    /// A timer on this thread's event loop. Where the kernel has none left, tokio's own serves, a millisecond coarser.
    pub fn new(clock: Clock) -> Timer {
        Timer {
            clock,
            #[cfg(target_os = "linux")]
            kernel: kernel_timer(),
        }
    }

    /// Waits until `at`.
    pub async fn until(&mut self, at: Nanos) {
        #[cfg(target_os = "linux")]
        if let Some(kernel) = &self.kernel {
            // A wake-up too early, by rounding or a stale edge, waits again.
            loop {
                let wait = at.since(self.clock.now());
                if wait.is_zero() || !ring(kernel, wait).await {
                    break;
                }
            }
        }
        if at > self.clock.now() {
            self.clock.sleep_until(at).await;
        }
    }
}

#[cfg(target_os = "linux")]
#[expect(
    deprecated,
    reason = "an owned descriptor keeps the promise that the successor asks for in unsafe code"
)]
fn kernel_timer() -> Option<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>> {
    use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
    let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
    let timer = timerfd_create(TimerfdClockId::Monotonic, flags).ok()?;
    tokio::io::unix::AsyncFd::with_interest(timer, tokio::io::Interest::READABLE).ok()
}

/// Waits for the kernel's timer; false if it cannot be set.
#[cfg(target_os = "linux")]
async fn ring(timer: &tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>, wait: std::time::Duration) -> bool {
    use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
    let value = Timespec {
        tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: wait.subsec_nanos().into(),
    };
    let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
    // Setting it also takes back what it has rung before, so there is nothing to read.
    if timerfd_settime(timer.get_ref(), TimerfdTimerFlags::empty(), &once).is_err() {
        return false;
    }
    match timer.readable().await {
        Ok(mut rung) => {
            rung.clear_ready();
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(flavor = "current_thread")]
    async fn it_never_rings_early_and_rings_again() {
        let clock = Clock::start();
        let mut timer = Timer::new(clock);
        for _ in 0..50 {
            let at = clock.now() + Duration::from_micros(300);
            timer.until(at).await;
            assert!(clock.now() >= at);
        }
        // An instant that has passed is not waited for.
        let before = clock.now();
        timer.until(Nanos(0)).await;
        assert!(clock.now().since(before) < Duration::from_secs(5));
    }
}
