//! strata: load testing whose scenarios are WebAssembly components.

pub mod cli;
pub mod clock;
pub mod conduct;
pub mod config;
pub mod control;
pub mod event;
pub mod guest;
pub mod http;
pub mod judge;
pub mod measure;
pub mod pace;
pub mod pack;
pub mod plan;
pub mod report;
pub mod store;
pub mod worker;
