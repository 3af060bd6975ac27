//! Times and durations as people write and read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time on this machine's clock, to the minute.
pub(crate) fn local(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// A day by this machine's clock.
pub(crate) fn local_day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%Y-%m-%d")
        .to_string()
}

/// Reads `30s`, `10m`, `2h`, `7d`, `3w`, `12mo` as milliseconds; a month counts 30 days.
pub(crate) fn parse_duration_ms(text: &str) -> Result<u64, String> {
    const SECOND_MS: u64 = 1_000;
    const DAY_MS: u64 = 24 * 60 * 60 * SECOND_MS;
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit_ms = match unit {
        "ms" => 1,
        "s" => SECOND_MS,
        "m" => 60 * SECOND_MS,
        "h" => 60 * 60 * SECOND_MS,
        "d" => DAY_MS,
        "w" => 7 * DAY_MS,
        "mo" => 30 * DAY_MS,
        _ => return Err("durations look like 30s, 10m, 2h, 7d or 12mo".to_owned()),
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit_ms))
        // A hundred years, so that adding it to any time stays a time.
        .filter(|duration_ms| *duration_ms <= 36_500 * DAY_MS)
        .ok_or_else(|| "this is no number of them that makes sense".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_written() {
        let cases = [
            ("30s", 30_000),
            ("10m", 600_000),
            ("2h", 7_200_000),
            ("7d", 604_800_000),
            ("12mo", 31_104_000_000),
            ("0s", 0),
        ];
        for (text, duration_ms) in cases {
            assert_eq!(parse_duration_ms(text), Ok(duration_ms), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "7",
            "d",
            "-1d",
            "1.5h",
            "7 d",
            "99999999999999999999d",
            "999999mo",
        ] {
            assert!(parse_duration_ms(text).is_err(), "{text}");
        }
    }
}
