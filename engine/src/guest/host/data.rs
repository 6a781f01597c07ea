//! `data`: rows of files.

use rand::RngExt;

use super::super::bindings::data::{Host, Order};
use super::super::bindings::types::{Error, Pair};
use super::super::vu::{Role, Vu};
use super::{error, refusal};
use crate::store::{self, RowError, Rows};

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Host for Vu {
    fn length(&mut self, set: String) -> Answer<u32> {
        let at = self.enter();
        let length = self.around.access.set(&set).map(|cursor| cursor.rows().length());
        self.asked(at, "data.length", || {
            let said = length.as_ref().map_or_else(refusal, u32::to_string);
            (set, Some(said))
        });
        Ok(length)
    }

    fn columns(&mut self, set: String) -> Answer<Vec<String>> {
        let at = self.enter();
        let columns = self.around.access.set(&set).map(|cursor| cursor.rows().columns().to_vec());
        self.asked(at, "data.columns", || {
            let said = columns.as_ref().map_or_else(refusal, |columns| columns.join(", "));
            (set, Some(said))
        });
        Ok(columns)
    }

    fn row(&mut self, set: String, index: u32) -> Answer<Vec<Pair>> {
        let at = self.enter();
        let row = self.around.access.set(&set).and_then(|cursor| cells(cursor.rows(), index, &set));
        self.asked(at, "data.row", || (format!("{set} {index}"), Some(told(&row))));
        Ok(row)
    }

    fn take(&mut self, set: String, order: Order) -> Answer<Vec<Pair>> {
        let at = self.enter();
        let row = self.take_row(&set, order);
        self.asked(at, "data.take", || {
            let order = match order {
                Order::Sequential => "sequential",
                Order::Random => "random",
                Order::PerVu => "per-vu",
                Order::Unique => "unique",
            };
            (format!("{set} {order}"), Some(told(&row)))
        });
        Ok(row)
    }
}

impl Vu {
    fn take_row(&mut self, set: &str, order: Order) -> Result<Vec<Pair>, Error> {
        let order = match (order, self.role) {
            (Order::Sequential, _) => store::Order::Sequential,
            (Order::Random, _) => store::Order::Random(self.random.random()),
            (Order::PerVu, Role::Vu(vu)) => store::Order::PerVu(vu),
            (Order::PerVu, Role::Describe | Role::Once) => {
                return Err(error(
                    "no-such-row",
                    "`per-vu` is for `iteration`: nobody else has a number".to_owned(),
                ));
            }
            (Order::Unique, _) => store::Order::Unique,
        };
        let cursor = self.around.access.set(set)?;
        let index = cursor.take(order).map_err(|why| no_row(set, why))?;
        cells(cursor.rows(), index, set)
    }
}

fn cells(rows: &Rows, index: u32, set: &str) -> Result<Vec<Pair>, Error> {
    let row = rows.row(index).ok_or_else(|| no_row(set, RowError::NoSuchRow(rows.length())))?;
    let pair = |(name, value): (&str, &str)| Pair { name: name.to_owned(), value: value.to_owned() };
    Ok(row.map(pair).collect())
}

fn no_row(set: &str, why: RowError) -> Error {
    match why {
        RowError::NoSuchRow(rows) => error("no-such-row", format!("`{set}` has {rows} rows, counted from 0")),
        RowError::EndOfData(rows) => {
            error("end-of-data", format!("all {rows} rows of `{set}` have been taken"))
        }
    }
}

fn told(row: &Result<Vec<Pair>, Error>) -> String {
    let cells = |row: &Vec<Pair>| {
        row.iter().map(|cell| format!("{}={}", cell.name, cell.value)).collect::<Vec<_>>().join(", ")
    };
    row.as_ref().map_or_else(refusal, cells)
}
