//! What kind of site is served: which of its defects it has.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A fault of the site. Each is a mechanism of its own, and each can be there alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// A pool of few connections without a queue: who finds none idle opens one, and closes it afterwards.
    Pool,
    /// Registration in two steps that read before they write, and give up when the database is locked.
    Registration,
    /// Pages are made one at a time, behind one lock.
    Blocking,
    /// The keys of the cache have the request's number in them, so that nothing is ever found.
    Cache,
    /// Members are assigned to a group one by one instead of all at once.
    NPlusOne,
    /// An automation is read, changed and written without a transaction.
    AutomationRace,
}

impl Defect {
    /// All of them.
    pub const ALL: [Defect; 6] = [
        Defect::Pool,
        Defect::Registration,
        Defect::Blocking,
        Defect::Cache,
        Defect::NPlusOne,
        Defect::AutomationRace,
    ];

    fn name(self) -> &'static str {
        match self {
            Defect::Pool => "pool",
            Defect::Registration => "registration",
            Defect::Blocking => "blocking",
            Defect::Cache => "cache",
            Defect::NPlusOne => "n-plus-one",
            Defect::AutomationRace => "automation-race",
        }
    }
}

/// Which defects the site has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// All of them.
    #[default]
    AsFound,
    /// None.
    Fixed,
    /// One alone.
    Only(Defect),
}

impl Profile {
    /// Every profile: as found, fixed, and each defect alone.
    pub fn all() -> Vec<Profile> {
        let alone = Defect::ALL.into_iter().map(Profile::Only);
        [Profile::AsFound, Profile::Fixed].into_iter().chain(alone).collect()
    }

    /// Whether the site has this defect.
    pub fn has(self, defect: Defect) -> bool {
        match self {
            Profile::AsFound => true,
            Profile::Fixed => false,
            Profile::Only(one) => one == defect,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Profile::AsFound => "as-found",
            Profile::Fixed => "fixed",
            Profile::Only(defect) => defect.name(),
        })
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Profile, String> {
        let known = Profile::all().into_iter().find(|profile| profile.to_string() == text);
        known.ok_or_else(|| {
            let defects = Defect::ALL.map(Defect::name).join(", ");
            format!("`{text}` is not a profile (hint: as-found or fixed, or one defect alone: {defects})")
        })
    }
}

/// How the site is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// With which of its defects.
    pub profile: Profile,
    /// The time that one statement spends on the network between site and database, both ways.
    pub round_trip: Duration,
    /// On 127.0.0.1; 0 takes any that is free.
    pub port: u16,
}

impl Default for Options {
    fn default() -> Options {
        Options { profile: Profile::AsFound, round_trip: Duration::from_millis(2), port: 0 }
    }
}
