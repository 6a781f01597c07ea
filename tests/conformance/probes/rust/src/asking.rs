//! Mode `ask`: one request by env, and whether the answer is the one to it.
//!
//! | env | what it is |
//! |---|---|
//! | `method` | `GET` unless given |
//! | `to` | what the URL begins with: the target unless given |
//! | `bytes` | the length of the request's body |
//! | `pause` | milliseconds before the request |
//! | `connect-timeout`, `first-byte-timeout` | milliseconds |

use strata_guest::prelude::*;

/// Asks for `/ask?VU-ITERATION`; a server that knows the mode answers with `VU-ITERATION`.
pub fn ask(context: &Context) -> Result<(), Failure> {
    let token = format!("{}-{}", context.vu, context.iteration);
    let method = run::env("method").unwrap_or_else(|| "GET".to_owned());
    let to = run::env("to").unwrap_or_default();
    let mut request = Request::new(method, format!("{to}/ask?{token}")).name("ask");
    if let Some(bytes) = number("bytes") {
        request = request.body(vec![b'b'; bytes as usize]);
    }
    if let Some(ms) = number("connect-timeout") {
        request = request.connect_timeout(Duration::from_millis(ms));
    }
    if let Some(ms) = number("first-byte-timeout") {
        request = request.first_byte_timeout(Duration::from_millis(ms));
    }
    if let Some(ms) = number("pause") {
        run::sleep(Duration::from_millis(ms));
    }
    let answer = request.send()?;
    check("the answer is to this request", answer.text() == token);
    Ok(())
}

/// A number by env.
pub fn number(name: &str) -> Option<u64> {
    run::env(name)?.parse().ok()
}
