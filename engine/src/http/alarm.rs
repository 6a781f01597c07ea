//! A time-out that costs next to nothing while nothing times out.
//!
//! Every request has a deadline, and almost every request is answered long before. Arming and disarming a timer of
//! its own for each would cost more than the rest of the time-keeping: the alarm keeps one timer per VU, lets it run
//! towards an older (so earlier) deadline, and looks at the true one only when it rings.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

/// One VU's timer.
#[derive(Debug, Default)]
pub struct Alarm {
    timer: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    /// Waits for `work` until `deadline`; nothing if it was not done by then. Precise to a millisecond or two.
    pub async fn until<F: Future>(&mut self, deadline: Instant, work: F) -> Option<F::Output> {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Some(done));
            }
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if timer.deadline() > deadline {
                timer.as_mut().reset(deadline);
            }
            // Work that never runs dry uses up the turn that tokio allots; the timer must be heard nevertheless.
            while Pin::new(&mut unconstrained(timer.as_mut())).poll(cx).is_ready() {
                if timer.deadline() >= deadline {
                    return Poll::Ready(None);
                }
                timer.as_mut().reset(deadline);
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(flavor = "current_thread")]
    async fn it_rings_for_the_present_deadline_only() {
        let start = Instant::now();
        let mut alarm = Alarm::default();
        let never = std::future::pending::<()>;
        assert_eq!(alarm.until(start + Duration::from_millis(5), never()).await, None);
        // The timer has rung for an older deadline, and the work is done before the new one.
        let work = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            7
        };
        assert_eq!(alarm.until(start + Duration::from_secs(60), work).await, Some(7));
        // A nearer deadline than the armed one counts.
        let near = Instant::now() + Duration::from_millis(5);
        assert_eq!(alarm.until(near, never()).await, None);
        assert!(start.elapsed() < Duration::from_secs(30), "the far deadline was waited for");
    }
    #[tokio::test(flavor = "current_thread")]
    async fn it_rings_for_work_that_never_runs_dry() {
        let busy = async {
            loop {
                tokio::task::coop::consume_budget().await;
            }
        };
        let near = Instant::now() + Duration::from_millis(5);
        assert_eq!(Alarm::default().until(near, busy).await, None::<()>);
    }
}
