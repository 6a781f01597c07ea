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

use strata_guest::prelude::*;

use crate::{COUNTER, GAUGE};

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
    let refused =
        |code: Result<(), strata_guest::Error>| code.is_err_and(|error| error.code == "not-granted");
    check("no set", refused(data::length("others").map(drop)));
    check("no space", refused(Space::new("others").get("a").map(drop)));
    check("no secret", refused(run::secret("others").map(drop)));
    check("no env", run::env("others").is_none());
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
