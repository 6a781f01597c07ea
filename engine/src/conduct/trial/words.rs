//! A trace in the words of `strata.try/1`.

use std::fmt::Write as _;
use std::time::Duration;

use crate::clock::Nanos;
use crate::event::{
    BodyReport, CallKind, CallReport, FrameReport, RequestReport, ResponseReport, TimingsReport,
    TrialFailure, TrialFinding, TrialRow,
};
use crate::guest::{Call, Failure, Frame, Kept, Sent, What};
use crate::judge::Finding;
use crate::measure::Phases;

pub(super) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

pub(super) fn failure(failure: Failure) -> TrialFailure {
    TrialFailure { code: failure.code, message: failure.message }
}

pub(super) fn finding(finding: &Finding) -> TrialFinding {
    let row = |row: &crate::judge::Row| TrialRow {
        label: row.label.clone(),
        value: row.value,
        unit: row.unit.clone(),
        passed: row.passed,
    };
    TrialFinding {
        goal: finding.goal.clone(),
        value: finding.value,
        text: finding.text.clone(),
        analysis: finding.analysis.clone(),
        rows: finding.breakdown.iter().map(row).collect(),
    }
}

/// The calls of a part that began at `began`, and where it broke; with `bodies` if they were asked for.
pub(super) fn calls(calls: Vec<Call>, began: Nanos, bodies: bool) -> (Vec<CallReport>, Vec<FrameReport>) {
    let mut backtrace = Vec::new();
    let mut reports = Vec::with_capacity(calls.len());
    for Call { at, took, what } in calls {
        let call = match what {
            What::Trap { frames, .. } => {
                backtrace = frames.into_iter().map(frame).collect();
                continue;
            }
            What::Request(sent) => CallKind::Request(Box::new(request(*sent, bodies))),
            What::Check { name, held } => CallKind::Check { name, held },
            What::Value { metric, value, tag, refused } => CallKind::Metric { metric, value, tag, refused },
            What::Line { level, text } => CallKind::Log { level, text },
            What::Sleep { ms } => CallKind::Sleep { ms },
            What::Asked { function, about, answer } => CallKind::Function { function, about, answer },
        };
        reports.push(CallReport { at_ms: ms(at.since(began)), took_ms: ms(took), call });
    }
    (reports, backtrace)
}

fn frame(frame: Frame) -> FrameReport {
    FrameReport { function: frame.function, file: frame.file, line: frame.line, own: frame.own }
}

fn request(sent: Sent, bodies: bool) -> RequestReport {
    let body = |kept: &Kept| body(kept).filter(|_| bodies);
    let (response, error) = match sent.answer {
        Ok(answer) => {
            let report = ResponseReport {
                status: answer.status,
                protocol: answer.protocol,
                headers: answer.headers,
                body_bytes: answer.body.length,
                body: body(&answer.body),
            };
            (Some(report), None)
        }
        Err((code, message)) => (None, Some(TrialFailure { code, message })),
    };
    RequestReport {
        function: sent.function,
        together: sent.together,
        method: sent.method,
        url: sent.url,
        name: sent.name,
        headers: sent.headers,
        body_bytes: sent.body.length,
        body: body(&sent.body),
        timings: timings(&sent.phases),
        response,
        error,
    }
}

/// A body as a text if it is one, also where it was cut in the middle of a character.
fn body(kept: &Kept) -> Option<BodyReport> {
    if kept.start.is_empty() {
        return (kept.length > 0).then_some(BodyReport::Discarded);
    }
    let cut = kept.length > kept.start.len() as u64;
    match std::str::from_utf8(&kept.start) {
        Ok(text) => Some(BodyReport::Text(text.to_owned())),
        Err(error) if cut && error.error_len().is_none() => {
            let whole = kept.start.get(..error.valid_up_to()).unwrap_or_default();
            Some(BodyReport::Text(String::from_utf8_lossy(whole).into_owned()))
        }
        Err(_) => {
            let mut hex = String::with_capacity(kept.start.len() * 2);
            for byte in &kept.start {
                let _ = write!(hex, "{byte:02x}");
            }
            Some(BodyReport::Hex(hex))
        }
    }
}

fn timings(phases: &Phases) -> TimingsReport {
    TimingsReport {
        blocked: ms(phases.blocked),
        dns: ms(phases.dns),
        connecting: ms(phases.connecting),
        tls: ms(phases.tls),
        sending: ms(phases.sending),
        waiting: ms(phases.waiting),
        receiving: ms(phases.receiving),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_a_text_unless_its_bytes_are_none() {
        let kept = |start: &[u8], length| body(&Kept { length, start: start.to_vec() });
        assert_eq!((kept(b"", 0), kept(b"", 10)), (None, Some(BodyReport::Discarded)));
        assert_eq!(kept("añ".as_bytes(), 3), Some(BodyReport::Text("añ".into())));
        assert_eq!(kept(b"a\xc3", 3), Some(BodyReport::Text("a".into())), "cut in the middle");
        assert_eq!(kept(b"a\xc3", 2), Some(BodyReport::Hex("61c3".into())), "wrong at the end");
        assert_eq!(kept(b"\xff\0", 9), Some(BodyReport::Hex("ff00".into())));
    }
}
