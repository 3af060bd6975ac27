//! Join requests that wait for a member: posted by whoever holds a registered invite, handed to every member who comes.

use moot_log::relay::{Mail, MailId, Word};
use moot_log::session::JoinRefusal;
use moot_log::storage::Durability;
use moot_log::{DevicePk, NotebookId};

use super::crowd::{Place, Proof};
use super::{Failed, Relay, StreamId, Tx};
use crate::limits::{JOINER_MS, MAIL_PER_INVITE, MAIL_PER_NOTEBOOK, POSTS, POSTS_REMEMBERED};
use crate::machine::{Crowded, Event};
use crate::rate::Bucket;
use crate::records::{Door, delete_mail, put_mail};

const KEPT: &str = "the relay has the request; waiting for a member to open the door";
const FULL: &str = "the relay keeps no more requests for this ticket; ask for a new one, or reach a member directly";
const FAST: &str = "too many ask the relay with this ticket at once; it takes this request later";
pub(super) const CLOSED: &str = "the relay was told that this ticket opens no door any more: it was used up, has expired or was revoked. Ask for a new one, unless a member is just letting you in";

impl Relay {
    /// Keeps a join request. The same one again is kept once.
    pub(super) fn posted(
        &mut self,
        stream: StreamId,
        notebook: NotebookId,
        mail: Mail,
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        if let Some(link) = self.links.get_mut(&stream) {
            link.notebook = Some(notebook);
            link.invite = Some(mail.invite);
        }
        if tx.records().invite(&notebook, &mail.invite)? != Some(Door::Open) {
            return self.refuse(stream, CLOSED, tx);
        }
        tx.effects.authorised.push(stream);
        if tx.records().one_mail(&notebook, &mail.id)?.is_none() {
            if !self.may_post(&notebook, &mail.invite, tx.now.steady_ms) {
                return self.refuse(stream, FAST, tx);
            }
            if !self.has_room_for(&notebook, &mail, tx)? {
                return self.refuse(stream, FULL, tx);
            }
            let at_ms = tx.now.wall_ms;
            tx.commit(vec![put_mail(&notebook, &mail, at_ms)], Durability::Synced)?;
            self.kept.mail += 1;
            self.kept.bytes += mail.sealed.len() as u64;
            tx.effects.events.push(Event::Posted(notebook));
            for member in self.members_of(&notebook) {
                self.say(member, &Word::Mail(mail.clone()), tx)?;
            }
        }
        self.make_joiner(stream, tx)?;
        self.with_session(stream, tx, |session, _| session.join_waits(KEPT))
    }

    /// Counts a stream among those on which somebody waits, for a while. Whoever must go for it comes again.
    fn make_joiner(&mut self, stream: StreamId, tx: &mut Tx<'_>) -> Result<(), Failed> {
        let Some(peer) = self.links.get(&stream).map(|link| link.peer.clone()) else {
            return Ok(());
        };
        if let Place::InsteadOf(oldest) = self.crowd.place_for_joiner(&peer) {
            self.say_crowded(Crowded::Joiners, tx);
            self.with_session(oldest, tx, |session, _| session.bye())?;
        }
        self.prove(stream, Proof::Joiner);
        if let Some(link) = self.links.get_mut(&stream) {
            link.leaves_ms = Some(tx.now.steady_ms.saturating_add(JOINER_MS));
        }
        Ok(())
    }

    /// Sends a joiner away, with words. What they say is no judgement: only members judge, and the joiner knows it.
    pub(super) fn refuse(
        &mut self,
        stream: StreamId,
        text: &'static str,
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        self.with_session(stream, tx, |session, _| {
            session.refuse_join(JoinRefusal::Other, text)
        })
    }

    fn may_post(&mut self, notebook: &NotebookId, invite: &DevicePk, now_ms: u64) -> bool {
        if self.posts.len() >= POSTS_REMEMBERED {
            self.posts.retain(|_, bucket| !bucket.is_full(now_ms));
        }
        let new = Bucket::full(POSTS, now_ms);
        let bucket = self.posts.entry((*notebook, *invite)).or_insert(new);
        bucket.take(1, now_ms)
    }

    fn has_room_for(
        &self,
        notebook: &NotebookId,
        mail: &Mail,
        tx: &Tx<'_>,
    ) -> Result<bool, Failed> {
        let kept = tx.records().mail(notebook)?;
        let of_invite = kept.iter().filter(|(_, row)| row.invite == mail.invite);
        Ok(kept.len() < MAIL_PER_NOTEBOOK
            && of_invite.count() < MAIL_PER_INVITE
            && self.room().left() >= mail.sealed.len() as u64)
    }

    /// Tells a member of all requests that wait.
    pub(super) fn hand_out_mail(
        &mut self,
        stream: StreamId,
        notebook: &NotebookId,
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        for (_, row) in tx.records().mail(notebook)? {
            let mail = Mail::new(row.invite, row.sealed);
            self.say(stream, &Word::Mail(mail), tx)?;
        }
        Ok(())
    }

    /// A member says that these were answered.
    pub(super) fn taken(
        &mut self,
        notebook: &NotebookId,
        ids: &[MailId],
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        if self.disk.is_at_its_end() {
            // It is handed out again, and taken again.
            return Ok(());
        }
        let mut ops = Vec::new();
        let mut bytes = 0;
        for id in ids {
            // A name that comes twice in the list counts once.
            let op = delete_mail(notebook, id);
            if let Some(row) = tx.records().one_mail(notebook, id)?
                && !ops.contains(&op)
            {
                bytes += row.sealed.len() as u64;
                ops.push(op);
            }
        }
        self.kept.mail = self.kept.mail.saturating_sub(ops.len() as u64);
        self.kept.bytes = self.kept.bytes.saturating_sub(bytes);
        tx.commit(ops, Durability::Synced)
    }
}
