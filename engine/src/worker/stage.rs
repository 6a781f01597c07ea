//! A worker's part of one stage: from the barrier to the last iteration.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use super::health::Pulse;
use super::seat::{Floor, Seat};
use super::{Assignment, Order, Report, Tick};
use crate::clock::Nanos;
use crate::guest::Trap;
use crate::measure::Recorder;
use crate::pace::Pace;

/// How often a worker hands its samples over.
const TICK: Duration = Duration::from_secs(1);

/// Runs stage `index`, which begins at `begin`, and gives the recorder back.
pub(super) async fn run(
    assignment: &Rc<Assignment>,
    index: usize,
    begin: Nanos,
    seats: &mut [Option<Seat>],
    mut recorder: Recorder,
    orders: &mut UnboundedReceiver<Order>,
    report: &impl Fn(Report),
) -> Recorder {
    let clock = assignment.around.clock;
    let Some(stage) = assignment.stages.get(index) else { return recorder };
    let own = stage.tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let tags = assignment.tags.with(own).with([("stage", stage.name.as_str())]);
    recorder.begin_stage(tags, !stage.warm_up);
    let pace = Pace::new(&stage.load, begin, assignment.index, assignment.workers);
    let vus = pace.vus() as usize;
    let mut hard_stop = pace.last_start() + stage.graceful_stop;
    let floor = Rc::new(Floor {
        clock,
        stage: u32::try_from(index).unwrap_or(u32::MAX),
        pace: RefCell::new(pace),
        recorder: RefCell::new(recorder),
        stop: Cell::new(false),
        last_done: Cell::new(begin),
    });
    for (slot, seat) in seats.iter_mut().enumerate().take(vus) {
        if seat.is_none() {
            // The one before was cut off in the stage before.
            match Seat::new(Rc::clone(assignment), u32::try_from(slot).unwrap_or(u32::MAX)).await {
                Ok(fresh) => *seat = Some(fresh),
                Err(trap) => report(fault(&trap)),
            }
        }
    }
    clock.sleep_until(begin).await;
    let mut running = JoinSet::new();
    for seat in seats.iter_mut().take(vus).filter_map(Option::take) {
        running.spawn_local(seat.run(Rc::clone(&floor)));
    }
    let mut pulse = Pulse::start(clock);
    let mut next_tick = begin + TICK;
    let mut cut_off = false;
    let mut listening = true;
    loop {
        tokio::select! {
            biased;
            () = clock.sleep_until(next_tick) => {
                report(tick(&floor, &mut pulse, next_tick, running.len()));
                next_tick = next_tick + TICK;
            }
            order = orders.recv(), if listening => match order {
                Some(Order::Stop) => {
                    floor.stop.set(true);
                    hard_stop = hard_stop.min(clock.now() + stage.graceful_stop);
                }
                Some(Order::Stage { .. }) => {}
                Some(Order::Abort) | None => {
                    floor.stop.set(true);
                    hard_stop = clock.now();
                    listening = order.is_some();
                }
            },
            () = clock.sleep_until(hard_stop), if !cut_off => {
                running.abort_all();
                cut_off = true;
            }
            ended = running.join_next() => match ended {
                None => break,
                Some(Ok(Ok(seat))) => {
                    let slot = seat.slot() as usize;
                    if let Some(place) = seats.get_mut(slot) {
                        *place = Some(seat);
                    }
                }
                Some(Ok(Err(trap))) => report(fault(&trap)),
                Some(Err(error)) if error.is_panic() => {
                    report(Report::Fault(format!("VU of worker {}: {error}", assignment.index + 1)));
                }
                Some(Err(_)) => {} // Cut off, and recorded as that by the seat itself.
            },
        }
    }
    if !floor.stop.get() {
        let unstarted = floor.pace.borrow().unstarted();
        floor.recorder.borrow_mut().dropped(unstarted);
    }
    let now = clock.now();
    report(tick(&floor, &mut pulse, now, 0));
    report(Report::StageDone { ended: floor.last_done.get() });
    // Seats hold the floor only while an iteration runs, and none does.
    match Rc::try_unwrap(floor) {
        Ok(floor) => floor.recorder.into_inner(),
        Err(_) => Recorder::new(assignment.around.metrics.clone()),
    }
}

fn fault(trap: &Trap) -> Report {
    Report::Fault(format!("a VU cannot be given a new instance: {trap}"))
}

fn tick(floor: &Floor, pulse: &mut Pulse, planned: Nanos, vus: usize) -> Report {
    Report::Tick(Box::new(Tick {
        snapshot: floor.recorder.borrow_mut().take(),
        health: pulse.beat(planned),
        vus: u32::try_from(vus).unwrap_or(u32::MAX),
    }))
}
