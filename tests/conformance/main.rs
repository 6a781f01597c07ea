//! The contract: what is frozen stays, and hosts behave as `wit/` says.

mod frozen;
