//! The machine itself: takes inputs in, hands effects out.

use moot_log::storage::Reader;

use crate::machine::{Effects, Input, Now, OpenError, Opening, PeerName};

/// Everything that one home knows and decides.
pub struct Engine {
    network_key: [u8; 32],
}

impl Engine {
    /// Takes a home up where it was left. The effects must be carried out before anything else is handled.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed then.
    pub fn open(
        opening: Opening,
        now: Now,
        store: &dyn Reader,
    ) -> Result<(Self, Effects), OpenError> {
        let _ = (opening, now, store);
        Ok((
            Self {
                network_key: [0; 32],
            },
            Effects::default(),
        ))
    }

    /// The secret behind the name on the network. It changes when the home was copied, so ask after every [`Engine::open`].
    pub fn network_key(&self) -> [u8; 32] {
        self.network_key
    }

    /// Says what the network key's name on the network is; the engine cannot know. To be called before the first input.
    pub fn set_peer_name(&mut self, name: PeerName) {
        let _ = name;
    }

    /// Takes in what happened and says what is to be done.
    pub fn handle(&mut self, now: Now, input: Input, store: &dyn Reader) -> Effects {
        let _ = (now, input, store);
        Effects::default()
    }
}
