//! `log`: lines for people.

use super::super::bindings::log::{Host, Level};
use super::Vu;

impl Host for Vu {
    fn log(&mut self, level: Level, line: String) -> wasmtime::Result<()> {
        let level = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        self.take(line.len())?;
        self.enter();
        self.line(level, &line);
        self.back();
        Ok(())
    }
}
