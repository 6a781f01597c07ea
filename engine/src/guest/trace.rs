//! What an instance asks of the host, call by call, for whoever writes a scenario.
//!
//! Only `strata try` asks for it. In a run a VU's trace is `None`, and finding that out is all that it costs.

use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Surroundings;
use super::backtrace::Frame;
use crate::clock::{Clock, Nanos};
use crate::measure::Phases;

/// The most calls that are kept between two looks at a trace.
const MOST_CALLS: usize = 10_000;
/// The most bytes of the texts and bodies of all of them.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The most bytes of one text.
const MOST_TEXT: usize = 8 * 1024;
/// As much of one is held until secrets have been masked in it.
const MOST_HELD: usize = 32 * 1024;

/// One call of the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// When it began.
    pub at: Nanos,
    /// Until it returned; of a request that was sent together with others, its own part of it.
    pub took: Duration,
    /// What was asked, and the answer.
    pub what: What,
}

/// What was asked of the host, and the answer. Texts are as long as they were, up to 8 KiB.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A request, sent or refused.
    Request(Box<Sent>),
    /// `metrics.check`.
    Check {
        /// Its name.
        name: String,
        /// Whether it held.
        held: bool,
    },
    /// `metrics.add` and `add-tagged`.
    Value {
        /// The metric.
        metric: String,
        /// The value.
        value: f64,
        /// The tag and its value.
        tag: Option<(String, String)>,
        /// Why it was not taken.
        refused: Option<String>,
    },
    /// `log.log`, or a line on standard error.
    Line {
        /// `info`, ..., `stderr`.
        level: &'static str,
        /// The line.
        text: String,
    },
    /// `run.sleep`.
    Sleep {
        /// What was asked for.
        ms: f64,
    },
    /// Any other function.
    Asked {
        /// `run.env`.
        function: &'static str,
        /// What it was asked about; empty if it takes nothing.
        about: String,
        /// The answer in words; nothing where it is that there is nothing.
        answer: Option<String>,
    },
    /// The end of the instance.
    Trap {
        /// What happened.
        message: String,
        /// Where, the innermost first.
        frames: Vec<Frame>,
    },
}

/// A request and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// `http.send`, `prepared.send`, ...
    pub function: &'static str,
    /// How many were sent together by this call.
    pub together: usize,
    /// The method.
    pub method: String,
    /// The whole URL; of a refused request, what the scenario wrote.
    pub url: String,
    /// The tag `name`.
    pub name: String,
    /// In the order sent.
    pub headers: Vec<(String, String)>,
    /// What was sent after them.
    pub body: Kept,
    /// Where the time went.
    pub phases: Phases,
    /// The answer, or an error's code and sentence.
    pub answer: Result<Answered, (String, String)>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// `HTTP/1.1`.
    pub protocol: &'static str,
    /// In the order received.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Kept,
}

/// A body, as far as it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// All of its bytes.
    pub length: u64,
    /// The first of them.
    pub start: Vec<u8>,
}

/// What a trace holds since it was last looked at.
#[derive(Clone, Debug, Default)]
pub struct Traced {
    /// The calls, in order.
    pub calls: Vec<Call>,
    /// How many more there were.
    pub left_out: u64,
    /// How many checks held and how many did not, of all calls.
    pub checks: (u64, u64),
    /// How long the guest itself was busy in the last call of an export.
    pub computed: Duration,
}

/// The trace of one instance.
pub(super) struct Trace {
    clock: Clock,
    calls: Vec<Call>,
    left_out: u64,
    checks: (u64, u64),
    bytes: usize,
    keep: usize,
    around: Arc<Surroundings>,
    watch: Stopwatch,
}

impl Trace {
    pub(super) fn new(around: &Arc<Surroundings>, keep: usize) -> Trace {
        let (clock, around) = (around.clock, Arc::clone(around));
        let watch = Stopwatch(Arc::new(Mutex::new(Hands::of(clock))));
        Trace { clock, calls: Vec::new(), left_out: 0, checks: (0, 0), bytes: 0, keep, around, watch }
    }

    /// The host's work begins.
    pub(super) fn enter(&self) -> Nanos {
        self.watch.hands().enter()
    }

    /// The host's work, begun at `at`, is done.
    pub(super) fn leave(&mut self, at: Nanos, what: What) {
        let took = self.clock.now().since(at);
        self.note(at, took, what);
        self.back();
    }

    /// The guest goes on.
    pub(super) fn back(&self) {
        self.watch.hands().leave();
    }

    pub(super) fn now(&self) -> Nanos {
        self.clock.now()
    }

    pub(super) fn note(&mut self, at: Nanos, took: Duration, mut what: What) {
        let secrets = self.around.access.secrets();
        what.texts(&mut |text| {
            if let Cow::Owned(masked) = secrets.mask(text) {
                *text = masked;
            }
            text.truncate(text.floor_char_boundary(MOST_TEXT));
        });
        // A secret in there is in base64, where its value is not to be found.
        if let What::Request(sent) = &mut what
            && !secrets.is_empty()
        {
            let credentials = sent.headers.iter_mut().filter(|(name, _)| name.ends_with("authorization"));
            credentials.for_each(|(_, value)| "***".clone_into(value));
        }
        match what {
            What::Check { held: true, .. } => self.checks.0 += 1,
            What::Check { held: false, .. } => self.checks.1 += 1,
            _ => {}
        }
        let bytes = what.bytes();
        if self.calls.len() >= MOST_CALLS || self.bytes.saturating_add(bytes) > MOST_BYTES {
            self.left_out += 1;
            return;
        }
        self.bytes += bytes;
        self.calls.push(Call { at, took, what });
    }

    /// As much of a body as is to be kept.
    pub(super) fn keep(&self, body: &[u8], length: u64) -> Kept {
        if self.keep == 0 {
            return Kept { length, start: Vec::new() };
        }
        let secrets = self.around.access.secrets();
        let near = self.keep.saturating_add(secrets.longest()).min(body.len());
        let mut start = secrets.mask_bytes(body.get(..near).unwrap_or_default()).into_owned();
        start.truncate(self.keep);
        Kept { length, start }
    }

    pub(super) fn take(&mut self) -> Traced {
        self.bytes = 0;
        Traced {
            calls: std::mem::take(&mut self.calls),
            left_out: std::mem::take(&mut self.left_out),
            checks: std::mem::take(&mut self.checks),
            computed: self.watch.hands().spent,
        }
    }

    pub(super) fn watch(&self) -> Stopwatch {
        self.watch.clone()
    }
}

impl What {
    /// Each of its texts.
    fn texts(&mut self, with: &mut dyn FnMut(&mut String)) {
        match self {
            What::Request(sent) => {
                with(&mut sent.method);
                with(&mut sent.url);
                with(&mut sent.name);
                let headers = sent.headers.iter_mut();
                match &mut sent.answer {
                    Ok(answer) => {
                        headers.chain(&mut answer.headers).for_each(|(name, value)| {
                            with(name);
                            with(value);
                        });
                    }
                    Err((code, message)) => {
                        headers.for_each(|(name, value)| {
                            with(name);
                            with(value);
                        });
                        with(code);
                        with(message);
                    }
                }
            }
            What::Check { name, .. } => with(name),
            What::Value { metric, tag, refused, .. } => {
                with(metric);
                tag.iter_mut().for_each(|(name, value)| {
                    with(name);
                    with(value);
                });
                refused.iter_mut().for_each(with);
            }
            What::Line { text, .. } => with(text),
            What::Sleep { .. } => {}
            What::Asked { about, answer, .. } => {
                with(about);
                answer.iter_mut().for_each(with);
            }
            What::Trap { message, frames: _ } => with(message),
        }
    }

    /// About how much room it takes.
    fn bytes(&self) -> usize {
        let pairs =
            |pairs: &[(String, String)]| -> usize { pairs.iter().map(|(a, b)| a.len() + b.len()).sum() };
        match self {
            What::Request(sent) => {
                let answer = match &sent.answer {
                    Ok(answer) => pairs(&answer.headers) + answer.body.start.len(),
                    Err((code, message)) => code.len() + message.len(),
                };
                sent.url.len() + sent.name.len() + pairs(&sent.headers) + sent.body.start.len() + answer
            }
            What::Check { name, .. } => name.len(),
            What::Value { metric, tag, refused, .. } => {
                metric.len() + pairs(tag.as_slice()) + refused.as_ref().map_or(0, String::len)
            }
            What::Line { text, .. } => text.len(),
            What::Sleep { .. } => 0,
            What::Asked { about, answer, .. } => about.len() + answer.as_ref().map_or(0, String::len),
            What::Trap { message, .. } => message.len(),
        }
    }
}

/// A text up to what is held of one.
pub(super) fn text(text: &str) -> String {
    super::vu::clip(text, MOST_HELD).to_owned()
}

/// Runs while the guest computes, and neither while it waits nor while the host works for it.
#[derive(Clone)]
pub(super) struct Stopwatch(Arc<Mutex<Hands>>);

struct Hands {
    clock: Clock,
    /// Since when it has been running.
    since: Option<Nanos>,
    /// The host works for the guest.
    away: bool,
    spent: Duration,
}

impl Hands {
    fn of(clock: Clock) -> Hands {
        Hands { clock, since: None, away: false, spent: Duration::ZERO }
    }

    fn go(&mut self) {
        if !self.away {
            self.since = Some(self.clock.now());
        }
    }

    fn stop(&mut self) -> Nanos {
        let now = self.clock.now();
        if let Some(since) = self.since.take() {
            self.spent += now.since(since);
        }
        now
    }

    fn enter(&mut self) -> Nanos {
        self.away = true;
        self.stop()
    }

    fn leave(&mut self) {
        self.away = false;
        self.go();
    }
}

impl Stopwatch {
    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call of an export, by the watch if there is one.
pub(super) async fn timed<C: Future>(watch: Option<Stopwatch>, call: C) -> C::Output {
    if let Some(watch) = &watch {
        let mut hands = watch.hands();
        *hands = Hands::of(hands.clock);
    }
    let mut call = pin!(call);
    poll_fn(|cx| {
        if let Some(watch) = &watch {
            watch.hands().go();
        }
        let polled = call.as_mut().poll(cx);
        if let Some(watch) = &watch {
            watch.hands().stop();
        }
        polled
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Access;
    use crate::http::{Target, Timeouts};
    use crate::plan::Limits;
    use crate::store::{Secrets, Shared};

    fn line(text: &str) -> What {
        What::Line { level: "info", text: text.into() }
    }

    fn trace(secrets: &Secrets, keep: usize) -> Trace {
        let access = Access::new(&[], &[], &Shared::new(secrets.clone()), 0);
        let around = Surroundings {
            target: Target::parse("http://t").expect("a target"),
            granted: Vec::new(),
            private: false,
            timeouts: Timeouts::default(),
            access: Arc::new(access),
            setup_data: bytes::Bytes::new(),
            transport: Arc::default(),
            web: Default::default(),
            stages: Vec::new(),
            metrics: Vec::new(),
            results: None,
            clock: Clock::start(),
            seed: 0,
            limits: Limits::default(),
        };
        Trace::new(&Arc::new(around), keep)
    }

    #[test]
    fn secrets_are_masked_also_where_a_text_or_a_body_is_cut() {
        let secrets = Secrets::new(vec![("a".into(), "hunter2".into())]);
        let mut trace = trace(&secrets, 5);
        trace.note(Nanos(0), Duration::ZERO, line(&format!("{}hunter2", "x".repeat(MOST_TEXT - 3))));
        let What::Line { text, .. } = trace.take().calls.remove(0).what else { panic!("a line") };
        assert!(text.ends_with("x***"), "{}", &text[text.len() - 20..]);
        assert_eq!(trace.keep(b"ahunter2", 8).start, b"a***");
        assert_eq!(trace.keep(b"abchunter2", 10).start, b"abc**");
    }

    #[test]
    fn a_trace_is_bounded_in_calls_and_bytes() {
        let mut trace = trace(&Secrets::default(), 3);
        for _ in 0..MOST_CALLS + 5 {
            trace.note(Nanos(0), Duration::ZERO, line("x"));
        }
        let traced = trace.take();
        assert_eq!((traced.calls.len(), traced.left_out), (MOST_CALLS, 5));
        let (large, most) = ("x".repeat(MOST_TEXT), MOST_BYTES / MOST_TEXT);
        for _ in 0..=most {
            trace.note(Nanos(0), Duration::ZERO, line(&large));
        }
        trace.note(Nanos(0), Duration::ZERO, line("small"));
        let traced = trace.take();
        assert_eq!((traced.calls.len(), traced.left_out), (most, 2));
        assert_eq!(trace.keep(b"abcdef", 6), Kept { length: 6, start: b"abc".to_vec() });
        let mut length = |text: String| {
            trace.note(Nanos(0), Duration::ZERO, line(&text));
            trace.take().calls.pop().expect("a call").what.bytes()
        };
        assert_eq!(length("ñ".repeat(MOST_TEXT)), MOST_TEXT);
        assert_eq!(length(format!("a{}", "ñ".repeat(MOST_TEXT))), MOST_TEXT - 1);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn waiting_and_the_hosts_work_are_not_the_guests() {
        let trace = trace(&Secrets::default(), 0);
        let clock = trace.clock;
        let busy = |length: Duration| {
            let begun = clock.now();
            while clock.now().since(begun) < length {
                std::hint::spin_loop();
            }
        };
        let (short, long) = (Duration::from_millis(2), Duration::from_millis(40));
        timed(Some(trace.watch()), async {
            busy(short);
            tokio::time::sleep(long).await;
            trace.enter();
            busy(long);
            tokio::time::sleep(long).await;
            trace.back();
            busy(short);
        })
        .await;
        let computed = trace.watch.hands().spent;
        assert!(computed >= short * 2, "{computed:?}");
        let all = clock.now().since(Nanos(0));
        assert!(computed + long * 3 <= all, "{computed:?} of {all:?}");
    }
}
