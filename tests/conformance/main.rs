//! The contract: what is frozen stays, and hosts behave as `wit/` says.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says why and ends"
)]

mod documented;
mod frozen;
