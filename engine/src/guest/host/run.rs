//! `run`: the run that an instance is part of.

use std::time::Duration;

use rand::RngExt;

use super::super::bindings::run::Host;
use super::super::limits;
use super::Vu;

impl Host for Vu {
    fn target(&mut self) -> wasmtime::Result<String> {
        Ok(self.around.target.url())
    }

    fn env(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.around.env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()))
    }

    fn setup_data(&mut self) -> wasmtime::Result<Vec<u8>> {
        Ok(self.around.setup_data.clone())
    }

    fn stage_name(&mut self, index: u32) -> wasmtime::Result<Option<String>> {
        Ok(self.around.stages.get(index as usize).cloned())
    }

    async fn sleep(&mut self, ms: f64) -> wasmtime::Result<()> {
        if ms > 0.0 {
            let longest = limits::SLEEP.as_secs_f64();
            let wait = Duration::from_secs_f64((ms / 1000.0).min(longest));
            let clock = self.around.clock;
            clock.sleep_until(clock.now() + wait).await;
            self.waited();
        }
        Ok(())
    }

    fn now(&mut self) -> wasmtime::Result<f64> {
        Ok(self.around.clock.now().as_ms())
    }

    fn random(&mut self) -> wasmtime::Result<f64> {
        Ok(self.random.random())
    }
}
