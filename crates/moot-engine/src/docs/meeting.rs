//! What a meeting leaves in rows, so that lists, the rota and the next meetings never load it.
//!
//! Owns the keys under which these rows stand, beside the links; all of it can be made again. What the rows mean is
//! moot-notebook's.

use std::collections::BTreeMap;

use moot_notebook::{
    Consent, ConsentState, DocId, FactId, MeetingState, Occasion, OccasionKey, OfferState, Record,
    Remark, Traces, meeting_contests, occasions,
};

use crate::rows::{
    LINK_ID, LINK_MEETING, LINK_OCCASION, LINK_TITLE, LINK_TRACE, LINK_WAITS, MeetingRow, Person,
    TitleRow, prefixed,
};
use crate::tx::encode_row;

use super::fold_title;

/// What an id in a meeting is the id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Item,
    Offer,
    Consent,
    Action,
    Round,
    Check,
    Remark,
    /// One of several facts that compete.
    Contest,
}

impl Sort {
    const ALL: [Self; 8] = [
        Self::Item,
        Self::Offer,
        Self::Consent,
        Self::Action,
        Self::Round,
        Self::Check,
        Self::Remark,
        Self::Contest,
    ];

    fn number(self) -> u8 {
        match self {
            Self::Item => 0,
            Self::Offer => 1,
            Self::Consent => 2,
            Self::Action => 3,
            Self::Round => 4,
            Self::Check => 5,
            Self::Remark => 6,
            Self::Contest => 7,
        }
    }

    /// What a row says it is.
    pub(crate) fn of_row(value: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| value == [sort.number()])
    }

    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Item => "item of an agenda",
            Self::Offer => "offer",
            Self::Consent => "consent round",
            Self::Action => "action",
            Self::Round => "round",
            Self::Check => "temperature check",
            Self::Remark => "note in the minutes",
            Self::Contest => "thing to settle",
        }
    }

    /// The same with its article.
    pub(crate) fn with_article(self) -> String {
        let article = match self {
            Self::Item | Self::Offer | Self::Action => "an",
            _ => "a",
        };
        format!("{article} {}", self.word())
    }
}

/// The beginning of the keys of a role's occasions; the rest sorts them by time.
pub(crate) fn occasion_prefix(role: &str) -> Vec<u8> {
    prefixed(LINK_OCCASION, &short_hash(role))
}

/// The beginning of the keys of what the meetings of a series leave; the rest sorts them by time.
pub(crate) fn trace_prefix(series: Option<&str>) -> Vec<u8> {
    // A name is never empty, so the series without one has a key of its own.
    prefixed(LINK_TRACE, &short_hash(series.unwrap_or_default()))
}

fn short_hash(text: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    short
}

/// The place of a meeting among others, as keys sort it.
pub(crate) fn order(doc: DocId, state: &MeetingState) -> [u8; 24] {
    let key = OccasionKey {
        at_ms: state.order_ms(),
        meeting: doc,
    };
    key.sortable()
}

/// The rows of a meeting, by key.
pub(super) fn rows(doc: DocId, state: &MeetingState) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let order = order(doc, state);
    let mut rows = BTreeMap::new();
    for title in &state.title.values {
        let key = [fold_title(&title.value).as_bytes(), &[0], &doc.0].concat();
        rows.insert(prefixed(LINK_TITLE, &key), Vec::new());
    }
    rows.insert(prefixed(LINK_MEETING, &order), encode_row(&summary(state)));
    for occasion in occasions(doc, state) {
        let key = [occasion_prefix(&occasion.role).as_slice(), &order].concat();
        rows.insert(key, Occasion::encode(&occasion));
    }
    let traces = Traces::of(state);
    if !traces.is_empty() {
        let series = state.series.shown().map(|name| name.as_str());
        let key = [trace_prefix(series).as_slice(), &order].concat();
        rows.insert(key, traces.encode());
    }
    let contests = meeting_contests(state);
    if !contests.is_empty() || waits(state) {
        rows.insert(prefixed(LINK_WAITS, &doc.0), Vec::new());
    }
    // What has a name of its own goes before its being one of several.
    let rivals = contests.iter().flat_map(|contest| &contest.rivals);
    let rivals = rivals.map(|rival| (rival.fact, Sort::Contest));
    for (id, sort) in rivals.chain(ids(state)) {
        let key = [id.0.as_slice(), &doc.0].concat();
        rows.insert(prefixed(LINK_ID, &key), vec![sort.number()]);
    }
    rows
}

/// Whether anything in a meeting may need somebody. May say so of what lapsed since: whoever looks computes it anew.
fn waits(state: &MeetingState) -> bool {
    let roles = || state.roles.0.values();
    let is_open = |offer: &moot_notebook::Offer| offer.state == OfferState::Open;
    let waits = |consent: &Consent| {
        let open = matches!(consent.state, ConsentState::Open | ConsentState::Contested);
        open || consent.reworded().is_some()
    };
    roles().any(|role| role.offers.iter().any(is_open))
        || roles().any(|role| !role.nominees().is_empty())
        || state.actions.values().any(|one| !one.asked.is_empty())
        || state.consents.iter().any(waits)
        || state.rounds.iter().any(|one| !one.closed)
}

/// What a meeting is found by: everything in it that is words.
pub(super) fn words(state: &MeetingState, body: &str) -> String {
    let mut words: Vec<&str> = state
        .purpose
        .values
        .iter()
        .map(|one| one.value.as_str())
        .collect();
    let items = state.items.values().flat_map(|item| &item.text.values);
    words.extend(items.map(|one| one.value.as_str()));
    let recorded = |remark: &&Remark| remark.record == Record::On;
    let remarks = state.remarks.iter().filter(recorded);
    let remarks = remarks.flat_map(|remark| &remark.text.values);
    words.extend(remarks.map(|one| one.value.as_str()));
    for consent in &state.consents {
        words.extend(consent.text.values.iter().map(|one| one.value.as_str()));
        words.extend(consent.closed_text.iter().map(|text| text.as_str()));
    }
    let actions = state
        .actions
        .values()
        .filter_map(|action| action.text.as_ref());
    words.extend(actions.map(|text| text.as_str()));
    words.push(body);
    words.join("\n")
}

/// What a list shows of a meeting.
fn summary(state: &MeetingState) -> MeetingRow {
    let schedule = state.schedule.shown();
    MeetingRow {
        titles: state
            .title
            .values
            .iter()
            .map(|title| TitleRow {
                text: title.value.clone(),
                by: title
                    .by
                    .first()
                    .map_or(Person([0; 32]), |person| Person(person.0)),
            })
            .collect(),
        phase: state.phase().word().to_owned(),
        at_ms: schedule.map(|schedule| schedule.at_ms),
        zone: schedule.map(|schedule| schedule.zone.as_str().to_owned()),
        series: state.series.shown().map(|name| name.as_str().to_owned()),
    }
}

/// Everything in a meeting that a person can name by its id.
fn ids(state: &MeetingState) -> impl Iterator<Item = (FactId, Sort)> {
    let items = state.items.iter().filter(|(_, item)| item.here);
    let actions = state.actions.iter().filter(|(_, one)| one.text.is_some());
    let offers = state.roles.0.values().flat_map(|role| &role.offers);
    items
        .map(|(id, _)| (*id, Sort::Item))
        .chain(actions.map(|(id, _)| (*id, Sort::Action)))
        .chain(offers.map(|offer| (offer.id, Sort::Offer)))
        .chain(state.consents.iter().map(|one| (one.id, Sort::Consent)))
        .chain(state.rounds.iter().map(|one| (one.id, Sort::Round)))
        .chain(state.checks.iter().map(|one| (one.id, Sort::Check)))
        .chain(state.remarks.iter().map(|one| (one.id, Sort::Remark)))
}
