//! strata's HTTP client without guests: `strata-bench native URL CONNECTIONS SECONDS`.
//!
//! The same connections, the same deadline, one task for each on one thread, as a worker has them; what is missing is
//! the guest, the host functions, the pace, the journal and the recorder. Their cost is what `overhead` is about.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use strata::clock::{Clock, Nanos};
use strata::http::{Alarm, Answer, Client, Error, Prepared, RequestSpec, Target, Wanted};
use tokio::task::JoinSet;

/// Sends one request after the other over each connection. Returns how many were not answered with 200.
///
/// # Errors
/// When the URL cannot be read, or the machine has no runtime.
pub fn run(url: &str, connections: usize, seconds: f64) -> Result<u64> {
    let target = Target::parse(url)?;
    let spec = RequestSpec { url: "/".to_owned(), keep_body: false, ..RequestSpec::default() };
    let request = Rc::new(Prepared::new(&target, spec)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let clock = Clock::start();
        let end = clock.now() + Duration::from_secs_f64(seconds);
        let failed = Rc::new(Cell::new(0));
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            tasks.spawn_local(send(Rc::clone(&request), clock, end, Rc::clone(&failed)));
        }
        while let Some(ended) = tasks.join_next().await {
            ended.context("a connection's task failed")?;
        }
        Ok(failed.get())
    })
}

async fn send(request: Rc<Prepared>, clock: Clock, end: Nanos, failed: Rc<Cell<u64>>) {
    let (client, mut alarm, mut answer) = (Client::default(), Alarm::default(), Answer::default());
    while clock.now() < end {
        let asked = clock.now();
        let exchange = async {
            let wanted = Wanted { request: &request, asked, new: false };
            let mut acquired = client.acquire(wanted, clock, &mut alarm).await?;
            let both = (&mut answer, &mut alarm);
            let exchange = acquired.exchange_in_time(&request, clock, asked, 0, both).await?;
            client.release(acquired, exchange.done);
            Ok::<_, Error>(exchange.status)
        };
        if !matches!(exchange.await, Ok(200)) {
            failed.set(failed.get() + 1);
        }
        tokio::task::coop::consume_budget().await;
    }
}
