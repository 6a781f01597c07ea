//! A set of rows in memory, and whose turn it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What happens when a set is at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtEnd {
    /// It begins again.
    #[default]
    Wrap,
    /// There are no more rows, and the load ends.
    Stop,
}

/// Which row is taken next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// The one after that which was taken last, by whichever VU of the layer.
    Sequential,
    /// Any; a number from 0 to 1 says which.
    Random(f64),
    /// That of a VU, numbered from 1.
    PerVu(u32),
    /// One that nobody in the run has had.
    Unique,
}

/// Why there is no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowError {
    /// The number of rows is this.
    NoSuchRow(u32),
    /// All rows, so many, have been taken.
    EndOfData(u32),
}

/// The rows of a file, one text for all of them.
#[derive(Debug, Default)]
pub struct Rows {
    columns: Vec<String>,
    text: String,
    /// Where each cell ends, row after row.
    ends: Vec<u32>,
}

impl Rows {
    /// No rows yet, of these columns.
    pub(super) fn new(columns: Vec<String>) -> Rows {
        Rows { columns, text: String::new(), ends: Vec::new() }
    }

    /// Adds the next cell.
    ///
    /// # Errors
    /// When there is no room: all cells together have at most 4 GiB.
    pub(super) fn push(&mut self, cell: &str) -> Result<(), String> {
        self.text.push_str(cell);
        let end = u32::try_from(self.text.len()).map_err(|_| "has more than 4 GiB of cells".to_owned())?;
        self.ends.push(end);
        Ok(())
    }

    /// Gives back what was reserved and not needed.
    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many rows there are.
    pub fn length(&self) -> u32 {
        let rows = self.ends.len().checked_div(self.columns.len()).unwrap_or(0);
        u32::try_from(rows).unwrap_or(u32::MAX)
    }

    /// The cells of a row, with their columns.
    pub fn row(&self, index: u32) -> Option<impl Iterator<Item = (&str, &str)>> {
        let first = (index as usize).checked_mul(self.columns.len())?;
        let ends = self.ends.get(first..first.checked_add(self.columns.len())?)?;
        let mut start = match first.checked_sub(1) {
            None => 0,
            Some(before) => *self.ends.get(before)?,
        };
        Some(self.columns.iter().zip(ends).map(move |(column, end)| {
            let cell = self.text.get(start as usize..*end as usize).unwrap_or_default();
            start = *end;
            (column.as_str(), cell)
        }))
    }
}

/// A layer's place in a set that the whole run shares.
#[derive(Debug)]
pub struct Cursor {
    rows: Arc<Rows>,
    at_end: AtEnd,
    /// How many rows the layer has taken in turn.
    taken: AtomicU64,
    /// How many rows the run has taken that nobody else may have.
    unique: Arc<AtomicU64>,
    /// Somebody was told that there are no more, since the stage began, and at all.
    ended: AtomicBool,
    ever_ended: AtomicBool,
}

impl Cursor {
    /// A layer's place at the beginning; `unique` is the run's.
    pub fn new(rows: Arc<Rows>, at_end: AtEnd, unique: Arc<AtomicU64>) -> Cursor {
        Cursor {
            rows,
            at_end,
            taken: AtomicU64::new(0),
            unique,
            ended: AtomicBool::new(false),
            ever_ended: AtomicBool::new(false),
        }
    }

    /// The rows.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Whether somebody was told that there are no more rows, since the stage began.
    pub fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Whether that was said at all.
    pub fn ever_ended(&self) -> bool {
        self.ever_ended.load(Ordering::Relaxed)
    }

    /// Another stage begins; whether that was said in the one before.
    pub fn begin_stage(&self) -> bool {
        self.ended.swap(false, Ordering::Relaxed)
    }

    /// The index of the row that is taken.
    ///
    /// # Errors
    /// [`RowError::EndOfData`].
    pub fn take(&self, order: Order) -> Result<u32, RowError> {
        let length = self.rows.length();
        let rows = u64::from(length);
        let index = match order {
            Order::Sequential => self.bounded(self.taken.fetch_add(1, Ordering::Relaxed), rows),
            // Below 1 times the length is below the length.
            Order::Random(share) => {
                Some((share * f64::from(length)) as u64 % rows.max(1)).filter(|_| rows > 0)
            }
            Order::PerVu(vu) => self.bounded(u64::from(vu.saturating_sub(1)), rows),
            Order::Unique => Some(self.unique.fetch_add(1, Ordering::Relaxed)).filter(|taken| *taken < rows),
        };
        index.and_then(|index| u32::try_from(index).ok()).ok_or_else(|| {
            self.ended.store(true, Ordering::Relaxed);
            self.ever_ended.store(true, Ordering::Relaxed);
            RowError::EndOfData(length)
        })
    }

    fn bounded(&self, wanted: u64, rows: u64) -> Option<u64> {
        match self.at_end {
            AtEnd::Wrap => wanted.checked_rem(rows),
            AtEnd::Stop => Some(wanted).filter(|wanted| *wanted < rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Arc<Rows> {
        let mut rows = Rows::new(vec!["name".into(), "age".into()]);
        for cell in ["ann", "", "bob", "44", "ñ", "7"] {
            rows.push(cell).expect("room");
        }
        Arc::new(rows)
    }

    fn row(rows: &Rows, index: u32) -> Option<Vec<(&str, &str)>> {
        rows.row(index).map(Iterator::collect)
    }

    #[test]
    fn rows_are_read_with_their_columns() {
        let rows = rows();
        assert_eq!(rows.length(), 3);
        assert_eq!(row(&rows, 0), Some(vec![("name", "ann"), ("age", "")]));
        assert_eq!(row(&rows, 2), Some(vec![("name", "ñ"), ("age", "7")]));
        assert_eq!(row(&rows, 3), None);
        assert_eq!(row(&rows, u32::MAX), None);
        assert_eq!(Rows::default().length(), 0);
    }

    #[test]
    fn each_order_takes_its_rows() {
        let unique = Arc::new(AtomicU64::new(0));
        let cursor = |at_end| Cursor::new(rows(), at_end, Arc::clone(&unique));
        let (wrapping, stopping) = (cursor(AtEnd::Wrap), cursor(AtEnd::Stop));
        let taken = |cursor: &Cursor, order| (0..4).map(|_| cursor.take(order)).collect::<Vec<_>>();
        let end = Err(RowError::EndOfData(3));
        assert_eq!(taken(&wrapping, Order::Sequential), [Ok(0), Ok(1), Ok(2), Ok(0)]);
        assert_eq!(taken(&stopping, Order::Sequential), [Ok(0), Ok(1), Ok(2), end]);
        assert!(!wrapping.ended() && stopping.ended() && stopping.begin_stage());
        assert!(!stopping.ended() && stopping.ever_ended());
        let of = |cursor: &Cursor, order| cursor.take(order);
        assert_eq!((of(&wrapping, Order::PerVu(1)), of(&wrapping, Order::PerVu(5))), (Ok(0), Ok(1)));
        assert_eq!((of(&stopping, Order::PerVu(3)), of(&stopping, Order::PerVu(4))), (Ok(2), end));
        assert_eq!(of(&wrapping, Order::Random(0.999_999)), Ok(2));
        assert_eq!(of(&wrapping, Order::Random(1.0)), Ok(0));
        // Unique is of the run: what one layer has, the other has not, and nothing wraps.
        assert_eq!((of(&wrapping, Order::Unique), of(&stopping, Order::Unique)), (Ok(0), Ok(1)));
        assert_eq!((of(&wrapping, Order::Unique), of(&wrapping, Order::Unique)), (Ok(2), end));
    }

    #[test]
    fn a_set_without_rows_is_at_its_end() {
        let empty = Arc::new(Rows::new(vec!["a".into()]));
        let cursor = Cursor::new(empty, AtEnd::Wrap, Arc::default());
        for order in [Order::Sequential, Order::Random(0.5), Order::PerVu(1), Order::Unique] {
            assert_eq!(cursor.take(order), Err(RowError::EndOfData(0)));
        }
    }
}
