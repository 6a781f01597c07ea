//! `run`: the run that an instance is part of.

use std::time::Duration;

use rand::RngExt;

use super::super::bindings::run::Host;
use super::super::bindings::types::Error;
use super::super::limits;
use super::super::trace::What;
use super::http::lossy;
use super::{Vu, bytes, refusal};

impl Host for Vu {
    fn target(&mut self) -> wasmtime::Result<String> {
        let at = self.enter();
        let url = self.around.target.url();
        self.asked(at, "run.target", || (String::new(), Some(url.clone())));
        Ok(url)
    }

    fn env(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        let at = self.enter();
        let value = self.env_of(&name);
        self.asked(at, "run.env", || (name, value.clone()));
        Ok(value)
    }

    fn setup_data(&mut self) -> wasmtime::Result<Vec<u8>> {
        let at = self.enter();
        let data = self.around.setup_data.to_vec();
        self.asked(at, "run.setup-data", || (String::new(), Some(bytes(data.len()))));
        Ok(data)
    }

    fn setup_text(&mut self) -> wasmtime::Result<String> {
        let at = self.enter();
        let text = lossy(&self.around.setup_data);
        self.asked(at, "run.setup-text", || (String::new(), Some(bytes(text.len()))));
        Ok(text)
    }

    fn secret(&mut self, name: String) -> wasmtime::Result<Result<String, Error>> {
        let at = self.enter();
        let secret = self.around.access.secret(&name).map(str::to_owned);
        self.asked(at, "run.secret", || {
            let said = secret.as_ref().map_or_else(refusal, |_| "***".to_owned());
            (name, Some(said))
        });
        Ok(secret)
    }

    fn stage_name(&mut self, index: u32) -> wasmtime::Result<Option<String>> {
        let at = self.enter();
        let name = self.around.stages.get(index as usize).cloned();
        self.asked(at, "run.stage-name", || (index.to_string(), name.clone()));
        Ok(name)
    }

    async fn sleep(&mut self, ms: f64) -> wasmtime::Result<()> {
        let at = self.enter();
        if ms > 0.0 {
            let longest = limits::SLEEP.as_secs_f64();
            let wait = Duration::from_secs_f64((ms / 1000.0).min(longest));
            let clock = self.around.clock;
            clock.sleep_until(clock.now() + wait).await;
            self.waited();
        }
        self.leave(at, || What::Sleep { ms });
        Ok(())
    }

    fn now(&mut self) -> wasmtime::Result<f64> {
        let at = self.enter();
        let now = self.around.clock.now().as_ms();
        self.asked(at, "run.now", || (String::new(), Some(format!("{now} ms"))));
        Ok(now)
    }

    fn random(&mut self) -> wasmtime::Result<f64> {
        let at = self.enter();
        let number: f64 = self.random.random();
        self.asked(at, "run.random", || (String::new(), Some(number.to_string())));
        Ok(number)
    }
}
