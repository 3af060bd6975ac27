//! Join requests that wait for a member: posted by whoever holds a registered invite, handed to every member who comes.

use moot_log::NotebookId;
use moot_log::relay::{Mail, MailId, Word};
use moot_log::session::JoinRefusal;
use moot_log::storage::Durability;

use super::{Failed, Relay, StreamId, Tx};
use crate::limits::{MAIL_PER_INVITE, MAIL_PER_NOTEBOOK};
use crate::machine::Event;
use crate::records::{delete_mail, put_mail};

const KEPT: &str = "the relay has the request; waiting for a member to open the door";
const FULL: &str = "the relay keeps no more requests for this ticket; ask for a new one, or reach a member directly";

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
        }
        tx.effects.authorised.push(stream);
        if tx.records().one_mail(&notebook, &mail.id)?.is_none() {
            if !self.has_room_for(&notebook, &mail, tx)? {
                return self.with_session(stream, tx, |session, _| {
                    session.refuse_join(JoinRefusal::Other, FULL)
                });
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
        self.with_session(stream, tx, |session, _| session.join_waits(KEPT))
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
