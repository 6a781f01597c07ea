//! `events.jsonl` and `histograms.hlog`: the run as it goes, so that little is lost when it is killed.
//!
//! Both files are written through to the system each second, the distributions before the line that counts on them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::event::{Event, FailureRecord, Numbers, Record, Reporter, Second, SecondRecord, SeriesRecord};
use crate::measure::Sink;
use crate::measure::hlog::{self, Hlog, Interval};

/// The names of the files in a run's folder.
const EVENTS: &str = "events.jsonl";
const HISTOGRAMS: &str = "histograms.hlog";
/// The largest file that is read back.
const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// A file that could not be read or written, and why.
pub type FileError = (PathBuf, io::Error);

/// Writes a run's course into its folder. When that fails, it says so once and the run goes on.
pub struct Recorder {
    folder: PathBuf,
    files: Option<(BufWriter<File>, BufWriter<File>)>,
    hlog: Hlog,
    lines: String,
    failed: Option<FileError>,
}

impl Recorder {
    /// Makes both files in the folder of a run.
    ///
    /// # Errors
    /// The file, and why it cannot be made.
    pub fn new(folder: &Path) -> Result<Recorder, FileError> {
        let make = |name: &str| {
            let path = folder.join(name);
            File::create_new(&path).map(BufWriter::new).map_err(|error| (path, error))
        };
        let files = Some((make(EVENTS)?, make(HISTOGRAMS)?));
        Ok(Recorder {
            folder: folder.to_owned(),
            files,
            hlog: Hlog::default(),
            lines: String::new(),
            failed: None,
        })
    }

    /// Why recording ended before the run did, if it has.
    pub fn failed(&self) -> Option<&FileError> {
        self.failed.as_ref()
    }

    fn write(&mut self, record: &Record) {
        let Some((events, histograms)) = &mut self.files else { return };
        let written = histograms
            .write_all(self.lines.as_bytes())
            .and_then(|()| histograms.flush())
            .map_err(|error| (HISTOGRAMS, error))
            .and_then(|()| {
                let line = serde_json::to_vec(record).map_err(io::Error::other);
                line.and_then(|mut line| {
                    line.push(b'\n');
                    events.write_all(&line)
                })
                .and_then(|()| events.flush())
                .map_err(|error| (EVENTS, error))
            });
        self.lines.clear();
        if let Err((name, error)) = written {
            self.files = None;
            self.failed = Some((self.folder.join(name), error));
        }
    }

    fn second(&mut self, second: &Second) -> SecondRecord {
        let mut series = Vec::new();
        for (key, sink) in second.samples.series() {
            let numbers = match sink {
                Sink::Counter { sum, count } => Numbers::Counter(*sum, *count),
                Sink::Gauge { value, min, max, count } => Numbers::Gauge(*value, *min, *max, *count),
                Sink::Rate { hits, count } => Numbers::Rate(*hits, *count),
                Sink::Trend(trend) => {
                    self.hlog.line(&mut self.lines, key, second.start, second.length, trend);
                    let (min, max) = (trend.min().unwrap_or(0.0), trend.max().unwrap_or(0.0));
                    Numbers::Trend(trend.sum(), min, max, trend.count())
                }
            };
            let tags: BTreeMap<String, String> =
                key.tags.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            series.push(SeriesRecord { metric: key.metric.as_ref().to_owned(), tags, numbers });
        }
        let failures = second.samples.failures().into_iter().map(|failure| FailureRecord {
            code: failure.code.clone(),
            count: failure.count,
            messages: failure.messages.clone(),
        });
        SecondRecord {
            layer: second.layer,
            stage: second.stage.clone(),
            start_s: second.start.as_secs_f64(),
            length_s: second.length.as_secs_f64(),
            vus: second.vus,
            generator: second.generator.clone(),
            series,
            failures: failures.collect(),
        }
    }
}

impl Reporter for Recorder {
    fn on_event(&mut self, event: &Event) {
        if self.files.is_none() {
            return;
        }
        let record = match event {
            Event::RunStarted(start) => {
                self.lines
                    .push_str(&hlog::header(Duration::try_from_secs_f64(start.unix_s).unwrap_or_default()));
                Record::RunStarted(start.clone())
            }
            Event::LayerStarted { layer, heading } => {
                Record::LayerStarted { layer: *layer, heading: heading.clone() }
            }
            Event::StageStarted { layer, name, load, .. } => {
                Record::StageStarted { layer: *layer, stage: name.clone(), load: load.clone() }
            }
            Event::Second(second) => Record::Second(Box::new(self.second(second))),
            Event::StageFinished(stage) => Record::StageFinished {
                layer: stage.layer,
                stage: stage.name.clone(),
                start_s: stage.start,
                seconds: stage.seconds,
                warm_up: stage.warm_up,
            },
            Event::LayerFinished { layer, report } => {
                Record::LayerFinished { layer: *layer, report: report.clone() }
            }
            Event::Changed(change) => Record::Changed(change.clone()),
            Event::Warning(text) => Record::Warning { text: text.clone() },
            Event::RunFinished(summary) => Record::RunFinished(summary.clone()),
            Event::Tick(_) | Event::Lines(_) | Event::Invalidated => return,
        };
        self.write(&record);
    }
}

/// Reads what was recorded in a folder. The last line may be cut off; a line that is damaged ends the reading.
///
/// # Errors
/// The file, and why it cannot be read; a run without histograms is no error.
pub fn read_records(folder: &Path) -> Result<(Vec<Record>, Vec<Interval>), FileError> {
    let events = read(&folder.join(EVENTS))?;
    let mut records = Vec::new();
    for line in events.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
        match serde_json::from_slice(line) {
            Ok(record) => records.push(record),
            Err(_) => break,
        }
    }
    let histograms = match read(&folder.join(HISTOGRAMS)) {
        Err((_, error)) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        other => other?,
    };
    Ok((records, hlog::read(&histograms)))
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let failed = |error| (path.to_owned(), error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(failed(io::Error::other("it is larger than 4 GiB")));
    }
    Ok(bytes)
}
