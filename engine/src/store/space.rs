//! A space of values, queues and barriers that all virtual users share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What an entry costs besides its texts.
const ENTRY: usize = 64;
/// The most bytes of a key, and of a value.
const MOST_KEY: usize = 256;
const MOST_VALUE: usize = 1024 * 1024;

/// Why a space did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpaceError {
    /// There is no room for more.
    Full(String),
    /// A key or a value is larger than those that are taken.
    TooLarge(String),
    /// What is there, or what was given, does not fit.
    BadValue(String),
    /// Nobody came in time.
    Timeout(String),
}

/// How much a space may hold, in bytes: texts, and 64 for each entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room(pub usize);

/// The space. Its lock is held for one step at a time, never while somebody waits.
#[derive(Debug)]
pub struct Space {
    room: Room,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes of everything that is there.
    held: usize,
    values: HashMap<String, String>,
    queues: HashMap<String, Queue>,
    barriers: HashMap<String, Barrier>,
}

#[derive(Debug, Default)]
struct Queue {
    values: VecDeque<String>,
    waiting: usize,
    pushed: Arc<Notify>,
}

#[derive(Debug)]
struct Barrier {
    parties: u32,
    waiting: u32,
    open: Arc<Notify>,
}

type Done<T> = Result<T, SpaceError>;

impl Space {
    /// An empty space.
    pub fn new(room: Room) -> Space {
        Space { room, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each step leaves the state whole, or has not begun.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A value.
    ///
    /// # Errors
    /// [`SpaceError::TooLarge`] for a key that cannot be.
    pub fn get(&self, key: &str) -> Done<Option<String>> {
        fits(key, "")?;
        Ok(self.state().values.get(key).cloned())
    }

    /// Puts a value there, in place of another.
    ///
    /// # Errors
    /// [`SpaceError::TooLarge`], [`SpaceError::Full`].
    pub fn set(&self, key: &str, value: String) -> Done<()> {
        fits(key, &value)?;
        self.state().set(self.room, key, value)
    }

    /// Takes a value away, if it is there.
    ///
    /// # Errors
    /// [`SpaceError::TooLarge`] for a key that cannot be.
    pub fn delete(&self, key: &str) -> Done<()> {
        fits(key, "")?;
        let mut state = self.state();
        if let Some(value) = state.values.remove(key) {
            state.held = state.held.saturating_sub(cost(key, &value));
        }
        Ok(())
    }

    /// Adds to a number, 0 if it is not there, and gives the sum.
    ///
    /// # Errors
    /// [`SpaceError::BadValue`] for what is no number, or becomes none; [`SpaceError::TooLarge`], [`SpaceError::Full`].
    pub fn add(&self, key: &str, by: f64) -> Done<f64> {
        fits(key, "")?;
        let mut state = self.state();
        let before = match state.values.get(key) {
            None => 0.0,
            Some(text) => text.parse::<f64>().map_err(|_| {
                SpaceError::BadValue(format!("`{}` is `{}`, not a number", short(key), short(text)))
            })?,
        };
        let sum = before + by;
        if !sum.is_finite() {
            return Err(SpaceError::BadValue(format!("`{}` would be {sum}: {before} and {by}", short(key))));
        }
        state.set(self.room, key, sum.to_string())?;
        Ok(sum)
    }

    /// Puts a value at the end of a queue.
    ///
    /// # Errors
    /// [`SpaceError::TooLarge`], [`SpaceError::Full`].
    pub fn push(&self, queue: &str, value: String) -> Done<()> {
        fits(queue, &value)?;
        let mut state = self.state();
        let own = if state.queues.contains_key(queue) { 0 } else { cost(queue, "") };
        let more = own + cost("", &value);
        state.take_room(self.room, more)?;
        let entry = state.queues.entry(queue.to_owned()).or_default();
        entry.values.push_back(value);
        entry.pushed.notify_one();
        Ok(())
    }

    /// How many values a queue holds.
    ///
    /// # Errors
    /// [`SpaceError::TooLarge`] for a name that cannot be.
    pub fn queue_length(&self, queue: &str) -> Done<u32> {
        fits(queue, "")?;
        let length = self.state().queues.get(queue).map_or(0, |queue| queue.values.len());
        Ok(u32::try_from(length).unwrap_or(u32::MAX))
    }

    /// The oldest value of a queue; nothing if there is none until `late` is over.
    ///
    /// # Errors
    /// [`SpaceError::TooLarge`] for a name that cannot be; [`SpaceError::Full`] where not even the wait has room.
    pub async fn pop(&self, queue: &str, late: impl Future<Output = ()>) -> Done<Option<String>> {
        fits(queue, "")?;
        if let Some(value) = self.state().pop(queue) {
            return Ok(Some(value));
        }
        let (pushed, _waiting) = self.wait_for(queue)?;
        let mut late = std::pin::pin!(late);
        loop {
            let mut notified = std::pin::pin!(pushed.notified());
            // Whoever pushes from here on is noticed.
            notified.as_mut().enable();
            if let Some(value) = self.state().pop(queue) {
                return Ok(Some(value));
            }
            tokio::select! {
                () = notified => {}
                () = &mut late => return Ok(self.state().pop(queue)),
            }
        }
    }

    /// Notes that somebody waits at a queue, which stays until nobody does.
    fn wait_for<'a>(&'a self, queue: &'a str) -> Done<(Arc<Notify>, WaitsForQueue<'a>)> {
        let mut state = self.state();
        if !state.queues.contains_key(queue) {
            state.take_room(self.room, cost(queue, ""))?;
        }
        let entry = state.queues.entry(queue.to_owned()).or_default();
        entry.waiting += 1;
        Ok((Arc::clone(&entry.pushed), WaitsForQueue { space: self, queue }))
    }

    /// Waits until so many are at a barrier, oneself included.
    ///
    /// # Errors
    /// [`SpaceError::Timeout`] when `late` is over before; [`SpaceError::BadValue`] for another number of parties than the
    /// others have said; [`SpaceError::TooLarge`], [`SpaceError::Full`].
    pub async fn meet(&self, barrier: &str, parties: u32, late: impl Future<Output = ()>) -> Done<()> {
        fits(barrier, "")?;
        let shown = short(barrier);
        if parties == 0 {
            return Err(SpaceError::BadValue(format!("nobody can meet at `{shown}`: 0 parties")));
        }
        let open = {
            let mut state = self.state();
            if !state.barriers.contains_key(barrier) {
                state.take_room(self.room, cost(barrier, ""))?;
            }
            let fresh = || Barrier { parties, waiting: 0, open: Arc::default() };
            let entry = state.barriers.entry(barrier.to_owned()).or_insert_with(fresh);
            if entry.parties != parties {
                let others = entry.parties;
                return Err(SpaceError::BadValue(format!(
                    "{parties} parties at `{shown}`, where others wait for {others}"
                )));
            }
            entry.waiting += 1;
            if entry.waiting >= parties {
                // All of them hold the old barrier; who comes next makes a new one.
                entry.open.notify_waiters();
                state.forget_barrier(barrier);
                return Ok(());
            }
            Arc::clone(&entry.open)
        };
        let mut opened = std::pin::pin!(open.notified());
        // Between the step before and this one somebody may have come: the barrier is then another one, or gone.
        opened.as_mut().enable();
        if !self.is_at(barrier, &open) {
            return Ok(());
        }
        let leaving = WaitsAtBarrier { space: self, barrier, open: &open };
        let mut late = std::pin::pin!(late);
        tokio::select! {
            biased;
            () = opened => Ok(()),
            () = &mut late => {
                let came = leaving.count();
                if came == 0 {
                    return Ok(());
                }
                Err(SpaceError::Timeout(format!("{came} of {parties} came to `{shown}` in time")))
            }
        }
    }

    fn is_at(&self, barrier: &str, open: &Arc<Notify>) -> bool {
        self.state().barriers.get(barrier).is_some_and(|present| Arc::ptr_eq(&present.open, open))
    }
}

/// Somebody who waits for a queue, and may be cut off in the middle of it.
struct WaitsForQueue<'a> {
    space: &'a Space,
    queue: &'a str,
}

impl Drop for WaitsForQueue<'_> {
    fn drop(&mut self) {
        let mut state = self.space.state();
        if let Some(queue) = state.queues.get_mut(self.queue) {
            queue.waiting = queue.waiting.saturating_sub(1);
        }
        state.forget_queue(self.queue);
    }
}

/// Somebody who waits at a barrier that has not opened.
struct WaitsAtBarrier<'a> {
    space: &'a Space,
    barrier: &'a str,
    open: &'a Arc<Notify>,
}

impl WaitsAtBarrier<'_> {
    /// How many wait at it; 0 if it has opened.
    fn count(&self) -> u32 {
        let state = self.space.state();
        let present = state.barriers.get(self.barrier);
        present.filter(|present| Arc::ptr_eq(&present.open, self.open)).map_or(0, |present| present.waiting)
    }
}

impl Drop for WaitsAtBarrier<'_> {
    fn drop(&mut self) {
        let mut state = self.space.state();
        let Some(present) = state.barriers.get_mut(self.barrier) else { return };
        if Arc::ptr_eq(&present.open, self.open) {
            present.waiting = present.waiting.saturating_sub(1);
            if present.waiting == 0 {
                state.forget_barrier(self.barrier);
            }
        }
    }
}

impl State {
    fn take_room(&mut self, room: Room, more: usize) -> Done<()> {
        let held = self.held.saturating_add(more);
        if held > room.0 {
            let (held, room) = (self.held, room.0);
            return Err(SpaceError::Full(format!(
                "{held} of {room} bytes are taken, and {more} more are wanted"
            )));
        }
        self.held = held;
        Ok(())
    }

    fn set(&mut self, room: Room, key: &str, value: String) -> Done<()> {
        match self.values.get_mut(key) {
            Some(place) => {
                let without = self.held.saturating_sub(place.len());
                let held = without.saturating_add(value.len());
                if held > room.0 {
                    let (without, room, more) = (without, room.0, value.len());
                    let why = format!("{without} of {room} bytes are taken, and {more} more are wanted");
                    return Err(SpaceError::Full(why));
                }
                self.held = held;
                *place = value;
            }
            None => {
                self.take_room(room, cost(key, &value))?;
                self.values.insert(key.to_owned(), value);
            }
        }
        Ok(())
    }

    fn pop(&mut self, queue: &str) -> Option<String> {
        let value = self.queues.get_mut(queue)?.values.pop_front()?;
        self.held = self.held.saturating_sub(cost("", &value));
        self.forget_queue(queue);
        Some(value)
    }

    /// An empty queue that nobody waits for is none.
    fn forget_queue(&mut self, queue: &str) {
        if self.queues.get(queue).is_some_and(|queue| queue.values.is_empty() && queue.waiting == 0) {
            self.queues.remove(queue);
            self.held = self.held.saturating_sub(cost(queue, ""));
        }
    }

    fn forget_barrier(&mut self, barrier: &str) {
        if self.barriers.remove(barrier).is_some() {
            self.held = self.held.saturating_sub(cost(barrier, ""));
        }
    }
}

fn cost(key: &str, value: &str) -> usize {
    key.len() + value.len() + ENTRY
}

fn fits(key: &str, value: &str) -> Done<()> {
    if key.is_empty() || key.len() > MOST_KEY {
        return Err(SpaceError::TooLarge(format!("a name of {} bytes, not 1 to {MOST_KEY}", key.len())));
    }
    if value.len() > MOST_VALUE {
        let (size, shown) = (value.len(), short(key));
        return Err(SpaceError::TooLarge(format!(
            "{size} bytes at `{shown}`, and at most {MOST_VALUE} are taken"
        )));
    }
    Ok(())
}

/// A text for an error, short and harmless.
fn short(text: &str) -> String {
    text.chars().take(64).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn later(ms: u64) -> impl Future<Output = ()> {
        tokio::time::sleep(Duration::from_millis(ms))
    }

    const NEVER: u64 = 3_600_000;

    #[test]
    fn values_and_counters() {
        let space = Space::new(Room(1000));
        assert_eq!(space.get("a"), Ok(None));
        space.set("a", "x".into()).expect("room");
        assert_eq!(space.get("a"), Ok(Some("x".into())));
        assert!(matches!(space.add("a", 1.0), Err(SpaceError::BadValue(_))));
        assert_eq!((space.add("n", 1.5), space.add("n", 1.0)), (Ok(1.5), Ok(2.5)));
        assert_eq!(space.get("n"), Ok(Some("2.5".into())));
        assert!(matches!(space.add("n", f64::INFINITY), Err(SpaceError::BadValue(_))));
        space.delete("a").expect("it was there");
        space.delete("a").expect("it need not be there");
        space.delete("n").expect("it was there");
        assert_eq!((space.get("a"), space.state().held), (Ok(None), 0));
    }

    #[test]
    fn everything_is_bounded_and_given_back() {
        let space = Space::new(Room(200));
        space.set("a", "x".repeat(100)).expect("room");
        assert!(matches!(space.set("b", "x".repeat(100)), Err(SpaceError::Full(_))));
        assert!(matches!(space.set("a", "x".repeat(136)), Err(SpaceError::Full(_))));
        space.set("a", "x".repeat(135)).expect("in place of the other");
        space.set("a", String::new()).expect("in place of the other");
        assert!(matches!(space.push("q", "x".repeat(100)), Err(SpaceError::Full(_))));
        space.delete("a").expect("it was there");
        space.push("q", "x".into()).expect("room");
        assert_eq!(space.state().held, 1 + 64 + 1 + 64);
        assert_eq!(space.state().pop("q"), Some("x".into()));
        assert_eq!(space.state().held, 0);
        for bad in [String::new(), "k".repeat(257)] {
            assert!(matches!(space.get(&bad), Err(SpaceError::TooLarge(_))));
        }
        assert!(matches!(space.set("a", "x".repeat(MOST_VALUE + 1)), Err(SpaceError::TooLarge(_))));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_queue_gives_in_turn_and_waits_for_a_bounded_time() {
        let space = Arc::new(Space::new(Room(1000)));
        space.push("q", "1".into()).expect("room");
        space.push("q", "2".into()).expect("room");
        assert_eq!(space.queue_length("q"), Ok(2));
        assert_eq!(space.pop("q", later(NEVER)).await, Ok(Some("1".into())));
        assert_eq!(space.pop("q", later(NEVER)).await, Ok(Some("2".into())));
        assert_eq!(space.pop("q", later(50)).await, Ok(None));
        let poppers = (0..3).map(|_| {
            let space = Arc::clone(&space);
            tokio::spawn(async move { space.pop("q", later(NEVER)).await })
        });
        let poppers: Vec<_> = poppers.collect();
        tokio::task::yield_now().await;
        // One of them is cut off; what is pushed then reaches the others.
        let (gone, left) = poppers.split_first().expect("three");
        gone.abort();
        for value in ["a", "b"] {
            space.push("q", value.into()).expect("room");
        }
        while !left.iter().all(|popper| popper.is_finished()) {
            tokio::task::yield_now().await;
        }
        assert_eq!(space.state().held, 0, "nobody waits");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_barrier_opens_for_all_of_its_parties_again_and_again() {
        let space = Arc::new(Space::new(Room(1000)));
        for _ in 0..3 {
            let waits = (0..2).map(|_| {
                let space = Arc::clone(&space);
                tokio::spawn(async move { space.meet("b", 3, later(NEVER)).await })
            });
            let waits: Vec<_> = waits.collect();
            tokio::task::yield_now().await;
            assert!(matches!(space.meet("b", 2, later(1)).await, Err(SpaceError::BadValue(_))));
            assert_eq!(space.meet("b", 3, later(NEVER)).await, Ok(()));
            for wait in waits {
                assert_eq!(wait.await.expect("no panic"), Ok(()));
            }
            assert_eq!(space.state().held, 0);
        }
        assert_eq!(space.meet("b", 1, later(0)).await, Ok(()));
        assert!(matches!(space.meet("b", 0, later(0)).await, Err(SpaceError::BadValue(_))));
        let late = space.meet("b", 2, later(50)).await;
        assert_eq!(late, Err(SpaceError::Timeout("1 of 2 came to `b` in time".into())));
        assert_eq!(space.state().held, 0, "whoever was late does not count");
    }

    #[test]
    fn threads_meet_and_hand_over() {
        let space = Arc::new(Space::new(Room(1_000_000)));
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let space = Arc::clone(&space);
                std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
                    runtime.expect("a runtime").block_on(async {
                        for round in 0..200 {
                            space.meet("b", 4, later(NEVER)).await.expect("all come");
                            if thread % 2 == 0 {
                                space.push("q", round.to_string()).expect("room");
                            } else {
                                let value = space.pop("q", later(NEVER)).await.expect("a queue");
                                value.expect("a value");
                            }
                            space.add("sum", 1.0).expect("room");
                        }
                    });
                })
            })
            .collect();
        for thread in threads {
            thread.join().expect("no panic");
        }
        assert_eq!(space.get("sum"), Ok(Some("800".into())));
        assert_eq!(space.queue_length("q"), Ok(0));
    }
}
