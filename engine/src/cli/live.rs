//! The live view on a terminal: a thread that draws it and reads keys.
//!
//! The conductor hands events over without waiting; a terminal that is slow, or stopped, loses them and holds nothing
//! up. What the run says for good is kept until the view is over. The terminal is as it was before when the view ends,
//! however it ends: with the run, by an error, or by a panic anywhere.

use std::cell::RefCell;
use std::io::{IsTerminal, Read, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};

use super::console;
use crate::clock::Clock;
use crate::conduct::{Amount, Command, Control};
use crate::event::{Event, Reporter};
use crate::report::{Detail, Screen, Terminal, TerminalOptions};

/// Events that wait to be drawn.
const WAITING: usize = 256;
/// How long a look at the keyboard takes, in tenths of a second: also how often something new is drawn.
const LOOK: u8 = 1;
/// How much a key changes.
const FACTOR: f64 = 1.1;
/// Another screen without a cursor, and back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// What the run says for good.
#[derive(Clone, Default)]
struct Held(Rc<RefCell<Vec<u8>>>);

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The view, for as long as it lives.
pub(super) struct Live {
    events: Option<SyncSender<Event>>,
    thread: Option<JoinHandle<()>>,
    terminal: Terminal,
    held: Held,
}

/// Puts the terminal back, once, whoever comes first.
struct Restore {
    modes: Option<Termios>,
    shown: AtomicBool,
}

impl Restore {
    fn restore(&self) {
        if self.shown.swap(false, Ordering::SeqCst) {
            // A terminal that is gone cannot be restored.
            let _ = std::io::stderr().write_all(LEAVE.as_bytes());
            if let Some(modes) = &self.modes {
                let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, modes);
            }
        }
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        self.restore();
    }
}

/// Whether somebody sits before a terminal that can be drawn on, and this process may.
pub(super) fn wanted() -> bool {
    let (stdin, stderr) = (std::io::stdin(), std::io::stderr());
    let set = |name| console::variable(name).is_some_and(|value| !value.is_empty());
    let dumb = console::variable("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
    let in_front = tcgetpgrp(&stdin).is_ok_and(|group| group == rustix::process::getpgrp());
    stdin.is_terminal() && stderr.is_terminal() && in_front && !dumb && !set("CI")
}

impl Live {
    /// Shows the view; what its keys ask for goes to the run.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub(super) fn start(control: Control) -> std::io::Result<Live> {
        let (events, received) = sync_channel(WAITING);
        let modes = tcgetattr(std::io::stdin()).ok();
        let restore = Arc::new(Restore { modes, shown: AtomicBool::new(false) });
        let thread = std::thread::Builder::new().name("live view".to_owned()).spawn({
            let restore = Arc::clone(&restore);
            move || View::new(control, restore).show(&received)
        })?;
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore.restore();
            before(panic);
        }));
        let held = Held::default();
        let options = TerminalOptions { width: console::width(), live: true, detail: Detail::Whole };
        let terminal = Terminal::new(held.clone(), options);
        Ok(Live { events: Some(events), thread: Some(thread), terminal, held })
    }
}

impl Reporter for Live {
    fn on_event(&mut self, event: &Event) {
        // A second is of interest to files alone; progress is drawn and then over.
        if !matches!(event, Event::Tick(_)) {
            self.terminal.on_event(event);
        }
        if let (Some(events), false) =
            (&self.events, matches!(event, Event::Second(_) | Event::RunFinished(_)))
        {
            // A view that cannot keep up does without.
            let _ = events.try_send(event.clone());
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.events = None;
        if let Some(thread) = self.thread.take() {
            // Its panic has been printed, after the terminal was restored.
            let _ = thread.join();
        }
        console::write_styled(&self.held.0.borrow());
    }
}

/// The thread's own.
struct View {
    control: Control,
    restore: Arc<Restore>,
    screen: Screen,
    clock: Clock,
    colour: bool,
}

impl View {
    fn new(control: Control, restore: Arc<Restore>) -> View {
        let colour = console::coloured();
        let control = control.by("key");
        View { control, restore, screen: Screen::default(), clock: Clock::start(), colour }
    }

    fn show(mut self, events: &Receiver<Event>) {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
        self.restore.shown.store(true, Ordering::SeqCst);
        let mut keys = self.restore.modes.as_ref().is_some_and(listen_to_keys);
        let _ = std::io::stderr().write_all(ENTER.as_bytes());
        let (mut drawn, mut size) = (false, (0, 0));
        loop {
            loop {
                match events.try_recv() {
                    Ok(event) => self.screen.on_event(&event),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return self.restore.restore(),
                }
                drawn = false;
            }
            let now = console::size();
            if !drawn || size != now {
                self.draw(now);
                (drawn, size) = (true, now);
            }
            let mut pressed = [0; 16];
            let count = if keys { std::io::stdin().read(&mut pressed).ok() } else { None };
            match count {
                Some(count) => {
                    for key in pressed.iter().take(count) {
                        runtime.block_on(self.key(*key));
                        drawn = false;
                    }
                }
                None => {
                    keys = false;
                    let look = Duration::from_millis(100 * u64::from(LOOK));
                    if let Ok(event) = events.recv_timeout(look) {
                        self.screen.on_event(&event);
                        drawn = false;
                    }
                }
            }
        }
    }

    fn draw(&self, size: (usize, usize)) {
        if !self.restore.shown.load(Ordering::SeqCst) {
            return;
        }
        let elapsed = Duration::from_nanos(self.clock.now().0);
        let rows = self.screen.rows(elapsed, size, self.colour);
        let text = rows.join("\x1b[K\r\n");
        // What a terminal does not take any more is not shown.
        let _ = std::io::stderr().write_all(format!("\x1b[H{text}\x1b[K\x1b[J").as_bytes());
    }

    async fn key(&mut self, key: u8) {
        let all = |to| Command::Scale { layer: None, stage: None, to: Amount::Times(to) };
        let command = match key {
            b'p' | b'P' | b' ' if self.screen.is_paused() => Command::Resume,
            b'p' | b'P' | b' ' => Command::Pause,
            b'+' | b'=' => all(FACTOR),
            b'-' | b'_' => all(1.0 / FACTOR),
            b'q' | b'Q' => Command::Stop { now: self.screen.is_stopping() },
            b'l' | b'L' => return self.screen.toggle_log(),
            _ => return self.screen.say(""),
        };
        match self.control.ask(command).await {
            Ok(_) => self.screen.say(""),
            Err(refusal) => self.screen.say(&refusal.to_string()),
        }
    }
}

/// Keys come one by one and are not shown; an interrupt is still a signal, a stop is not.
fn listen_to_keys(before: &Termios) -> bool {
    let mut modes = before.clone();
    modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    for (code, value) in [
        (SpecialCodeIndex::VMIN, 0),
        (SpecialCodeIndex::VTIME, LOOK),
        (SpecialCodeIndex::VSUSP, 0),
        (SpecialCodeIndex::VQUIT, 0),
    ] {
        modes.special_codes[code] = value;
    }
    tcsetattr(std::io::stdin(), OptionalActions::Now, &modes).is_ok()
}
