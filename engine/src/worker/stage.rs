//! A worker's part of one stage: from the barrier to the last iteration.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{JoinError, JoinSet};

use super::edition::Playing;
use super::floor::Floor;
use super::health::Pulse;
use super::release::release;
use super::seat::Seat;
use super::turnstile::Turnstile;
use super::{Order, Report, Tick, panicked};
use crate::clock::{Clock, Nanos};
use crate::guest::Trap;
use crate::measure::Recorder;
use crate::pace::{Pace, Starts, share};
use crate::plan::Asked;

/// How often a worker hands its samples over.
const TICK: Duration = Duration::from_secs(1);

/// What a stage needs besides its number.
pub(super) struct Ground<'a> {
    pub playing: &'a Rc<Playing>,
    /// The VUs, by slot; those that are away or not made yet are missing.
    pub seats: &'a mut Vec<Option<Seat>>,
    pub orders: &'a mut UnboundedReceiver<Order>,
}

/// Runs stage `index`, which begins at `begin`, and gives the recorder back.
pub(super) async fn run(ground: Ground<'_>, index: usize, begin: Nanos, mut recorder: Recorder) -> Recorder {
    let Ground { playing, seats, orders } = ground;
    let assignment = &playing.assignment;
    let clock = assignment.around.clock;
    let Some(stage) = assignment.stages.get(index) else { return recorder };
    let own = stage.tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let tags = assignment.tags.with(own).with([("stage", stage.name.as_str())]);
    recorder.begin_stage(tags, !stage.warm_up);
    let number = u32::try_from(index).unwrap_or(u32::MAX);
    // The schedule of each stage is its own, and the same on every worker.
    let seed = assignment.around.seed ^ u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let pace = Pace::new(&stage.load, begin, assignment.index, assignment.workers, seed);
    let (closed, arrivals) = match pace.starts {
        Starts::Closed(closed) => (Some(RefCell::new(closed)), None),
        Starts::Open(arrivals) => (None, Some(RefCell::new(arrivals))),
    };
    let open = arrivals.is_some();
    // The stage's own end is on its clock, one that was asked for on the run's.
    let (planned_end, mut asked_end) = (pace.last_start + stage.graceful_stop, None::<Nanos>);
    let floor = Rc::new(Floor {
        clock,
        stage: number,
        time: Cell::default(),
        closed,
        arrivals,
        turnstile: Turnstile::new(pace.max_vus as usize),
        recorder: RefCell::new(recorder),
        censoring: assignment.censor_dropped,
        censored: RefCell::new(Vec::new()),
        short: Notify::new(),
        resting: Cell::new(0),
        last_done: Cell::new(begin),
        held: Cell::new(Duration::ZERO),
        stop: Cell::new(false),
        changed: Notify::new(),
    });
    for slot in 0..pace.vus as usize {
        // Missing is one that was cut off with the stage before.
        fill(playing, seats, slot).await;
    }
    let mut releasing = if open {
        Some(tokio::task::spawn_local(release(Rc::clone(&floor), pace.last_start)))
    } else {
        clock.sleep_until(begin).await;
        None
    };
    let mut running = JoinSet::new();
    for place in seats.iter_mut().take(pace.vus as usize) {
        start(Some(place), &mut running, &floor);
    }
    // A worker without VUs may be given some.
    let mut idle = !open && stage.load.is_scalable() && pace.vus == 0;
    // VUs that there are, and VUs that somebody has asked for since.
    let (mut made, mut wanted) = (pace.vus as usize, 0);
    let mut pulse = Pulse::start(clock);
    let mut next_tick = begin + TICK;
    let (mut cut_off, mut listening) = (false, true);
    // VUs that do nothing and have another version than the one that is on.
    let mut stale: Vec<usize> = Vec::new();
    while releasing.is_some() || !running.is_empty() || (idle && !floor.stop.get()) {
        let hard_stop = floor.time.get().shows_at(planned_end).into_iter().chain(asked_end).min();
        tokio::select! {
            biased;
            () = clock.sleep_until(next_tick) => {
                let vus = running.len().saturating_sub(floor.resting.get() as usize);
                playing.tell(tick(&floor, &mut pulse, next_tick, Some(vus)));
                next_tick = next_tick + TICK;
            }
            order = orders.recv(), if listening => match order {
                Some(Order::Stop) => {
                    floor.halt();
                    let end = clock.now() + stage.graceful_stop;
                    asked_end = Some(asked_end.map_or(end, |asked| asked.min(end)));
                }
                Some(Order::Pause { at }) => floor.turn_clock(|time| time.pause(at)),
                Some(Order::Resume { at }) => floor.turn_clock(|time| time.resume(at)),
                Some(Order::Scale { at, to }) => {
                    let part = |vus| share(vus, assignment.index, assignment.workers);
                    floor.scale(at, to, part);
                    if let Asked::Vus(vus) = to {
                        wanted = part(vus) as usize;
                        // Those that a line had sent home.
                        for place in seats.iter_mut().take(wanted.min(made)) {
                            start(Some(place), &mut running, &floor);
                        }
                    }
                }
                Some(Order::Swap(edition)) => {
                    playing.put_on(edition);
                    // The one that has been free for longest comes first, and is so again afterwards.
                    stale = seats.iter().flatten().map(Seat::slot).collect();
                    stale.extend(floor.turnstile.idle().into_iter().rev());
                }
                Some(Order::Stage { .. }) => {}
                Some(Order::Abort) | None => {
                    floor.halt();
                    asked_end = Some(clock.now());
                    listening = order.is_some();
                }
            },
            () = reached(clock, hard_stop), if !cut_off => {
                floor.halt();
                running.abort_all();
                cut_off = true;
            }
            // One at a time, as k6 does it: an arrival that found no VU is lost, and makes room for later ones.
            () = floor.short.notified(), if made < pace.max_vus as usize && !floor.stop.get() => {
                fill(playing, seats, made).await;
                start(seats.get_mut(made), &mut running, &floor);
                made += 1;
            }
            () = ended(&mut releasing, playing), if releasing.is_some() => releasing = None,
            Some(ended) = running.join_next() => sit(seats, ended, playing),
            () = reached(clock, floor.time.get().shows_at(pace.last_start)), if idle => idle = false,
            () = std::future::ready(()), if made < wanted && !floor.stop.get() => {
                fill(playing, seats, made).await;
                start(seats.get_mut(made), &mut running, &floor);
                made += 1;
            }
            // One at a time, and whatever is due comes first.
            () = tokio::task::yield_now(), if !stale.is_empty() => {
                if let Some(slot) = stale.pop() {
                    floor.turnstile.call(slot);
                    follow_one(playing, seats, slot).await;
                }
            }
        }
        if floor.stop.get() {
            releasing.take().inspect(tokio::task::JoinHandle::abort);
        }
    }
    finish(&floor, clock.now());
    playing.tell(tick(&floor, &mut pulse, clock.now(), None));
    // The next stage may begin at once.
    follow(playing, seats).await;
    playing.tell(Report::StageDone { ended: floor.last_done.get() });
    // Only the release loop may still hold the floor, if it was aborted in this very turn.
    floor.recorder.replace(Recorder::new(Vec::new()))
}

/// Waits for an instant; for ever if there is none yet.
async fn reached(clock: Clock, at: Option<Nanos>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Lets a VU begin that is at its place.
fn start(place: Option<&mut Option<Seat>>, running: &mut JoinSet<Result<Seat, Trap>>, floor: &Rc<Floor>) {
    if let Some(seat) = place.and_then(Option::take) {
        running.spawn_local(seat.run(Rc::clone(floor)));
    }
}

/// Waits for the release loop.
async fn ended(releasing: &mut Option<tokio::task::JoinHandle<()>>, playing: &Playing) {
    let Some(handle) = releasing else { return std::future::pending().await };
    if let Err(error) = handle.await {
        panic_of("the release loop", error, playing);
    }
}

/// Tells of a task that ended by a panic; one that was cut off is nothing to tell of.
fn panic_of(task: &str, error: JoinError, playing: &Playing) {
    if let Ok(panic) = error.try_into_panic() {
        let why = panicked(panic.as_ref());
        let worker = playing.assignment.index + 1;
        playing.tell(Report::Panicked(format!("{task} of worker {worker} {why}")));
    }
}

/// Makes a VU for a slot that has none.
async fn fill(playing: &Rc<Playing>, seats: &mut Vec<Option<Seat>>, slot: usize) {
    if seats.len() <= slot {
        seats.resize_with(slot + 1, || None);
    }
    let Some(place) = seats.get_mut(slot).filter(|place| place.is_none()) else { return };
    match Seat::new(Rc::clone(playing), slot).await {
        Ok(seat) => *place = Some(seat),
        Err(trap) => playing.tell(Report::Fault(format!("a VU cannot be started: {trap}"))),
    }
}

/// Gives all VUs that do nothing the version that is on.
pub(super) async fn follow(playing: &Playing, seats: &mut [Option<Seat>]) {
    for slot in 0..seats.len() {
        follow_one(playing, seats, slot).await;
    }
}

async fn follow_one(playing: &Playing, seats: &mut [Option<Seat>], slot: usize) {
    let Some(place) = seats.get_mut(slot) else { return };
    let followed = match place {
        Some(seat) => seat.follow().await,
        None => return,
    };
    if let Err(trap) = followed {
        *place = None;
        playing.tell(Report::Fault(format!("a VU cannot be given a new instance: {trap}")));
    }
}

/// Gives a VU that is done its seat back.
fn sit(seats: &mut [Option<Seat>], ended: Result<Result<Seat, Trap>, JoinError>, playing: &Playing) {
    match ended {
        Ok(Ok(seat)) => {
            let slot = seat.slot();
            if let Some(place) = seats.get_mut(slot) {
                *place = Some(seat);
            }
        }
        Ok(Err(trap)) => playing.tell(Report::Fault(format!("a VU cannot be given a new instance: {trap}"))),
        // One that was cut off has recorded that itself.
        Err(error) => panic_of("a VU", error, playing),
    }
}

/// What can only be counted at the end.
fn finish(floor: &Floor, now: Nanos) {
    let mut recorder = floor.recorder.borrow_mut();
    floor.age(now, &mut recorder);
    if let Some(closed) = floor.closed.as_ref().filter(|_| !floor.stop.get()) {
        recorder.dropped(closed.borrow().unstarted());
    }
}

fn tick(floor: &Floor, pulse: &mut Pulse, planned: Nanos, vus: Option<usize>) -> Report {
    Report::Tick(Box::new(Tick {
        snapshot: floor.recorder.borrow_mut().take(),
        health: pulse.beat(planned, floor.held.take()),
        vus: vus.map(|vus| u32::try_from(vus).unwrap_or(u32::MAX)),
    }))
}
