//! Times of a meeting in words: how long an item has, and when a meeting is. They tell, and cut nothing.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use moot_engine::reply::meeting::CurrentItem;

/// From here on the little that is left is told, in milliseconds.
const SOON_MS: i64 = 120_000;

/// Clocks of two people differ by so much without anybody minding, in milliseconds.
const SLACK_MS: i64 = 5_000;

/// The time that an item was given, and how much of it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timebox {
    left_ms: i64,
    whole_ms: i64,
    /// Whether the clock of whoever went on to the item is ahead of this one.
    is_rough: bool,
}

/// How far an item's time has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Early,
    Half,
    Soon,
    Over,
}

impl Timebox {
    /// None where the item has no minutes.
    pub(super) fn of(current: &CurrentItem, now_ms: i64) -> Option<Self> {
        let whole_ms = i64::from(current.minutes?) * 60_000;
        let gone_ms = now_ms - current.since?.as_millisecond();
        Some(Self {
            left_ms: whole_ms - gone_ms.max(0),
            whole_ms,
            is_rough: gone_ms < -SLACK_MS,
        })
    }

    pub(super) fn stage(self) -> Stage {
        match self.left_ms {
            ..0 => Stage::Over,
            left if left <= SOON_MS.min(self.whole_ms / 4) => Stage::Soon,
            left if left <= self.whole_ms / 2 => Stage::Half,
            _ => Stage::Early,
        }
    }

    /// `04:12 left`, `+1:20 over`.
    pub(super) fn short(self) -> String {
        let rough = if self.is_rough { "~" } else { "" };
        if self.left_ms < 0 {
            let over = -self.left_ms / 1_000;
            return format!("{rough}+{}:{:02} over", over / 60, over % 60);
        }
        let left = (self.left_ms + 999) / 1_000;
        format!("{rough}{:02}:{:02} left", left / 60, left % 60)
    }

    /// `04:12 left of 10:00`, `+1:20 over the 10:00`.
    pub(super) fn long(self) -> String {
        let of = if self.left_ms < 0 { "the" } else { "of" };
        format!("{} {of} {:02}:00", self.short(), self.whole_ms / 60_000)
    }

    /// What there is to say of it.
    pub(super) fn words(self) -> Option<&'static str> {
        match self.stage() {
            Stage::Early => None,
            Stage::Half => Some("half of the time is gone"),
            Stage::Soon => Some("little time is left"),
            Stage::Over => Some("+ gives five minutes more, n goes to the next item"),
        }
    }

    /// How much is left, in milliseconds; nothing once it is over.
    pub(super) fn left_ms(self) -> i64 {
        self.left_ms.max(0)
    }

    /// When the words are others.
    pub(super) fn changes_in_ms(self) -> u64 {
        match u64::try_from(self.left_ms.rem_euclid(1_000)) {
            Ok(0) | Err(_) => 1_000,
            Ok(ms) => ms,
        }
    }
}

/// When a meeting is: on this person's clock, and in the zone in which people chose it, where that differs.
pub(super) fn moment(
    at: Timestamp,
    chosen_in: Option<&str>,
    now_ms: i64,
    here: &TimeZone,
) -> String {
    let local = at.to_zoned(here.clone());
    let today = Timestamp::from_millisecond(now_ms)
        .unwrap_or(at)
        .to_zoned(here.clone());
    let time = local.strftime("%H:%M");
    let (day, today_date) = (local.date(), today.date());
    let said = if day == today_date {
        format!("today {time}")
    } else if today_date.tomorrow().is_ok_and(|tomorrow| tomorrow == day) {
        format!("tomorrow {time}")
    } else if today_date
        .yesterday()
        .is_ok_and(|yesterday| yesterday == day)
    {
        format!("yesterday {time}")
    } else if local.year() == today.year() {
        format!("{} {time}", local.strftime("%a %-d %b"))
    } else {
        format!("{} {time}", local.strftime("%a %-d %b %Y"))
    };
    let zone = chosen_in.and_then(|name| TimeZone::get(name).ok());
    let there = zone.map(|zone| at.to_zoned(zone));
    match (there, chosen_in) {
        (Some(there), Some(name)) if there.offset() != local.offset() => {
            let form = if there.date() == day {
                "%H:%M"
            } else {
                "%a %H:%M"
            };
            format!("{said} ({} {name})", there.strftime(form))
        }
        _ => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(left_s: i64, minutes: u32) -> Timebox {
        let now_ms = 1_000_000_000;
        let since = now_ms - (i64::from(minutes) * 60 - left_s) * 1_000;
        let current = CurrentItem {
            id: String::new(),
            text: String::new(),
            since: Timestamp::from_millisecond(since).ok(),
            minutes: Some(minutes),
        };
        Timebox::of(&current, now_ms).unwrap()
    }

    #[test]
    fn time_is_told_as_what_is_left_and_then_as_what_is_over() {
        assert_eq!(at(252, 10).long(), "04:12 left of 10:00");
        assert_eq!(at(-80, 10).long(), "+1:20 over the 10:00");
        assert_eq!(at(0, 10).short(), "00:00 left");
        assert_eq!(at(-80, 10).short(), "+1:20 over");
        assert_eq!(at(5_400, 90).short(), "90:00 left");
        assert_eq!(at(700, 10).short(), "~10:00 left");
    }

    #[test]
    fn half_two_minutes_and_over_are_told_in_words() {
        assert_eq!(at(301, 10).stage(), Stage::Early);
        assert_eq!(at(300, 10).stage(), Stage::Half);
        assert_eq!(at(120, 10).stage(), Stage::Soon);
        assert_eq!(at(-1, 10).stage(), Stage::Over);
        assert_eq!(at(60, 2).stage(), Stage::Half);
        assert_eq!(at(30, 2).stage(), Stage::Soon);
    }

    #[test]
    fn a_time_is_said_here_and_where_it_was_chosen_if_that_differs() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let at: Timestamp = "2026-12-01T17:00:00Z".parse().unwrap();
        let said = |zone| moment(at, Some(zone), now.as_millisecond(), &berlin);
        assert_eq!(said("Europe/Berlin"), "tomorrow 18:00");
        assert_eq!(said("Europe/Paris"), "tomorrow 18:00");
        assert_eq!(said("America/Lima"), "tomorrow 18:00 (12:00 America/Lima)");
        assert_eq!(said("Asia/Tokyo"), "tomorrow 18:00 (Wed 02:00 Asia/Tokyo)");
        assert_eq!(said("nowhere"), "tomorrow 18:00");
    }
}
