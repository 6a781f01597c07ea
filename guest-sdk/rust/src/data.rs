//! Rows of files that the user gives: `--data users=users.csv`, or `[data.users]` in the phase file.
//!
//! ```no_run
//! # use strata_guest::prelude::*;
//! # fn login() -> Result<(), Failure> {
//! let user = data::take("users", Order::Unique)?;
//! let body = format!("name={}", user.get("name").unwrap_or_default());
//! # let _ = body; Ok(())
//! # }
//! ```
//!
//! The manifest asks for a set with [`needs_data`](crate::Manifest::needs_data); one that it does not name is the error
//! `not-granted`.

use crate::bindings::strata::scenario::data as wit;
use crate::{Error, Pair};

pub use wit::Order;

/// A row: columns and cells, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Row(Vec<Pair>);

impl Row {
    /// The cell of a column.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.iter().find(|(name, _)| *name == column).map(|(_, cell)| cell)
    }

    /// Columns and cells.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|pair| (pair.name.as_str(), pair.value.as_str()))
    }
}

/// How many rows a set has.
///
/// # Errors
/// `not-granted`.
pub fn length(set: &str) -> Result<u32, Error> {
    wit::length(set)
}

/// The names of its columns.
///
/// # Errors
/// `not-granted`.
pub fn columns(set: &str) -> Result<Vec<String>, Error> {
    wit::columns(set)
}

/// The row of an index, from 0; takes nothing.
///
/// # Errors
/// `not-granted`, `no-such-row`.
pub fn row(set: &str, index: u32) -> Result<Row, Error> {
    wit::row(set, index).map(Row)
}

/// Takes a row. Where there is none left it is `end-of-data`: pass it on with `?`, and the iteration was none.
///
/// # Errors
/// `not-granted`, `end-of-data`; `no-such-row` for [`Order::PerVu`] outside of an iteration.
pub fn take(set: &str, order: Order) -> Result<Row, Error> {
    wit::take(set, order).map(Row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_found_by_its_column() {
        let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
        let row = Row(vec![pair("name", "ann"), pair("age", "")]);
        assert_eq!((row.get("name"), row.get("age"), row.get("no")), (Some("ann"), Some(""), None));
        assert_eq!(row.iter().count(), 2);
    }
}
