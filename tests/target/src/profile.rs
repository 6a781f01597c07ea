//! What kind of site is served.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Whether the site has its defects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// One connection, queries in a loop.
    #[default]
    AsFound,
    /// A pool of connections, one query for each page.
    Fixed,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Profile::AsFound => "as-found",
            Profile::Fixed => "fixed",
        })
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Profile, String> {
        match text {
            "as-found" => Ok(Profile::AsFound),
            "fixed" => Ok(Profile::Fixed),
            _ => Err(format!("`{text}` is not a profile (hint: as-found or fixed)")),
        }
    }
}

/// How the site is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// With or without its defects.
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
