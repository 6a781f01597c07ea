//! Why something did not work: [`Error`] comes from the engine, [`Failure`] goes to it.

use std::fmt;

/// Why a call into the engine did not do its work.
///
/// `?` turns it into a [`Failure`] with the same code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// A stable word, such as `timeout`; each function lists its own.
    pub code: String,
    /// A sentence for people with the offending value.
    pub message: String,
}

/// Why the scenario did not do its work.
///
/// Reports count failures by their code and show the first few messages of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A stable word such as `login-refused`, at most 64 bytes.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

impl Failure {
    /// A failure of that code.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Failure {
        Failure { code: code.into(), message: message.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { code: error.code, message: error.message }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Error {}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_keeps_the_code_of_its_error() {
        let error = Error { code: "timeout".to_owned(), message: "no answer in 60 s".to_owned() };
        let failure = Failure::from(error.clone());
        assert_eq!(failure, Failure::new("timeout", "no answer in 60 s"));
        assert_eq!(failure.to_string(), "timeout: no answer in 60 s");
        assert_eq!(failure.to_string(), error.to_string());
    }
}
