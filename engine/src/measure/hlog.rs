//! HdrHistogram's log format, version 1.3, with V2 compressed histograms: one line per series and second.
//!
//! ```text
//! Tag=http_req_duration;name=feed;stage=main,3.005,1.000,41.087,HISTFAAAAC...
//! ```
//!
//! A tag is the series: the metric and its tags, whatever would end it percent-encoded. The histograms count in
//! thousandths of the metric's unit, microseconds for times in ms, and `Interval_Max` is in the unit itself.

use std::fmt::Write as _;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};

use super::{SeriesKey, Tags, Trend};
use crate::clock::rfc3339;

/// The largest histogram that is read: one of this program's own takes less.
const MOST_BYTES: usize = 1024 * 1024;

/// Writes histograms as lines.
#[derive(Default)]
pub struct Hlog {
    serializer: V2DeflateSerializer,
    bytes: Vec<u8>,
}

/// A line that was read.
#[derive(Clone, Debug)]
pub struct Interval {
    /// The series.
    pub key: SeriesKey,
    /// When it began, since the log's base time.
    pub start: Duration,
    /// The samples.
    pub trend: Trend,
}

/// What a log begins with; times in it count from `base`, an instant of the wall clock since 1970.
pub fn header(base: Duration) -> String {
    let seconds = base.as_secs_f64();
    format!(
        "#[Histogram log format version 1.3]\n\
         #[BaseTime: {seconds:.3} (seconds since epoch)]\n\
         #[StartTime: {seconds:.3} (seconds since epoch), {}]\n\
         \"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
        rfc3339(base)
    )
}

impl Hlog {
    /// Adds the line of a series' interval to `out`; nothing for a trend without samples. Costs some ten microseconds.
    pub fn line(
        &mut self,
        out: &mut String,
        key: &SeriesKey,
        start: Duration,
        length: Duration,
        trend: &Trend,
    ) {
        let Some(histogram) = trend.histogram() else { return };
        self.bytes.clear();
        // Writing to memory fails only for histograms that are too large for the format, which a trend's never is.
        let Ok(_) = self.serializer.serialize(&histogram, &mut self.bytes) else { return };
        out.push_str("Tag=");
        tag(out, key);
        let max = trend.max().unwrap_or(0.0);
        let _ = write!(out, ",{:.3},{:.3},{max:.3},", start.as_secs_f64(), length.as_secs_f64());
        STANDARD.encode_string(&self.bytes, out);
        out.push('\n');
    }
}

/// Reads a log. What is cut off or damaged ends it: the lines before are returned.
pub fn read(log: &[u8]) -> Vec<Interval> {
    let mut deserializer = Deserializer::new();
    let mut intervals = Vec::new();
    // A line without its end may be half a line.
    let whole =
        log.iter().rposition(|byte| *byte == b'\n').map_or(&[][..], |end| log.get(..=end).unwrap_or(log));
    for entry in IntervalLogIterator::new(whole) {
        let Ok(entry) = entry else { break };
        let LogEntry::Interval(interval) = entry else { continue };
        let encoded = interval.encoded_histogram();
        let key = interval.tag().and_then(|tag| untag(tag.as_str()));
        let bytes = (encoded.len() <= MOST_BYTES).then(|| STANDARD.decode(encoded).ok()).flatten();
        let (Some(key), Some(bytes)) = (key, bytes) else { break };
        let Ok(histogram) = deserializer.deserialize::<u64, _>(&mut Cursor::new(bytes)) else { break };
        let Some(trend) = Trend::of(histogram) else { break };
        intervals.push(Interval { key, start: interval.start_timestamp(), trend });
    }
    intervals
}

fn tag(out: &mut String, key: &SeriesKey) {
    escape(out, &key.metric);
    for (name, value) in key.tags.iter() {
        out.push(';');
        escape(out, name);
        out.push('=');
        escape(out, value);
    }
}

fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"_-.:/(){}?&".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

fn untag(tag: &str) -> Option<SeriesKey> {
    let mut parts = tag.split(';');
    let metric: Arc<str> = unescape(parts.next()?)?.into();
    let mut tags = Tags::default();
    for part in parts {
        let (name, value) = part.split_once('=')?;
        tags.set(&unescape(name)?, &unescape(value)?);
    }
    Some(SeriesKey { metric, tags })
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Sink;
    use crate::plan::{Aggregate, MetricKind};
    use proptest::prelude::*;

    fn trend(values: &[f64]) -> Trend {
        let mut sink = Sink::new(MetricKind::Trend);
        values.iter().for_each(|value| sink.record(*value));
        match sink {
            Sink::Trend(trend) => trend,
            _ => panic!("a trend"),
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            name in ".{0,20}", value in ".{0,40}", values in proptest::collection::vec(0.0f64..3.5e6, 1..50), at in 0u64..9_000_000
        ) {
            let key = SeriesKey { metric: "m".into(), tags: Tags::new([(name.as_str(), value.as_str()), ("b", ",; =%\n")]) };
            let (start, trend) = (Duration::from_millis(at), trend(&values));
            let mut log = header(Duration::from_secs(1_700_000_000));
            Hlog::default().line(&mut log, &key, start, Duration::from_secs(1), &trend);
            let read = read(log.as_bytes());
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(&read[0].key, &key);
            prop_assert!(read[0].start.abs_diff(start) < Duration::from_micros(1));
            prop_assert_eq!(read[0].trend.count(), values.len() as u64);
            for quantile in [0.0, 0.5, 0.9, 1.0] {
                let (before, after) = (trend.quantile(quantile), read[0].trend.quantile(quantile));
                let close = before.zip(after).is_some_and(|(a, b)| (a - b).abs() <= a * 0.001 + 0.001);
                prop_assert!(close, "{before:?} {after:?}");
            }
        }

        #[test]
        fn damage_is_survived(cut in 0usize..400, at in 0usize..400, byte in any::<u8>()) {
            let key = SeriesKey { metric: "m".into(), tags: Tags::new([("a", "b")]) };
            let mut log = header(Duration::from_secs(1));
            for second in 0..3 {
                Hlog::default().line(&mut log, &key, Duration::from_secs(second), Duration::from_secs(1), &trend(&[1.0]));
            }
            let mut bytes = log.into_bytes();
            bytes.truncate(bytes.len().saturating_sub(cut));
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            prop_assert!(read(&bytes).len() <= 4);
        }
    }

    #[test]
    fn what_was_read_is_merged_without_a_loss() {
        let key = SeriesKey { metric: "m".into(), tags: Tags::default() };
        let (mut log, mut hlog) = (header(Duration::from_secs(1)), Hlog::default());
        for values in [[1.0, 2.0], [5000.0, 0.5], [3.0, 900_000.0]] {
            hlog.line(&mut log, &key, Duration::ZERO, Duration::from_secs(1), &trend(&values));
        }
        let mut intervals = read(log.as_bytes()).into_iter().map(|interval| interval.trend);
        let mut all = intervals.next().expect("a line");
        intervals.for_each(|trend| all.merge(&trend));
        assert_eq!(all.count(), 6);
        let most = all.quantile(1.0).expect("a value");
        assert!((most - 900_000.0).abs() < 900.0, "{most}");
    }

    #[test]
    fn half_a_line_is_left_out() {
        let key = SeriesKey { metric: "m".into(), tags: Tags::default() };
        let mut log = header(Duration::from_secs(1));
        let mut hlog = Hlog::default();
        for second in 0..2 {
            hlog.line(&mut log, &key, Duration::from_secs(second), Duration::from_secs(1), &trend(&[5.0]));
        }
        assert_eq!(read(log.as_bytes()).len(), 2);
        assert_eq!(read(&log.as_bytes()[..log.len() - 3]).len(), 1);
        assert!(log.contains("HISTFAAA"), "{log}");
        let Some(Interval { trend, .. }) = read(log.as_bytes()).pop() else { panic!("a line") };
        assert_eq!(
            Sink::Trend(trend).stat(Aggregate::Med, 1.0).map(|med| (med - 5.0).abs() < 0.01),
            Some(true)
        );
    }
}
