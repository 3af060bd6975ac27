//! A time as people type it, in the zone of whoever types it.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use moot_engine::command::When;

/// How times are typed.
pub(super) const HOW: &str =
    "As tomorrow 18:00, fri 18:00 or 2026-12-01 18:00; a zone may follow, as Europe/Berlin.";

/// Reads a time; or tells what is wrong with it.
pub(super) fn read(text: &str, now_ms: i64, here: &TimeZone) -> Result<When, String> {
    let (text, zone) = zoned(text.trim(), here)?;
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    if let Ok(at) = text.parse::<Timestamp>().or_else(|_| with_offset(text)) {
        return Ok(When {
            at_ms: at.as_millisecond(),
            zone: name,
        });
    }
    let now = Timestamp::from_millisecond(now_ms).unwrap_or_default();
    let local = civil(text, now.to_zoned(zone.clone()).datetime())
        .ok_or_else(|| format!("“{text}” is no time I understand. {HOW}"))?;
    let ambiguous = zone.to_ambiguous_zoned(local);
    let said = local.strftime("%-d %b %H:%M");
    let at = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => ambiguous.unambiguous(),
        AmbiguousOffset::Gap { .. } => {
            let later = ambiguous.later().map_err(|error| error.to_string())?;
            let later = later.strftime("%H:%M");
            return Err(format!(
                "{said} does not exist in {name}: clocks go forward then. The next time there is {later}."
            ));
        }
        AmbiguousOffset::Fold { before, after } => {
            let date = local.strftime("%Y-%m-%d %H:%M");
            return Err(format!(
                "{said} comes twice in {name}: clocks go back then. Say which: {date}{} or {date}{}.",
                offset(before),
                offset(after)
            ));
        }
    };
    let at = at.map_err(|error| error.to_string())?;
    Ok(When {
        at_ms: at.timestamp().as_millisecond(),
        zone: name,
    })
}

/// The zone that stands at the end, if one does.
fn zoned<'a>(text: &'a str, here: &TimeZone) -> Result<(&'a str, TimeZone), String> {
    let Some((before, last)) = text.rsplit_once(char::is_whitespace) else {
        return Ok((text, here.clone()));
    };
    let is_name = last.chars().all(|c| c.is_alphabetic() || "/_-".contains(c));
    if !is_name || !(last.contains('/') || last == "UTC") {
        return Ok((text, here.clone()));
    }
    let zone = TimeZone::get(last).map_err(|_| {
        format!("There is no zone {last}. They are named like Europe/Berlin or America/Lima.")
    })?;
    Ok((before.trim_end(), zone))
}

/// `2026-12-01 18:00+01:00`: RFC 3339 without its seconds.
fn with_offset(text: &str) -> Result<Timestamp, jiff::Error> {
    let text = text.replacen(' ', "T", 1).replace(['Z', 'z'], "+00:00");
    Timestamp::strptime("%Y-%m-%dT%H:%M%:z", text)
}

/// A day and a time on the clocks of a place where it is `now`.
fn civil(text: &str, now: DateTime) -> Option<DateTime> {
    let text = text.to_lowercase().replace(" at ", " ");
    let (day, time) = match text.rsplit_once([' ', 't']) {
        Some((day, time)) => (day.trim(), time),
        None => ("", text.as_str()),
    };
    let time = clock(time)?;
    let date = match day {
        // A time alone is the next such time.
        "" if now.time() < time => now.date(),
        "" | "tomorrow" => now.date().tomorrow().ok()?,
        "today" => now.date(),
        day => match weekday(day) {
            Some(weekday) => coming(weekday, now.date())?,
            None => day.parse().ok()?,
        },
    };
    Some(date.to_datetime(time))
}

fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn weekday(text: &str) -> Option<Weekday> {
    let names = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let text = text.trim_start_matches("next ").trim_end_matches('.');
    let found = names
        .iter()
        .find(|(name, _)| text.len() >= 3 && name.starts_with(text));
    found.map(|(_, weekday)| *weekday)
}

/// The next such day; a week from now where today is one.
fn coming(weekday: Weekday, today: Date) -> Option<Date> {
    let days = i64::from(today.weekday().until(weekday));
    let days = if days == 0 { 7 } else { days };
    today.checked_add(days.days()).ok()
}

fn offset(offset: jiff::tz::Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday evening in Berlin.
    fn at(text: &str) -> Result<String, String> {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let now: Timestamp = "2026-11-30T19:00:00Z".parse().unwrap();
        read(text, now.as_millisecond(), &berlin).map(|when| {
            let at = Timestamp::from_millisecond(when.at_ms).unwrap();
            format!("{} {}", at.strftime("%Y-%m-%d %H:%M"), when.zone)
        })
    }

    #[test]
    fn a_time_is_read_as_people_say_it() {
        for (text, read) in [
            ("2026-12-01 18:00", "2026-12-01 17:00 Europe/Berlin"),
            ("2026-12-01T18:00", "2026-12-01 17:00 Europe/Berlin"),
            ("tomorrow 18:00", "2026-12-01 17:00 Europe/Berlin"),
            ("Tomorrow at 9:30", "2026-12-01 08:30 Europe/Berlin"),
            ("today 21:00", "2026-11-30 20:00 Europe/Berlin"),
            ("21:00", "2026-11-30 20:00 Europe/Berlin"),
            ("19:00", "2026-12-01 18:00 Europe/Berlin"),
            ("tue 18:00", "2026-12-01 17:00 Europe/Berlin"),
            ("monday 18:00", "2026-12-07 17:00 Europe/Berlin"),
            (
                "2026-12-01 18:00 America/Lima",
                "2026-12-01 23:00 America/Lima",
            ),
            ("2026-12-01 18:00+01:00", "2026-12-01 17:00 Europe/Berlin"),
            ("2026-12-01T17:00Z", "2026-12-01 17:00 Europe/Berlin"),
        ] {
            assert_eq!(at(text).as_deref(), Ok(read), "{text}");
        }
    }

    #[test]
    fn an_hour_that_clocks_jump_over_or_repeat_is_told() {
        let gap = at("2026-03-29 02:30").unwrap_err();
        assert!(
            gap.contains("does not exist") && gap.contains("03:30"),
            "{gap}"
        );
        let fold = at("2026-10-25 02:30").unwrap_err();
        assert!(fold.contains("twice") && fold.contains("+02:00"), "{fold}");
        assert!(at("2026-10-25 02:30+02:00").is_ok());
    }

    #[test]
    fn what_is_no_time_or_no_zone_is_told() {
        for text in ["soon", "25:00", "tomorrow", "2026-13-01 10:00", "mo 10:00"] {
            assert!(at(text).unwrap_err().contains("is no time"), "{text}");
        }
        assert!(at("18:00 Mars/Base").unwrap_err().contains("no zone"));
    }
}
