//! What a scenario asked for, what it was given, and what it was refused.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::bindings::types::Error;
use super::vu::{plain, plain_within};
use crate::plan::{Need, NeedKind, needed};
use crate::store::{Cursor, Room, Secrets, Shared, Space};

/// The most names that refusals are counted by; the rest share one.
const MOST_NAMES: usize = 1000;
const FOLDED: &str = "(other)";

/// What the instances of a layer can reach besides the target: what the scenario named, and what was given of it.
#[derive(Debug, Default)]
pub struct Access {
    needs: Vec<Need>,
    env: Vec<(String, String)>,
    sets: BTreeMap<String, Cursor>,
    spaces: BTreeMap<String, Arc<Space>>,
    secrets: Arc<Secrets>,
    /// On the way of a refusal only.
    refused: Mutex<BTreeMap<Need, u64>>,
}

/// One thing that a scenario asked for or reached for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// Which one.
    pub need: Need,
    /// Whether its manifest names it.
    pub asked: bool,
    /// Whether it was given.
    pub granted: bool,
    /// How often it was reached for and refused.
    pub refused: u64,
    /// Of a set: how many rows it has, and whether the load has ended with them.
    pub note: Option<String>,
}

impl Access {
    /// Of a layer that has these needs; a space has so much room.
    pub fn new(needs: &[Need], env: &[(String, String)], shared: &Shared, room: usize) -> Access {
        let sets = needed(needs, NeedKind::Data);
        let sets = sets.filter_map(|name| Some((name.to_owned(), shared.cursor(name)?)));
        let spaces = needed(needs, NeedKind::Kv);
        let spaces = spaces.map(|name| (name.to_owned(), shared.space(name, Room(room))));
        Access {
            needs: needs.to_vec(),
            env: env.to_vec(),
            sets: sets.collect(),
            spaces: spaces.collect(),
            secrets: Arc::clone(shared.secrets()),
            refused: Mutex::default(),
        }
    }

    /// Of `describe`, which may look at all of the env and at nothing else.
    pub(super) fn describing(env: &[(String, String)]) -> Access {
        Access { env: env.to_vec(), ..Access::default() }
    }

    /// The secrets of the run, also those of other layers: they may have been handed on.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// A text of the guest's for people: on one line, bounded, without secrets. They are masked before it is cut, lest a
    /// part of one stays.
    pub(super) fn line(&self, text: &str) -> String {
        self.bounded(text, super::limits::LINE_BYTES)
    }

    /// The same within another bound.
    pub(super) fn bounded(&self, text: &str, most: usize) -> String {
        if self.secrets.is_empty() {
            return plain_within(text, most);
        }
        let near = super::vu::clip(text, most.saturating_add(self.secrets.longest()));
        plain_within(&self.secrets.mask(near), most)
    }

    /// A name in reports, in the same way.
    pub(super) fn name<'t>(&self, name: &'t str) -> std::borrow::Cow<'t, str> {
        if self.secrets.is_empty() {
            return name.into();
        }
        // Longer than any name may be.
        self.secrets.mask(super::vu::clip(name, super::limits::LINE_BYTES.saturating_mul(8)))
    }

    /// The env as it was given, whether it was asked for or not.
    pub(super) fn given_env(&self, key: &str) -> Option<&str> {
        self.env.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    pub(super) fn env(&self, key: &str) -> Option<&str> {
        if !self.names(NeedKind::Env, key) {
            self.refuse(NeedKind::Env, key);
            return None;
        }
        self.given_env(key)
    }

    pub(super) fn set(&self, name: &str) -> Result<&Cursor, Error> {
        self.sets.get(name).ok_or_else(|| self.not_granted(NeedKind::Data, name))
    }

    pub(super) fn space(&self, name: &str) -> Result<&Arc<Space>, Error> {
        self.spaces.get(name).ok_or_else(|| self.not_granted(NeedKind::Kv, name))
    }

    pub(super) fn secret(&self, name: &str) -> Result<&str, Error> {
        let value = self.secrets.get(name).filter(|_| self.names(NeedKind::Secret, name));
        value.ok_or_else(|| self.not_granted(NeedKind::Secret, name))
    }

    fn names(&self, kind: NeedKind, name: &str) -> bool {
        needed(&self.needs, kind).any(|known| known == name)
    }

    /// Counts a refusal, and says it.
    fn not_granted(&self, kind: NeedKind, name: &str) -> Error {
        self.refuse(kind, name);
        let (kind, shown) = (kind.as_str(), plain(name));
        let message = format!(
            "the {kind} `{shown}` is not granted (hint: a need of the kind `{kind}` in the manifest)"
        );
        Error { code: "not-granted".to_owned(), message }
    }

    /// Counts a refusal.
    pub(super) fn refuse(&self, kind: NeedKind, name: &str) {
        let name = super::vu::clip(name, super::limits::NAME_BYTES);
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let mut need = Need { kind, name: plain(&self.secrets.mask(name)) };
        if refused.len() >= MOST_NAMES && !refused.contains_key(&need) {
            FOLDED.clone_into(&mut need.name);
        }
        *refused.entry(need).or_default() += 1;
    }

    /// Whether a set has come to its end since the stage began.
    pub fn ended(&self) -> bool {
        self.sets.values().any(Cursor::ended)
    }

    /// What is to be said of the sets that came to their end since the stage began; another one begins.
    pub fn begin_stage(&self) -> Vec<String> {
        let ended = self.sets.iter().filter(|(_, cursor)| cursor.begin_stage());
        let rows = |cursor: &Cursor| cursor.rows().length();
        ended.map(|(name, cursor)| format!("all {} rows of `{name}` have been taken", rows(cursor))).collect()
    }

    fn note(&self, need: &Need) -> Option<String> {
        let cursor = self.sets.get(&need.name).filter(|_| need.kind == NeedKind::Data)?;
        let rows = cursor.rows().length();
        let ended = if cursor.ever_ended() { ", all taken: the load ended with them" } else { "" };
        Some(format!("{rows} {}{ended}", if rows == 1 { "row" } else { "rows" }))
    }

    /// What was asked for in the manifest's order, and then what was reached for without having been asked for.
    pub fn granted(&self) -> Vec<Granted> {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let given = |need: &Need| match need.kind {
            // One that is not granted ends before the run.
            NeedKind::Host => true,
            NeedKind::Env => self.given_env(&need.name).is_some(),
            NeedKind::Data => self.sets.contains_key(&need.name),
            NeedKind::Kv => self.spaces.contains_key(&need.name),
            NeedKind::Secret => self.secrets.get(&need.name).is_some(),
        };
        let mut all: Vec<_> = self
            .needs
            .iter()
            .map(|need| Granted {
                need: need.clone(),
                asked: true,
                granted: given(need),
                refused: refused.remove(need).unwrap_or(0),
                note: self.note(need),
            })
            .collect();
        all.extend(refused.into_iter().map(|(need, refused)| Granted {
            need,
            asked: false,
            granted: false,
            refused,
            note: None,
        }));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_refused_and_counted_within_bounds() {
        let need = |kind, name: &str| Need { kind, name: name.to_owned() };
        let secrets = Secrets::new(vec![("a".into(), "hunter2".into()), ("b".into(), "tr0ub4dor".into())]);
        let shared = Shared::new(secrets);
        let needs = [need(NeedKind::Env, "path"), need(NeedKind::Kv, "users"), need(NeedKind::Secret, "a")];
        let access =
            Access::new(&needs, &[("path".into(), "/".into()), ("x".into(), "y".into())], &shared, 1000);
        assert_eq!(
            (access.env("path"), access.env("x"), access.given_env("x")),
            (Some("/"), None, Some("y"))
        );
        assert_eq!(access.secret("a").ok(), Some("hunter2"));
        assert_eq!(access.secret("b").err().map(|error| error.code), Some("not-granted".into()));
        assert!(
            access.space("users").is_ok() && access.space("others").is_err() && access.set("rows").is_err()
        );
        access.env("of hunter2");
        let all = access.granted();
        let told: Vec<_> = all
            .iter()
            .map(|one| (one.need.kind.as_str(), one.need.name.as_str(), one.asked, one.granted, one.refused))
            .collect();
        assert_eq!(
            told,
            [
                ("env", "path", true, true, 0),
                ("kv", "users", true, true, 0),
                ("secret", "a", true, true, 0),
                ("data", "rows", false, false, 1),
                ("kv", "others", false, false, 1),
                ("env", "of ***", false, false, 1),
                ("env", "x", false, false, 1),
                ("secret", "b", false, false, 1),
            ]
        );
        for name in 0..2 * MOST_NAMES {
            access.env(&name.to_string());
        }
        let all = access.granted();
        assert!(all.len() <= MOST_NAMES + needs.len() + 1, "{}", all.len());
        assert!(all.iter().any(|one| one.need.name == FOLDED && one.refused > 0));
    }
}
