//! `strata ctl`: commands to a run that goes on.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::exit::Exit;
use super::folder::RUNS;
use super::session::runtime;
use super::{Stop, console};
use crate::control::{Address, Response, SOCKET, ask};
use crate::event::{LayerStatus, RunStatus};
use crate::plan::{duration_text, number_text};

/// Where a token may be said without everybody who lists processes reading it.
const TOKEN: &str = "STRATA_CONTROL_TOKEN";

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata ctl status
  strata ctl --run strata-runs/20261124t223723z-hello scale --rate 500
  strata ctl --socket ./strata.sock pause
  strata ctl --url http://127.0.0.1:6565 stop      the token is in STRATA_CONTROL_TOKEN")]
pub(super) struct CtlArguments {
    /// The folder of the run [default: the only one in strata-runs/ that is going on]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["socket", "url"])]
    run: Option<PathBuf>,
    /// The socket of the run, where `strata run --control` said one
    #[arg(long, value_name = "PATH", conflicts_with = "url")]
    socket: Option<PathBuf>,
    /// The address of the run, where `strata run --control` said one: http://127.0.0.1:6565
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The token that the run has said [default: the variable STRATA_CONTROL_TOKEN]
    #[arg(long, value_name = "TOKEN", requires = "url")]
    token: Option<String>,
    /// Print what the run answers as it came, in JSON
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: CtlCommand,
}

#[derive(Debug, Subcommand)]
enum CtlCommand {
    /// Show how far the run is
    #[command(after_help = "Examples:
  strata ctl status
  strata ctl --json status")]
    Status,
    /// Start no more iterations until `resume`; the stages' clocks stand still
    #[command(after_help = "Examples:
  strata ctl pause")]
    Pause,
    /// Go on
    #[command(after_help = "Examples:
  strata ctl resume")]
    Resume,
    /// Change the virtual users or the rate of a stage from now on
    #[command(after_help = "Examples:
  strata ctl scale --vus 20
  strata ctl scale --factor 1.5
  strata ctl scale 8 --stage feed --rate 500")]
    Scale(ScaleArguments),
    /// Take another version of a scenario into the load that runs
    #[command(after_help = "Examples:
  strata ctl swap shop shop.wasm
  strata ctl swap 8 layer-08.wasm --rollback-on-trap")]
    Swap(SwapArguments),
    /// End the run with a report, as a signal does
    #[command(after_help = "Examples:
  strata ctl stop
  strata ctl stop --now")]
    Stop {
        /// Cut off what runs
        #[arg(long)]
        now: bool,
    },
    /// Put a remark into the reports
    #[command(after_help = "Examples:
  strata ctl note 'deployed 1.2.0'")]
    Note {
        /// The remark
        text: String,
    },
}

#[derive(Debug, Args)]
struct SwapArguments {
    /// The layer, by its number or its scenario's name
    layer: String,
    /// The component
    component: PathBuf,
    /// Run its setup too; else it works with what the setup before has returned
    #[arg(long)]
    run_setup: bool,
    /// Take it back if 3 of its first 10 iterations trap
    #[arg(long)]
    rollback_on_trap: bool,
}

#[derive(Debug, Args)]
struct ScaleArguments {
    /// The layer, by its number or its scenario's name; needed where several run
    layer: Option<String>,
    /// The stage, which must be the one that runs
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    #[command(flatten)]
    to: AmountArguments,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct AmountArguments {
    /// Virtual users
    #[arg(long, short = 'u', value_name = "N", allow_negative_numbers = true)]
    vus: Option<f64>,
    /// Iterations per second
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    rate: Option<f64>,
    /// So many times as much as now
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    factor: Option<f64>,
}

pub(super) fn ctl(arguments: &CtlArguments) -> Result<Exit, Stop> {
    let address = address(arguments)?;
    let (path, body) = request(&arguments.command)?;
    let wrong = |why: String| Stop::bad_input([why]);
    let response = runtime()?.block_on(ask(&address, path, body)).map_err(|why| {
        let hint = "(hint: is the run still going on?)";
        wrong(format!("no answer from {}: {why} {hint}", shown(&address)))
    })?;
    let text = String::from_utf8_lossy(&response.body);
    if response.status != 200 {
        return Err(wrong(refusal(&response, &text)));
    }
    let said = match arguments.json {
        true => text.into_owned(),
        false => console::harmless(&words(&arguments.command, &text)?),
    };
    console::answer(&said).map_err(|error| anyhow::anyhow!("standard output: {error}"))?;
    Ok(Exit::Passed)
}

fn request(command: &CtlCommand) -> Result<(&'static str, Option<String>), Stop> {
    Ok(match command {
        CtlCommand::Status => ("/v1/status", None),
        CtlCommand::Pause => ("/v1/pause", Some(String::new())),
        CtlCommand::Resume => ("/v1/resume", Some(String::new())),
        CtlCommand::Stop { now } => ("/v1/stop", Some(json!({ "now": now }).to_string())),
        CtlCommand::Note { text } => ("/v1/note", Some(json!({ "text": text }).to_string())),
        CtlCommand::Swap(swap) => {
            // The run may be in another folder.
            let component = std::path::absolute(&swap.component)
                .map_err(|error| Stop::bad_input([format!("{}: {error}", swap.component.display())]))?;
            let body = json!({
                "layer": swap.layer,
                "component": component,
                "run_setup": swap.run_setup,
                "rollback_on_trap": swap.rollback_on_trap,
            });
            ("/v1/swap", Some(body.to_string()))
        }
        CtlCommand::Scale(scale) => {
            let mut body = serde_json::Map::new();
            for (name, value) in [("layer", &scale.layer), ("stage", &scale.stage)] {
                body.extend(value.iter().map(|value| (name.to_owned(), json!(value))));
            }
            for (name, value) in [("vus", scale.to.vus), ("rate", scale.to.rate), ("factor", scale.to.factor)]
            {
                let Some(value) = value else { continue };
                // JSON has no word for it.
                if !value.is_finite() {
                    return Err(Stop::bad_input([format!("--{name} is {value}, which is no number")]));
                }
                body.insert(name.to_owned(), json!(value));
            }
            ("/v1/scale", Some(Value::Object(body).to_string()))
        }
    })
}

/// Which run is meant.
fn address(arguments: &CtlArguments) -> Result<Address, Stop> {
    if let Some(url) = &arguments.url {
        let at = url.trim_end_matches('/');
        let at = at.strip_prefix("http://").unwrap_or(at);
        let token = match &arguments.token {
            Some(token) => token.clone(),
            None => console::variable(TOKEN).and_then(|token| token.into_string().ok()).ok_or_else(|| {
                Stop::bad_input([format!("--url needs the run's token (hint: `--token`, or {TOKEN})")])
            })?,
        };
        return Ok(Address::Port(at.to_owned(), token));
    }
    if let Some(socket) = &arguments.socket {
        return Ok(Address::Socket(socket.clone()));
    }
    if let Some(folder) = &arguments.run {
        return Ok(Address::Socket(folder.join(SOCKET)));
    }
    let mut found = running(Path::new(RUNS))?;
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(Address::Socket(only.join(SOCKET))),
        (None, _) => Err(Stop::bad_input([format!(
            "no run is going on in {RUNS}/ (hint: `--run DIR`, `--socket PATH` or `--url URL`)"
        )])),
        (Some(newest), false) => {
            let older = found.iter().map(|folder| format!("--run {}", folder.display()));
            let all: Vec<_> = older.chain([format!("--run {}", newest.display())]).collect();
            Err(Stop::bad_input([format!("several runs are going on (hint: {})", all.join(", or "))]))
        }
    }
}

/// The folders of runs that take commands, the newest last.
fn running(runs: &Path) -> Result<Vec<PathBuf>, Stop> {
    let mut sockets = Vec::new();
    if let Ok(entries) = std::fs::read_dir(runs) {
        sockets.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.join(SOCKET).exists()));
    }
    sockets.sort();
    let runtime = runtime()?;
    // What a dead run has left does not answer.
    sockets.retain(|folder| {
        let answer = runtime.block_on(ask(&Address::Socket(folder.join(SOCKET)), "/v1/status", None));
        answer.is_ok_and(|answer| answer.status == 200)
    });
    Ok(sockets)
}

fn shown(address: &Address) -> String {
    match address {
        Address::Socket(path) => path.display().to_string(),
        Address::Port(at, _) => at.clone(),
    }
}

/// Why a run refused.
fn refusal(response: &Response, text: &str) -> String {
    let said: Option<Value> = serde_json::from_str(text).ok();
    let message = said.as_ref().and_then(|said| said.get("error")?.get("message")?.as_str());
    message.map_or_else(|| format!("the answer has the status {}", response.status), str::to_owned)
}

/// An answer for people.
fn words(command: &CtlCommand, text: &str) -> anyhow::Result<String> {
    let odd =
        |error: serde_json::Error| anyhow::anyhow!("the run answers in words that are not known: {error}");
    if matches!(command, CtlCommand::Status) {
        return Ok(status(&serde_json::from_str(text).map_err(odd)?));
    }
    let said: Value = serde_json::from_str(text).map_err(odd)?;
    Ok(said.get("done").and_then(Value::as_str).unwrap_or("done").to_owned())
}

fn status(status: &RunStatus) -> String {
    let mut lines = vec![
        format!("{} · {} · {:.0} s", status.id, status.state, status.elapsed_s),
        format!("  target {}", status.target),
    ];
    lines.extend(status.layers.iter().map(layer));
    lines.extend(status.changes.iter().map(|change| {
        let whom: Vec<&str> = change.scenario.iter().chain(&change.stage).map(String::as_str).collect();
        let whom = if whom.is_empty() { String::new() } else { format!(" {}", whom.join(": ")) };
        format!("  {:.1} s  {}{whom}: {} (by {})", change.at_s, change.kind, change.text, change.by)
    }));
    lines.join("\n")
}

fn layer(layer: &LayerStatus) -> String {
    let head = format!("  {:<9} {} ({})", layer.state, layer.heading, layer.scenario);
    let Some(stage) = &layer.stage else { return head };
    let time = |seconds: f64| {
        duration_text(std::time::Duration::try_from_secs_f64(seconds.floor()).unwrap_or_default())
    };
    let asked = match (stage.asked_per_s, stage.asked_vus) {
        (Some(rate), _) => format!("{}/s of {}/s", number_text(stage.iterations_per_s), number_text(rate)),
        (None, Some(vus)) => format!("{} of {vus} VUs", stage.vus),
        (None, None) => String::new(),
    };
    let times = [("p50", stage.p50), ("p95", stage.p95), ("p99", stage.p99)];
    let times: String =
        times.into_iter().filter_map(|(name, value)| Some(format!("  {name} {:.1} ms", value?))).collect();
    format!(
        "{head}\n            {}: {} of {}  {asked}  {:.0} req/s{times}  {} failed  {} dropped",
        stage.name,
        time(stage.elapsed_s),
        time(stage.duration_s),
        stage.requests_per_s,
        number_text(stage.failed),
        number_text(stage.dropped)
    )
}
