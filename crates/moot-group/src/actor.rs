//! Which Automerge actor a device writes as.
//!
//! Owns the derivation. Every change then has a signing device, and a rolled-back copy of a home, which starts a new session,
//! never uses an actor again. Never looks inside a change.

use moot_log::LogId;

const CONTEXT: &str = "moot 2026 actor v1";

/// The only actor that may write the changes of this log and session. The session is 16 random bytes made at each start.
pub fn actor_id(origin_log: &LogId, session: &[u8; 16]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(&origin_log.0).update(session);
    let mut actor = [0; 16];
    hasher.finalize_xof().fill(&mut actor);
    actor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_and_session_both_make_another_actor() {
        let actor = actor_id(&LogId([1; 32]), &[2; 16]);
        assert_ne!(actor, actor_id(&LogId([2; 32]), &[2; 16]));
        assert_ne!(actor, actor_id(&LogId([1; 32]), &[3; 16]));
        assert_eq!(actor, actor_id(&LogId([1; 32]), &[2; 16]));
    }
}
