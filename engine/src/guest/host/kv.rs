//! `kv`: what all virtual users share.

use std::sync::Arc;
use std::time::Duration;

use super::super::bindings::kv::Host;
use super::super::bindings::types::Error;
use super::super::limits;
use super::super::vu::Vu;
use super::{bytes, error, refusal};
use crate::store::{Space, SpaceError};

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Host for Vu {
    fn get(&mut self, space: String, key: String) -> Answer<Option<String>> {
        let at = self.enter();
        let value = self.in_space(&space, |space| space.get(&key));
        self.asked(at, "kv.get", || (format!("{space} {key}"), found(&value)));
        Ok(value)
    }

    fn set(&mut self, space: String, key: String, value: String) -> Answer<()> {
        let at = self.enter();
        self.take(value.len())?;
        let size = value.len();
        let set = self.in_space(&space, |space| space.set(&key, value));
        self.asked(at, "kv.set", || (format!("{space} {key}"), Some(done(&set, size))));
        Ok(set)
    }

    fn delete(&mut self, space: String, key: String) -> Answer<()> {
        let at = self.enter();
        let deleted = self.in_space(&space, |space| space.delete(&key));
        self.asked(at, "kv.delete", || {
            (format!("{space} {key}"), deleted.as_ref().map_or_else(|why| Some(refusal(why)), |()| None))
        });
        Ok(deleted)
    }

    fn add(&mut self, space: String, key: String, by: f64) -> Answer<f64> {
        let at = self.enter();
        let sum = self.in_space(&space, |space| space.add(&key, by));
        self.asked(at, "kv.add", || {
            let said = sum.as_ref().map_or_else(refusal, f64::to_string);
            (format!("{space} {key} by {by}"), Some(said))
        });
        Ok(sum)
    }

    fn push(&mut self, space: String, queue: String, value: String) -> Answer<()> {
        let at = self.enter();
        self.take(value.len())?;
        let size = value.len();
        let pushed = self.in_space(&space, |space| space.push(&queue, value));
        self.asked(at, "kv.push", || (format!("{space} {queue}"), Some(done(&pushed, size))));
        Ok(pushed)
    }

    async fn pop(&mut self, space: String, queue: String, wait_ms: u32) -> Answer<Option<String>> {
        let at = self.enter();
        let value = match self.space(&space) {
            Ok(space) => space.pop(&queue, self.late(wait_ms)).await.map_err(Error::from),
            Err(why) => Err(why),
        };
        self.waited();
        self.asked(at, "kv.pop", || (format!("{space} {queue}"), found(&value)));
        Ok(value)
    }

    fn queue_length(&mut self, space: String, queue: String) -> Answer<u32> {
        let at = self.enter();
        let length = self.in_space(&space, |space| space.queue_length(&queue));
        self.asked(at, "kv.queue-length", || {
            let said = length.as_ref().map_or_else(refusal, u32::to_string);
            (format!("{space} {queue}"), Some(said))
        });
        Ok(length)
    }

    async fn meet(&mut self, space: String, barrier: String, parties: u32, wait_ms: u32) -> Answer<()> {
        let at = self.enter();
        let met = match self.space(&space) {
            Ok(space) => space.meet(&barrier, parties, self.late(wait_ms)).await.map_err(Error::from),
            Err(why) => Err(why),
        };
        self.waited();
        self.asked(at, "kv.meet", || {
            let said = met.as_ref().map_or_else(refusal, |()| "all came".to_owned());
            (format!("{space} {barrier} of {parties}"), Some(said))
        });
        Ok(met)
    }
}

impl From<SpaceError> for Error {
    fn from(why: SpaceError) -> Error {
        match why {
            SpaceError::Full(message) => error("kv-full", message),
            SpaceError::TooLarge(message) => error("too-large", message),
            SpaceError::BadValue(message) => error("bad-value", message),
            SpaceError::Timeout(message) => error("timeout", message),
        }
    }
}

impl Vu {
    fn space(&self, name: &str) -> Result<Arc<Space>, Error> {
        self.around.access.space(name).map(Arc::clone)
    }

    fn in_space<T>(
        &self,
        name: &str,
        with: impl FnOnce(&Space) -> Result<T, SpaceError>,
    ) -> Result<T, Error> {
        with(self.around.access.space(name)?).map_err(Error::from)
    }

    /// Over when a wait of so many milliseconds is.
    fn late(&self, ms: u32) -> impl Future<Output = ()> + use<> {
        let clock = self.around.clock;
        let until = clock.now() + Duration::from_millis(u64::from(ms)).min(limits::SLEEP);
        async move { clock.sleep_until(until).await }
    }
}

fn found(value: &Result<Option<String>, Error>) -> Option<String> {
    value.as_ref().map_or_else(|why| Some(refusal(why)), Clone::clone)
}

fn done(done: &Result<(), Error>, size: usize) -> String {
    done.as_ref().map_or_else(refusal, |()| bytes(size))
}
