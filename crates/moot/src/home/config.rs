//! `config.toml`: what a person may set for a home. Read at every start, written once, when the home is made.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use moot_engine::{CommandError, ErrorKind};
use serde::Deserialize;

use super::cannot;
use crate::failure::failure;

/// The file's name in the home.
pub(super) const FILE: &str = "config.toml";

/// Ports for listening are chosen from here: registered ones, below those that systems hand out for outgoing connections.
const PORTS: std::ops::Range<u16> = 10_240..32_000;

/// The settings of a home.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// TCP and UDP port to listen on; 0 takes any free one at each start.
    #[serde(default)]
    pub(crate) port: u16,
    /// Addresses to listen on, in place of all interfaces with `port`.
    #[serde(default)]
    pub(crate) listen: Vec<String>,
    /// Whether to show oneself to and look for others on the local network.
    #[serde(default = "yes")]
    pub(crate) mdns: bool,
    /// Whether to ask the router to let others in.
    #[serde(default = "yes")]
    pub(crate) upnp: bool,
    /// Whether the screen takes the mouse.
    #[serde(default = "yes")]
    pub(crate) mouse: bool,
}

fn yes() -> bool {
    true
}

impl Config {
    /// Reads the settings; where there are none yet, chooses a port for good and writes them.
    pub(super) fn read_or_create(home: &Path) -> Result<Self, CommandError> {
        let path = home.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map_err(|reason| {
                failure(
                    ErrorKind::Usage,
                    format!("{} cannot be used: {reason}", path.display()),
                    "Put it right, or delete it: a new one is made then.",
                )
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = first_text(random_port());
                create(home, &path, &text).map_err(|error| cannot(&path, "written", &error))?;
                Self::parse(&text)
                    .map_err(|reason| failure(ErrorKind::Failed, reason, "This is a bug."))
            }
            Err(error) => Err(cannot(&path, "read", &error)),
        }
    }

    /// Whether the screen takes the mouse here. Where nothing can be read it does: what is wrong is told by whoever opens the home.
    pub(crate) fn takes_mouse(home: &Path) -> bool {
        let text = fs::read_to_string(home.join(FILE)).unwrap_or_default();
        Self::parse(&text).map_or(true, |config| config.mouse)
    }

    /// Whether the file in this home is the one that moot wrote, unchanged.
    pub(super) fn is_as_made(&self, home: &Path) -> bool {
        fs::read_to_string(home.join(FILE)).is_ok_and(|text| text == first_text(self.port))
    }

    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())
    }
}

fn first_text(port: u16) -> String {
    format!(
        "# Settings of this home. Changes count from the next start on.\n\
         \n\
         # TCP and UDP port on which others reach this device. Chosen once, so that\n\
         # old tickets and a port forwarded in a router keep working.\n\
         port = {port}\n\
         \n\
         # listen = [\"/ip4/0.0.0.0/tcp/{port}\"]   # instead of all interfaces\n\
         # mdns = false                          # do not look round the local network\n\
         # upnp = false                          # do not ask the router to let others in\n\
         # mouse = false                         # leave the mouse to the terminal, also on the screen\n"
    )
}

fn create(home: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(home)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Without randomness any free port does.
fn random_port() -> u16 {
    getrandom::u32().map_or(0, |random| {
        let width = u32::from(PORTS.end - PORTS.start);
        PORTS.start + u16::try_from(random % width).unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_settings_are_valid_and_keep_their_port() {
        let config = Config::parse(&first_text(12_345)).unwrap();
        assert_eq!(
            config,
            Config {
                port: 12_345,
                listen: Vec::new(),
                mdns: true,
                upnp: true,
                mouse: true,
            }
        );
    }

    #[test]
    fn the_mouse_is_taken_unless_the_settings_say_otherwise() {
        let home = tempfile::tempdir().unwrap();
        assert!(Config::takes_mouse(home.path()));
        fs::write(home.path().join(FILE), "mouse = false\n").unwrap();
        assert!(!Config::takes_mouse(home.path()));
    }

    #[test]
    fn a_misspelt_setting_is_named_with_its_line() {
        let reason = Config::parse("port = 1\nmdsn = false\n").unwrap_err();
        assert!(
            reason.contains("line 2") && reason.contains("mdsn"),
            "{reason}"
        );
    }
}
