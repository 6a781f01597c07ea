//! Modes for what virtual users share, with env `describe=shared` (all of it) or `describe=kv` (the space alone).
//!
//! | mode | what happens |
//! |---|---|
//! | `take` | takes a row of `rows` in the order of env `order`; the check `row N` |
//! | `register` | puts a name into the queue `registered` |
//! | `login` | takes one out of it, waiting for env `ms`; the check `somebody registered` |
//! | `wait` | as `login`, at a queue that nobody fills; the check `nobody came` |
//! | `meet` | meets env `parties` others, waiting for env `ms`; fails as it fails |
//! | `count` | adds 1 to a counter and gives the sum to the gauge |
//! | `fill` | puts 1 KiB under another key until it fails, and fails so |
//! | `reach` | reaches for a set, a space, a secret and an env that it did not ask for |
//! | `leak` | says its secret in every way that there is |
//! | `share` | everything of `data`, `kv` and `run.secret`, the same in every language |

use strata_guest::prelude::*;

use strata_guest::Error;

use crate::{COUNTER, GAUGE};

/// What the secret of mode `share` has.
const TOKEN_BYTES: usize = 12;

/// Runs one of them; nothing if it is none.
pub fn run(mode: &str, context: &Context) -> Option<Result<(), Failure>> {
    Some(match mode {
        "take" => take(),
        "register" => {
            let registered = space().push("registered", &format!("user {}", context.iteration));
            check("registered", registered.is_ok());
            Ok(())
        }
        "login" => waited("registered", "somebody registered", true),
        "wait" => waited("nobody fills this", "nobody came", false),
        "meet" => {
            let parties = number("parties").unwrap_or(2) as u32;
            space().meet("here", parties, wait()).map_err(Failure::from)
        }
        "count" => count(),
        "fill" => fill(context),
        "reach" => {
            reach();
            Ok(())
        }
        "leak" => leak(context),
        "share" => share(context),
        _ => return None,
    })
}

/// What the judge says of it.
pub fn leaked(finding: Finding) -> Result<Finding, Failure> {
    let token = run::secret("token")?;
    Ok(finding.text(format!("text {token}")).analysis(format!("analysis {token}")).row(
        format!("row {token}"),
        1.0,
        token,
        Some(true),
    ))
}

fn space() -> Space {
    Space::new("shared")
}

fn number(name: &str) -> Option<u64> {
    run::env(name)?.parse().ok()
}

fn wait() -> Duration {
    Duration::from_millis(number("ms").unwrap_or(100))
}

fn take() -> Result<(), Failure> {
    let order = match run::env("order").as_deref() {
        Some("random") => Order::Random,
        Some("per-vu") => Order::PerVu,
        Some("unique") => Order::Unique,
        _ => Order::Sequential,
    };
    let row = data::take("rows", order)?;
    check(&format!("row {}", row.get("name").unwrap_or("none")), true);
    Ok(())
}

fn waited(queue: &str, name: &str, comes: bool) -> Result<(), Failure> {
    let came = space().pop(queue, wait())?;
    check(name, came.is_some() == comes);
    Ok(())
}

fn count() -> Result<(), Failure> {
    Ok(GAUGE.add(space().add("counter", 1.0)?)?)
}

fn fill(context: &Context) -> Result<(), Failure> {
    let value = "x".repeat(1024);
    for number in 0..1_000_000 {
        space().set(&format!("{}-{}-{number}", context.vu, context.iteration), &value)?;
    }
    Ok(())
}

fn reach() {
    check("no set", refused(data::length("others")) == "not-granted");
    check("no space", refused(Space::new("others").get("a")) == "not-granted");
    check("no secret", refused(run::secret("others")) == "not-granted");
    check("no env", run::env("others").is_none());
}

fn refused<T>(answer: Result<T, Error>) -> String {
    answer.err().map(|error| error.code).unwrap_or_default()
}

fn share(context: &Context) -> Result<(), Failure> {
    rows(context)?;
    values(context)?;
    let (queue, nobody) = (format!("queue {}", context.vu), Duration::from_millis(20));
    check("kv: an empty queue", space().pop(&queue, nobody)?.is_none());
    space().push(&queue, "first")?;
    space().push(&queue, "second 🌍")?;
    check("kv: a queue's length", space().queue_length(&queue)? == 2);
    let both = [space().pop(&queue, nobody)?, space().pop(&queue, nobody)?];
    check("kv: the oldest comes first", both == [Some("first".to_owned()), Some("second 🌍".to_owned())]);
    let alone = format!("barrier {}", context.vu);
    check("kv: nobody to wait for", space().meet(&alone, 1, nobody).is_ok());
    check("kv: nobody comes", refused(space().meet(&alone, 2, nobody)) == "timeout");
    check("kv: nobody is too few", refused(space().meet(&alone, 0, nobody)) == "bad-value");
    check("a secret arrives", run::secret("token")?.len() == TOKEN_BYTES);
    check("setup's text arrives", run::setup_text() == "from setup");
    reach();
    Ok(())
}

fn rows(context: &Context) -> Result<(), Failure> {
    let column = |row: data::Row, name: &str| row.get(name).map(str::to_owned).unwrap_or_default();
    let named = |row: data::Row| column(row, "name");
    check("data: length", data::length("rows")? == 4);
    check("data: columns", data::columns("rows")? == ["name", "note"]);
    check("data: a row", column(data::row("rows", 1)?, "note") == "a, \"b\" 世界");
    check("data: no such row", refused(data::row("rows", 4)) == "no-such-row");
    let own = format!("r{}", (context.vu - 1) % 4);
    check("data: that of this user", named(data::take("rows", Order::PerVu)?) == own);
    check("data: any", named(data::take("rows", Order::Random)?).starts_with('r'));
    let next = format!("r{}", context.iteration);
    check("data: in turn", named(data::take("rows", Order::Sequential)?) == next);
    // As many as there are: each is had once, and then there is none.
    check(&format!("data: {} is had once", named(data::take("rows", Order::Unique)?)), true);
    if context.iteration == 3 {
        check("data: all are had", refused(data::take("rows", Order::Unique)) == "end-of-data");
    }
    Ok(())
}

fn values(context: &Context) -> Result<(), Failure> {
    let key = format!("value {}", context.vu);
    space().set(&key, "1")?;
    space().set(&key, "zwei 世界")?;
    check("kv: a value", space().get(&key)?.as_deref() == Some("zwei 世界"));
    check("kv: no number", refused(space().add(&key, 1.0)) == "bad-value");
    space().delete(&key)?;
    check("kv: no value", space().get(&key)?.is_none());
    check("kv: a sum", (space().add(&key, 2.0)?, space().add(&key, -0.5)?) == (2.0, 1.5));
    space().delete(&key)?;
    check("kv: too large", refused(space().set(&"k".repeat(257), "")) == "too-large");
    Ok(())
}

fn leak(context: &Context) -> Result<(), Failure> {
    let token = run::secret("token")?;
    log::info(&format!("{}line {token}!", "x".repeat(990)));
    log::info(&format!("line {token}!"));
    println!("printed {token}");
    eprintln!("stderr {token}");
    check(&format!("check {token}"), true);
    COUNTER.add_tagged(1.0, "tag", &token)?;
    space().set("token", &token)?;
    let error = space().add("token", 1.0).err().map(|error| error.message).unwrap_or_default();
    log::info(&error);
    let in_url = token.replace('%', "%25").replace('"', "%22").replace('&', "%26").replace(' ', "%20");
    let json = format!("{{\"token\":\"{}\"}}", token.replace('"', "\\\""));
    let request = Request::post(format!("/echo?token={in_url}")).header("x-token", &token).json(json);
    let answer = request.send()?;
    let arrived = answer.text().contains(&token.replace('"', "\\\""));
    check("the target is sent the secret itself", arrived);
    Request::get(format!("/echo/{in_url}")).name(format!("name {token}")).send()?;
    match context.iteration {
        0 => Ok(()),
        1 => Err(Failure::new(format!("code {token}"), format!("failure {token}"))),
        _ => panic!("trap {token}"),
    }
}
