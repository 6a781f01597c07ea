//! What tells one version of this component from another.
//!
//! A test makes a version by putting another byte for the last one of [`MARK`] in the component's file: the code is the
//! same, the digest is not.
//!
//! | version | what is different |
//! |---|---|
//! | a digit | in mode `version`: `GET /?version=DIGIT` |
//! | `t` | every iteration traps |
//! | `u` | every second iteration of an instance traps |
//! | `o` | it is called `other` |
//! | `n` | it asks for the secret `token` |

use std::hint::black_box;

use strata_guest::prelude::*;

static MARK: [u8; 24] = *b"version of the probe:  0";

/// Its letter.
pub fn letter() -> char {
    char::from(black_box(&MARK)[23])
}

/// The manifest of this version.
pub fn describe(name: &str) -> Manifest {
    match letter() {
        'o' => Manifest::new("other"),
        'n' => Manifest::new(name).needs_secret("token"),
        _ => Manifest::new(name),
    }
}

/// One request that says which version sends it.
///
/// # Errors
/// Those of the request.
pub fn iteration(iterations: u32) -> Result<(), Failure> {
    match letter() {
        't' => panic!("this version traps"),
        'u' if iterations.is_multiple_of(2) => panic!("this version traps every other time"),
        _ => tell("version"),
    }
}

/// `GET /?WHAT=LETTER`.
///
/// # Errors
/// Those of the request.
pub fn tell(what: &str) -> Result<(), Failure> {
    let answer = Request::get(format!("/?{what}={}", letter())).name(what).send()?;
    check("status is 200", answer.status == 200);
    Ok(())
}
