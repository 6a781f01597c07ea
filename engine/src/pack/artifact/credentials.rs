//! Who somebody is to a registry: as Docker's configuration says, by itself or through a helper.
//!
//! A helper is a program that the user's configuration names, which is asked as Docker asks it: `docker-credential-NAME get`, the
//! registry on its standard input, and a user with a secret in JSON on its standard output.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::super::PackError;
use super::super::build::tool::{Lost, NO_PROGRAM, Tools};
use super::words::shown;

/// How long a helper may take: it may ask somewhere else.
const ASKING: Duration = Duration::from_secs(30);
/// The most that it may answer.
const ANSWER_BYTES: usize = 64 * 1024;
/// The way out, whatever a helper does.
const HINT: &str =
    "(hint: STRATA_REGISTRY_USERNAME with STRATA_REGISTRY_PASSWORD, or STRATA_REGISTRY_TOKEN, go before it)";
/// The user for whom a secret is an identity token.
const TOKEN_USER: &str = "<token>";
/// What helpers say of a registry that they do not know.
const NOT_FOUND: &str = "credentials not found";
/// Docker's own registry, and how its configuration calls it.
const HUB: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];
const HUB_NAME: &str = "https://index.docker.io/v1/";

/// Who somebody is to a registry. Never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Nobody.
    #[default]
    None,
    /// A user and a password.
    Password(String, String),
    /// A token.
    Token(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credentials::None => "None",
            Credentials::Password(..) => "Password(..)",
            Credentials::Token(_) => "Token(..)",
        })
    }
}

impl Credentials {
    /// Those that a `config.json` of Docker has for a registry: of the helper for this registry, of its own entry, or of the
    /// helper for all.
    ///
    /// # Errors
    /// When it is none, or what it has for the registry cannot be read, or a helper does not answer. What they say is not part of
    /// the error, unless a helper says that it failed.
    pub fn of_docker(config: &[u8], registry: &str) -> Result<Credentials, PackError> {
        let config: DockerConfig =
            serde_json::from_slice(config).map_err(|_| PackError::new("is not a configuration of Docker"))?;
        let mut names =
            vec![registry.to_owned(), format!("https://{registry}"), format!("https://{registry}/v1/")];
        if HUB.contains(&registry) {
            names.insert(0, HUB_NAME.to_owned());
        }
        if let Some((name, helper)) = names.iter().find_map(|name| config.helpers.get_key_value(name)) {
            return of_helper(helper, name, ASKING);
        }
        let entry = names.iter().find_map(|name| config.auths.get(name));
        let own = entry.map_or(Ok(Credentials::None), DockerAuth::credentials)?;
        match (own, config.store.as_deref().filter(|store| !store.is_empty()), names.first()) {
            (Credentials::None, Some(helper), Some(name)) => of_helper(helper, name, ASKING),
            (own, ..) => Ok(own),
        }
    }
}

#[derive(Deserialize)]
struct DockerConfig {
    #[serde(default)]
    auths: BTreeMap<String, DockerAuth>,
    /// Helpers of single registries.
    #[serde(default, rename = "credHelpers")]
    helpers: BTreeMap<String, String>,
    /// The helper of all others.
    #[serde(rename = "credsStore")]
    store: Option<String>,
}

#[derive(Deserialize)]
struct DockerAuth {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    #[serde(rename = "identitytoken")]
    token: Option<String>,
}

impl DockerAuth {
    fn credentials(&self) -> Result<Credentials, PackError> {
        let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if some(&self.token).is_some() {
            return Err(PackError::new(format!("has an identity token, which Docker alone can use {HINT}")));
        }
        if let (Some(user), Some(password)) = (&self.username, &self.password) {
            return Ok(Credentials::Password(user.clone(), password.clone()));
        }
        let Some(auth) = some(&self.auth) else { return Ok(Credentials::None) };
        let text = STANDARD.decode(auth.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = text.as_ref().and_then(|text| text.trim_end_matches('\0').split_once(':'));
        let (user, password) =
            pair.ok_or_else(|| PackError::new("has an `auth` that is not a user and a password in Base64"))?;
        Ok(Credentials::Password(user.to_owned(), password.to_owned()))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Asks a helper for a registry; one that does not know it has nobody's.
fn of_helper(helper: &str, registry: &str, time: Duration) -> Result<Credentials, PackError> {
    // A word, and no path: which program is meant is decided by the search path.
    if helper.is_empty() || !helper.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Err(PackError::new(format!(
            "names `{}` as a helper, which is no name of one",
            shown(helper)
        )));
    }
    let program = format!("docker-credential-{helper}");
    let wrong = |why: &str| {
        let registry = shown(registry);
        PackError::new(format!("names `{program}` for {registry}, which {why} {HINT}"))
    };
    // Through the shell, because the guard has its standard input; it ends with all that it has started.
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "printf '%s\\n' \"$2\" | \"$1\" get", "sh", &program, registry]);
    let asked = Tools { timeout: time, say: &mut |_| {} }.guarded(&command, true);
    let (ended, answer) = asked.map_err(|lost| match lost {
        Lost::Late => wrong(&format!("did not answer within {time:?}")),
        Lost::Unheard(error) => wrong(&format!("cannot be run: {error}")),
    })?;
    if ended.code() == Some(NO_PROGRAM) {
        return Err(wrong("is not on the search path"));
    }
    if answer.len() > ANSWER_BYTES {
        return Err(wrong(&format!("answers with more than {} KiB", ANSWER_BYTES >> 10)));
    }
    if !ended.success() {
        return match answer.contains(NOT_FOUND) {
            true => Ok(Credentials::None),
            false => Err(wrong(&format!("failed ({ended}): `{}`", shown(answer.trim())))),
        };
    }
    let answer: Answer = serde_json::from_str(&answer)
        .map_err(|_| wrong("did not answer with a user and a secret in JSON"))?;
    if answer.username == TOKEN_USER {
        return Err(wrong("has an identity token, which Docker alone can use"));
    }
    Ok(Credentials::Password(answer.username, answer.secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_docker_s_and_never_shown() {
        let config = br#"{"auths": {"a.example": {"auth": "dXNlcjpodW50ZXIy"}, "https://b.example/v1/": {"username": "u",
            "password": "hunter2"}, "c.example": {"auth": "hunter2!"}, "e.example": {"auth": "AAAA", "identitytoken": "hunter2"},
            "https://index.docker.io/v1/": {"auth": "aHViOmh1bnRlcjI="}}, "credsStore": ""}"#;
        let of = |registry: &str| Credentials::of_docker(config, registry);
        assert_eq!(of("a.example"), Ok(Credentials::Password("user".to_owned(), "hunter2".to_owned())));
        assert_eq!(of("b.example"), Ok(Credentials::Password("u".to_owned(), "hunter2".to_owned())));
        assert_eq!(of("docker.io"), Ok(Credentials::Password("hub".to_owned(), "hunter2".to_owned())));
        assert_eq!(of("d.example"), Ok(Credentials::None));
        let error = of("c.example").expect_err("no pair").to_string();
        assert!(!error.contains("hunter2"), "{error}");
        let token = of("e.example").expect_err("no password").to_string();
        assert!(token.contains("STRATA_REGISTRY_TOKEN") && !token.contains("hunter2"), "{token}");
        assert!(!format!("{:?}", of("a.example")).contains("hunter2"));
    }

    #[test]
    fn a_helper_is_a_word_and_no_path() {
        for name in ["", "../evil", "/bin/sh", "a b", "x;reboot", "a\u{1b}[2J"] {
            let config = serde_json::json!({"credHelpers": {"a.example": name}}).to_string();
            let error = Credentials::of_docker(config.as_bytes(), "a.example").expect_err(name).to_string();
            assert!(error.contains("is no name of one") && !error.contains('\u{1b}'), "{error}");
        }
        let config = br#"{"credsStore": "strata-has-none"}"#;
        let error = Credentials::of_docker(config, "a.example").expect_err("it is missing").to_string();
        for text in ["`docker-credential-strata-has-none` for a.example", "not on the search path", HINT] {
            assert!(error.contains(text), "{error}");
        }
    }
}
