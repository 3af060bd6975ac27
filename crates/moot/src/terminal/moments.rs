//! Times that people choose: a date and a time in a zone, with what happens to clocks there.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, Zoned};

/// A moment, and the zone in which people chose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) at_ms: i64,
    /// The zone's IANA name.
    pub(crate) zone: String,
}

/// Reads `2026-12-01 18:00` in a zone, or `2026-12-01T18:00Z` and its like. Without a zone it is this machine's.
pub(crate) fn parse_moment(text: &str, zone: Option<&str>) -> Result<Moment, String> {
    let text = text.trim();
    let zone = match zone {
        Some(name) => TimeZone::get(name.trim()).map_err(|_| {
            format!("there is no zone {name:?}; zones are named like Europe/Berlin or America/Lima")
        })?,
        None => TimeZone::system(),
    };
    let zone_name = zone.iana_name().unwrap_or("UTC").to_owned();
    if let Ok(at) = text.parse::<Timestamp>().or_else(|_| with_minutes(text)) {
        return Ok(Moment {
            at_ms: at.as_millisecond(),
            zone: zone_name,
        });
    }
    let local: DateTime = text.parse().map_err(|_| {
        format!("{text:?} is no time; write it like \"2026-12-01 18:00\" or 2026-12-01T18:00Z")
    })?;
    let ambiguous = zone.to_ambiguous_zoned(local);
    let at: Zoned = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => ambiguous.unambiguous(),
        AmbiguousOffset::Gap { .. } => {
            let later = ambiguous.later().map_err(|error| error.to_string())?;
            return Err(format!(
                "{text} does not exist in {zone_name}: clocks are put forward then; the next time there is {}",
                later.strftime("%Y-%m-%d %H:%M")
            ));
        }
        AmbiguousOffset::Fold { before, after } => {
            return Err(format!(
                "{text} happens twice in {zone_name}: clocks are put back then; say which with {} or {} after it",
                offset(before),
                offset(after)
            ));
        }
    }
    .map_err(|error| error.to_string())?;
    Ok(Moment {
        at_ms: at.timestamp().as_millisecond(),
        zone: zone_name,
    })
}

/// `2026-12-01T18:00+01:00`: RFC 3339 without its seconds.
fn with_minutes(text: &str) -> Result<Timestamp, jiff::Error> {
    let text = text.replacen(' ', "T", 1);
    Timestamp::strptime("%Y-%m-%dT%H:%M%:z", text.replace(['Z', 'z'], "+00:00"))
}

fn offset(offset: jiff::tz::Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// Reads a date: the end of that day on this machine's clock.
pub(crate) fn parse_until(text: &str) -> Result<i64, String> {
    let date: Date = text
        .trim()
        .parse()
        .map_err(|_| "dates look like 2026-12-24".to_owned())?;
    let next = date.tomorrow().map_err(|error| error.to_string())?;
    let start = next.to_zoned(TimeZone::system());
    let start = start.map_err(|error| error.to_string())?;
    Ok(start.timestamp().as_millisecond())
}

/// The beginning of a day, here: from when on something is due that is to be on that day.
pub(crate) fn parse_from(text: &str) -> Result<i64, String> {
    let date: Date = text
        .trim()
        .parse()
        .map_err(|_| "dates look like 2026-12-24".to_owned())?;
    let start = date.to_zoned(TimeZone::system());
    let start = start.map_err(|error| error.to_string())?;
    Ok(start.timestamp().as_millisecond())
}

/// A moment in the zone in which people chose it, and on this machine's clock where that differs.
pub(crate) fn shown_moment(at: Timestamp, zone: Option<&str>) -> String {
    let here = super::local(at);
    let Some(there) = zone.and_then(|name| TimeZone::get(name).ok()) else {
        return here;
    };
    let name = there.iana_name().unwrap_or("UTC").to_owned();
    let shown = at.to_zoned(there).strftime("%Y-%m-%d %H:%M").to_string();
    if shown == here {
        format!("{shown} {name}")
    } else {
        format!("{shown} {name} ({here} here)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> Result<i64, String> {
        parse_moment(text, Some(zone)).map(|moment| moment.at_ms)
    }

    #[test]
    fn a_local_time_is_read_in_its_zone_and_an_offset_as_it_says() {
        let in_utc = at("2026-12-01T17:00:00Z", "UTC").unwrap();
        for (text, zone) in [
            ("2026-12-01 18:00", "Europe/Berlin"),
            ("2026-12-01T18:00", "Europe/Berlin"),
            ("2026-12-01T18:00+01:00", "Asia/Tokyo"),
            ("2026-12-01T17:00Z", "Europe/Berlin"),
        ] {
            assert_eq!(at(text, zone), Ok(in_utc), "{text} {zone}");
        }
        let moment = parse_moment("2026-12-01 18:00", Some("Europe/Berlin")).unwrap();
        assert_eq!(moment.zone, "Europe/Berlin");
    }

    #[test]
    fn an_hour_that_clocks_jump_over_is_told_with_the_next_that_exists() {
        let told = at("2026-03-29 02:30", "Europe/Berlin").unwrap_err();
        assert!(
            told.contains("does not exist") && told.contains("03:30"),
            "{told}"
        );
    }

    #[test]
    fn an_hour_that_comes_twice_is_asked_about_and_an_offset_answers() {
        let told = at("2026-10-25 02:30", "Europe/Berlin").unwrap_err();
        assert!(told.contains("+02:00") && told.contains("+01:00"), "{told}");
        assert!(at("2026-10-25T02:30+02:00", "Europe/Berlin").is_ok());
    }

    #[test]
    fn what_is_no_time_or_no_zone_is_told() {
        assert!(at("tomorrow", "UTC").unwrap_err().contains("is no time"));
        assert!(
            at("2026-12-01 18:00", "Berlin")
                .unwrap_err()
                .contains("no zone")
        );
    }
}
