//! What the command line asks for, and how it changes a scenario's own load.

use std::time::Duration;

use crate::plan::StageSpec;

/// What was asked for on the command line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flags {
    /// The base URL of the system under test.
    pub target: Option<String>,
    /// VUs of every stage.
    pub vus: Option<u32>,
    /// How long iterations may start in every stage.
    pub duration: Option<Duration>,
    /// Iterations of every stage, shared by its VUs.
    pub iterations: Option<u32>,
    /// What `run.env` answers; stronger than the phase file.
    pub env: Vec<(String, String)>,
    /// Tags on every sample.
    pub tags: Vec<(String, String)>,
    /// Hosts besides the target that scenarios may reach, `host:port`.
    pub hosts: Vec<String>,
    /// Of random numbers.
    pub seed: u64,
    /// Threads that drive load.
    pub workers: usize,
}

impl Flags {
    /// Changes a stage as k6's flags do: a duration makes it `constant-vus`, iterations make it
    /// `shared-iterations` (then a duration is the longest they may take), VUs alone only replace its VUs.
    pub(super) fn change(&self, stage: &mut StageSpec) {
        if let Some(iterations) = self.iterations {
            "shared-iterations".clone_into(&mut stage.executor);
            stage.iterations = Some(iterations);
            stage.duration = self.duration;
            stage.vus = self.vus.or(stage.vus.map(|vus| vus.min(iterations)));
            stage.others.clear();
        } else if let Some(duration) = self.duration {
            "constant-vus".clone_into(&mut stage.executor);
            stage.iterations = None;
            stage.duration = Some(duration);
            stage.others.clear();
        }
        stage.vus = self.vus.or(stage.vus);
    }
}

/// Reads `NAME=VALUE`.
///
/// # Errors
/// A sentence with the offending text.
pub fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` is not NAME=VALUE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Load;

    fn stage() -> StageSpec {
        StageSpec {
            name: "main".into(),
            executor: "constant-vus".into(),
            vus: Some(8),
            duration: Some(Duration::from_secs(3)),
            ..StageSpec::default()
        }
    }

    fn changed(flags: Flags) -> Load {
        let mut stage = stage();
        flags.change(&mut stage);
        stage.check().expect("a stage").load
    }

    #[test]
    fn flags_change_the_load_as_those_of_k6() {
        let (second, ten_minutes) = (Duration::from_secs(1), Duration::from_secs(600));
        let flags = Flags::default;
        assert_eq!(
            changed(Flags { vus: Some(2), ..flags() }),
            Load::ConstantVus { vus: 2, duration: Duration::from_secs(3) }
        );
        assert_eq!(
            changed(Flags { duration: Some(second), ..flags() }),
            Load::ConstantVus { vus: 8, duration: second }
        );
        assert_eq!(
            changed(Flags { iterations: Some(5), ..flags() }),
            Load::SharedIterations { vus: 5, iterations: 5, max_duration: ten_minutes }
        );
        assert_eq!(
            changed(Flags { iterations: Some(50), vus: Some(2), duration: Some(second), ..flags() }),
            Load::SharedIterations { vus: 2, iterations: 50, max_duration: second }
        );
    }

    #[test]
    fn pairs_are_split_at_the_first_sign() {
        assert_eq!(parse_pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(parse_pair("a="), Ok(("a".into(), String::new())));
        assert!(parse_pair("=b").is_err());
        assert!(parse_pair("ab").is_err());
    }
}
