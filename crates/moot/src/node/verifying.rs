//! Work for all cores: signatures of many entries, and documents that do not touch each other.
//!
//! Owns the sharing out alone. What holds is said by moot-log, entry by entry; what is done to a document, by the engine.

use std::num::NonZero;
use std::sync::LazyLock;
use std::thread::{Builder, ScopedJoinHandle, available_parallelism, scope};

use moot_log::frame::entries::{self, EntriesError};
use moot_log::{DevicePk, Entry, LogId};

/// Entries that are worth another thread: to start one costs about as much as to check one signature.
const SHARE_MIN: usize = 32;

static CORES: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, NonZero::get));

/// Answers as [`entries::verify`] does, on as many cores as there are.
///
/// # Errors
/// [`EntriesError`] with the first entry that does not hold.
pub(crate) fn verify(
    entries: &[Entry],
    log: &LogId,
    device: &DevicePk,
) -> Result<(), EntriesError> {
    let share = entries.len().div_ceil(*CORES).max(SHARE_MIN);
    let mut shares = entries.chunks(share);
    let own = shares.next().unwrap_or_default();
    scope(|scope| {
        let others: Vec<_> = shares
            .map(|share| {
                let check = move || entries::verify(share, log, device);
                (share, Builder::new().spawn_scoped(scope, check))
            })
            .collect();
        let checked = entries::verify(own, log, device);
        others.into_iter().fold(checked, |before, (share, other)| {
            let after = other.map_or_else(|_| entries::verify(share, log, device), ended);
            before.and(after)
        })
    })
}

/// Does every piece of work, on as many cores as there are.
pub(crate) fn spread(work: &mut [&mut (dyn FnMut() + Send)]) {
    let share = work.len().div_ceil(*CORES).max(1);
    let mut shares = work.chunks_mut(share);
    let own = shares.next().unwrap_or_default();
    scope(|scope| {
        let others: Vec<_> = shares
            .map(|share| scope.spawn(move || share.iter_mut().for_each(|piece| piece())))
            .collect();
        own.iter_mut().for_each(|piece| piece());
        others.into_iter().for_each(ended);
    });
}

fn ended<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use moot_log::entry::Draft;
    use moot_log::{EntryId, KeyId, Kind, LogInit, NotebookId, SigningKey};

    use super::*;

    /// A log of so many entries, those named signed by somebody else.
    fn log_of(len: u64, forged: &[u64]) -> (Vec<Entry>, LogId, DevicePk) {
        let (key, other) = ([1; 32], [2; 32]);
        let init = LogInit::sign(NotebookId([3; 16]), [4; 16], &SigningKey::from_bytes(&key));
        let mut prev = EntryId(init.log_id().0);
        let mut entries = Vec::new();
        for seq in 0..len {
            let signer = if forged.contains(&seq) { other } else { key };
            let draft = Draft {
                kind: Kind::Sealed,
                log_id: init.log_id(),
                seq,
                prev,
                key_id: KeyId([5; 32]),
            };
            let signer = SigningKey::from_bytes(&signer);
            let entry = Entry::sign(&draft, seq.to_be_bytes().to_vec(), &signer).unwrap();
            prev = entry.id();
            entries.push(entry);
        }
        (entries, init.log_id(), init.device())
    }

    #[test]
    fn many_cores_answer_as_one_does() {
        let cases: [(u64, &[u64]); 6] = [
            (0, &[]),
            (1, &[0]),
            (400, &[]),
            (400, &[399]),
            (400, &[7, 399]),
            (400, &[300, 250]),
        ];
        for (len, forged) in cases {
            let (entries, log, device) = log_of(len, forged);
            let answer = verify(&entries, &log, &device);
            assert_eq!(answer, entries::verify(&entries, &log, &device));
            let first = forged.iter().min().copied();
            assert_eq!(answer.err().map(|error| error.seq), first);
        }
    }
}
