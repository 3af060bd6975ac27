//! Taking a home up: its keys, its notebooks, and whether it is still the home that it was.
//!
//! Owns the recognition of copies and of homes set back. A wrong suspicion costs a new log and nothing else.

use minicbor::{Decode, Encode};
use rand_core::Rng;

use moot_group::StorageKey;
use moot_log::storage::{HOME, ReadError, Space};
use moot_log::{Chains, LogId, NotebookId};

use super::whereabouts::OWN_ADDRESSES;
use super::{Doors, Engine, Enrolling, Waits};
use crate::fault::{Fault, Outcome};
use crate::machine::{OpenError, Opening, PeerName, Place};
use crate::notebook::Notebook;
use crate::reach::Reaching;
use crate::rows::{AddressRow, HOME_KEY, HomeRow, NOTEBOOK_KEY, OriginalRow, PlaceRow};
use crate::sessions::Sessions;
use crate::tx::{Tx, encode_row};

const NETWORK_KEY_PLACE: &[u8] = b"network";

/// What is kept outside the home: how long the own logs were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
struct Marker {
    #[n(0)]
    logs: Vec<MarkerRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct MarkerRow {
    #[n(0)]
    notebook: NotebookId,
    #[n(1)]
    log: LogId,
    #[n(2)]
    len: u64,
}

impl Engine {
    pub(super) fn take_up(opening: &Opening, tx: &mut Tx<'_>) -> Result<Self, OpenError> {
        let mut rng = Self::random(opening.seed);
        let storage_key = StorageKey::from_bytes(opening.storage_key);
        let mut session = [0; 16];
        rng.fill_bytes(&mut session);
        let stored: Option<HomeRow> = tx.row(Space::Home, &HOME, HOME_KEY)?;
        let mut network_key = [0; 32];
        match &stored {
            Some(home) => {
                let opened = storage_key
                    .open(NETWORK_KEY_PLACE, &home.network_key)
                    .map_err(|_| OpenError::Locked)?;
                network_key.copy_from_slice(opened.get(..32).ok_or(OpenError::Locked)?);
            }
            None => rng.fill_bytes(&mut network_key),
        }
        let place = place_row(&opening.place);
        let moved = stored.as_ref().is_some_and(|home| home.place != place);
        let home = stored.clone().unwrap_or(HomeRow {
            network_key: Vec::new(),
            place: place.clone(),
            person: String::new(),
            original: None,
        });
        let mut engine = Self {
            rng,
            storage_key,
            home,
            network_key,
            peer_name: PeerName(String::new()),
            original_name: None,
            session,
            notebooks: std::collections::BTreeMap::new(),
            unopened: std::collections::BTreeMap::new(),
            sessions: Sessions::default(),
            reaching: Reaching::default(),
            waits: Waits::default(),
            doors: Doors::default(),
            enrolling: Enrolling::default(),
            broken: None,
            nothing: Chains::default(),
            last_marker: Vec::new(),
            verify: moot_log::frame::entries::verify,
            spread: crate::machine::one_by_one,
        };
        engine.take_up_notebooks(tx).map_err(open_error)?;
        if moved || stored.is_none() {
            engine.settle_at(place, moved, tx);
        }
        engine.check_marker(opening.marker.as_deref(), tx);
        engine.finish_opening(tx).map_err(open_error)?;
        Ok(engine)
    }

    /// One that is damaged beyond what its entries can mend keeps nobody from the others.
    fn take_up_notebooks(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        for id in tx.notebooks()? {
            if tx.get(Space::Notebook, &id, NOTEBOOK_KEY)?.is_none() {
                continue;
            }
            let staged = tx.staged();
            match Notebook::open(id, &self.storage_key, self.session, &mut self.rng, tx) {
                Ok(notebook) => {
                    self.notebooks.insert(id, notebook);
                }
                Err(Fault::Read(ReadError::Damaged(why))) => {
                    tx.unstage(staged);
                    self.unopened.insert(id, why);
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// The home lies here from now on. One that lay elsewhere before may be a copy whose original lives: it gets a name of
    /// its own on the network and new logs, so that both can go on.
    fn settle_at(&mut self, place: PlaceRow, moved: bool, tx: &mut Tx<'_>) {
        if moved {
            let listened: Option<AddressRow> =
                tx.row(Space::Address, &HOME, OWN_ADDRESSES).ok().flatten();
            self.home.original = Some(OriginalRow {
                network_key: std::mem::take(&mut self.home.network_key),
                addresses: listened.unwrap_or_default().addresses,
                notebooks: self.notebooks.keys().copied().collect(),
            });
            self.rng.fill_bytes(&mut self.network_key);
        }
        self.home.network_key =
            self.storage_key
                .seal(NETWORK_KEY_PLACE, &self.network_key, &mut self.rng);
        self.home.place = place;
        self.stage_home(tx);
        if !moved {
            return;
        }
        for notebook in self.notebooks.values_mut() {
            if notebook.log.take().is_some() {
                notebook.stage_row(tx);
                notebook.notice(
                    "This home was copied or moved. It goes on in a new log and under a new name on the network, so that \
                     the home it came from can go on as well.",
                    tx,
                );
            }
        }
    }

    /// Stages the home's row.
    pub(crate) fn stage_home(&self, tx: &mut Tx<'_>) {
        tx.put_row(Space::Home, &HOME, HOME_KEY, &self.home);
        tx.must_be_synced();
    }

    /// The secret behind the name of the home that this one was copied from.
    pub(super) fn key_of_original(&self) -> Option<[u8; 32]> {
        let sealed = &self.home.original.as_ref()?.network_key;
        let key = self.storage_key.open(NETWORK_KEY_PLACE, sealed).ok()?;
        key.get(..32)?.try_into().ok()
    }

    fn check_marker(&mut self, marker: Option<&[u8]>, tx: &mut Tx<'_>) {
        let Some(marker) = marker.and_then(|bytes| minicbor::decode::<Marker>(bytes).ok()) else {
            return;
        };
        for row in marker.logs {
            let Some(notebook) = self.notebooks.get_mut(&row.notebook) else {
                continue;
            };
            let len = notebook.own_tip().map_or(0, |(len, _)| len);
            if notebook.log == Some(row.log) && len < row.len {
                notebook.log = None;
                notebook.stage_row(tx);
                notebook.notice(
                    format!(
                        "This home was set back to an earlier state: its log had {} entries and has {len}. It goes on in a \
                         new log; what others hold of the rest comes back when they are met.",
                        row.len
                    ),
                    tx,
                );
            }
        }
    }

    fn finish_opening(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        let Self { notebooks, rng, .. } = self;
        for notebook in notebooks.values_mut() {
            let sealed = notebook.seal_all(rng, tx);
            notebook.tell_failure(sealed, tx)?;
            notebook.find_uncarried(tx)?;
            notebook.stage_counts(tx);
            // Nobody is connected yet; what was sealed is pushed when somebody is.
            notebook.advanced = false;
            notebook.roster_changed = false;
        }
        tx.wake_at(tx.now.steady_ms);
        self.tell_marker(tx);
        Ok(())
    }

    /// Hands out the marker where it changed.
    pub(super) fn tell_marker(&mut self, tx: &mut Tx<'_>) {
        let logs = self
            .notebooks
            .values()
            .filter_map(|notebook| {
                let (len, _) = notebook.own_tip()?;
                Some(MarkerRow {
                    notebook: notebook.id,
                    log: notebook.log?,
                    len,
                })
            })
            .collect();
        let marker = encode_row(&Marker { logs });
        if marker != self.last_marker {
            self.last_marker.clone_from(&marker);
            tx.marker(marker);
        }
    }
}

fn place_row(place: &Place) -> PlaceRow {
    PlaceRow {
        machine: place.machine.clone(),
        path: place.path.clone(),
        file: place.file,
    }
}

fn open_error(fault: Fault) -> OpenError {
    match fault {
        Fault::Read(error) => OpenError::Store(error),
        Fault::Command(error) => OpenError::Damaged(error.message),
    }
}
