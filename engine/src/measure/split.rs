//! The series of one version of a scenario in the present stage, found by what tells them apart.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::names::NameId;

/// What tells one request's series from another's.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub name: NameId,
    pub method: NameId,
    pub status: u16,
    pub error: Option<&'static str>,
    pub protocol: Option<&'static str>,
    pub sent: bool,
}

/// The series that one request is recorded in.
#[derive(Clone, Copy)]
pub(super) struct ExchangeSeries {
    pub reqs: usize,
    pub resent: usize,
    pub failed: usize,
    pub duration: usize,
    pub response_time: usize,
    pub blocked: usize,
    pub dns: usize,
    pub connecting: usize,
    pub tls: usize,
    pub sending: usize,
    pub waiting: usize,
    pub receiving: usize,
}

/// The series of a version's iterations.
#[derive(Clone, Copy)]
pub(super) struct IterationSeries {
    pub iterations: usize,
    pub response_time: usize,
    pub duration: usize,
    pub lag: usize,
    pub interrupted: usize,
}

/// The series of a stage that no version has for itself.
#[derive(Clone, Copy)]
pub(super) struct StageSeries {
    pub dropped: usize,
    pub censored: usize,
    pub data_sent: usize,
    pub data_received: usize,
    pub data_decoded: usize,
}

/// A metric of the scenario's own, and its tag if it has one.
type Tagged = (usize, Option<(NameId, NameId)>);

/// The series of one version.
#[derive(Default)]
pub(super) struct Split {
    /// Tells the version; nothing where samples are of none.
    pub digest: Option<Arc<str>>,
    pub exchanges: HashMap<Shape, ExchangeSeries, RandomState>,
    pub checks: HashMap<NameId, usize, RandomState>,
    pub values: HashMap<Tagged, usize, RandomState>,
    pub iterations: Option<IterationSeries>,
}

impl Split {
    pub(super) fn of(digest: Option<Arc<str>>) -> Split {
        Split { digest, ..Split::default() }
    }
}
