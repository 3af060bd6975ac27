//! Small shapes of text: ids cut short, counted nouns, and foreign text made harmless.

/// How much of an id people see. It is enough among ten thousand things; where it is not, moot says `ambiguous`.
const SHORT_ID_CHARS: usize = 10;

/// The beginning of an id.
pub(crate) fn short(id: &str) -> &str {
    id.get(..SHORT_ID_CHARS).unwrap_or(id)
}

/// A number with its noun.
pub(crate) fn count(number: u64, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// Text from others on one line: what would steer a terminal, break the line or turn its direction is replaced.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if steers(c) { '\u{fffd}' } else { c })
        .collect()
}

/// The same for text of several lines.
pub(crate) fn clean_text(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            _ if steers(c) => '\u{fffd}',
            _ => c,
        })
        .collect()
}

fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\nc"), "a\u{fffd}[2Jb\u{fffd}c");
        assert_eq!(clean_text("a\tb\nc\r\u{9b}"), "a\tb\nc\u{fffd}\u{fffd}");
        assert_eq!(clean("種の日 été 👩‍🌾"), "種の日 été 👩‍🌾");
    }

    #[test]
    fn short_ids_are_prefixes_and_short_ones_stay() {
        assert_eq!(short("0123456789abcdef"), "0123456789");
        assert_eq!(short("ab"), "ab");
    }
}
