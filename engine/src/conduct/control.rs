//! Commands to a run that goes on, from wherever somebody may give one, and the conductor's answers.
//!
//! A [`Control`] is a handle for any thread. Commands wait in a short queue, are carried out one after another on the
//! conductor's thread, between events, and each is answered. Workers are told by orders like all others: they wait
//! for no command.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::swap::Swap;
use crate::event::{MetricReport, RunStatus, Word};

/// Commands that wait.
const QUEUE: usize = 16;

/// What somebody wants of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// To know how far it is.
    Status,
    /// Its metrics so far.
    Metrics,
    /// No more iterations.
    Pause,
    /// The iterations again.
    Resume,
    /// Other VUs, or another rate, of a stage that runs.
    Scale {
        /// The layer's number or its scenario's name; nothing where only one runs.
        layer: Option<String>,
        /// The stage's name, which must be the one that runs.
        stage: Option<String>,
        /// How many.
        to: Amount,
    },
    /// Its end, with a report.
    Stop {
        /// Cut off what runs.
        now: bool,
    },
    /// Another version of a scenario.
    Swap(Swap),
    /// Something that its reports warn of.
    Warn {
        /// What.
        text: String,
    },
    /// A remark in its reports.
    Note {
        /// The remark.
        text: String,
    },
}

/// How much of a load somebody wants; whatever number was said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// VUs.
    Vus(f64),
    /// Iterations per second.
    Rate(f64),
    /// So many times as much as now, of all stages that run unless one is named.
    Times(f64),
}

/// What became of a command.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It was done; how, in words.
    Done(String),
    /// How far the run is.
    Status(Box<RunStatus>),
    /// The metrics of the run so far.
    Metrics(Arc<Vec<MetricReport>>),
}

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is wrong in itself.
    Invalid(String),
    /// There is no such layer or stage.
    Unknown(String),
    /// It does not fit what the run is doing.
    Conflict(String),
    /// The run is over.
    Over,
}

/// A command that waits for its answer.
pub(super) struct Request {
    pub command: Command,
    /// Who gave it.
    pub by: Word,
    pub answer: oneshot::Sender<Result<Answer, Refusal>>,
}

/// The way to a run for commands. Copies lead to the same run.
#[derive(Clone)]
pub struct Control {
    requests: mpsc::Sender<Request>,
    by: Word,
}

/// Where the conductor hears of commands; by default from nobody.
#[derive(Default)]
pub struct Commands(Option<mpsc::Receiver<Request>>);

/// A way to a run that is about to begin, for a giver of commands by this name.
pub fn control(by: &'static str) -> (Control, Commands) {
    let (requests, received) = mpsc::channel(QUEUE);
    (Control { requests, by: by.into() }, Commands(Some(received)))
}

impl Control {
    /// The same way for somebody else.
    #[must_use]
    pub fn by(&self, by: &'static str) -> Control {
        Control { requests: self.requests.clone(), by: by.into() }
    }

    /// Gives a command and waits for what becomes of it.
    ///
    /// # Errors
    /// Why it was not carried out.
    pub async fn ask(&self, command: Command) -> Result<Answer, Refusal> {
        let (answer, answered) = oneshot::channel();
        let request = Request { command, by: self.by.clone(), answer };
        self.requests.send(request).await.map_err(|_| Refusal::Over)?;
        answered.await.map_err(|_| Refusal::Over)?
    }
}

impl Commands {
    /// The next command; nothing when nobody is left to give one.
    pub(super) async fn next(&mut self) -> Option<Request> {
        match &mut self.0 {
            Some(received) => received.recv().await,
            None => None,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Invalid(why) | Refusal::Unknown(why) | Refusal::Conflict(why) => f.write_str(why),
            Refusal::Over => f.write_str("the run is over"),
        }
    }
}
