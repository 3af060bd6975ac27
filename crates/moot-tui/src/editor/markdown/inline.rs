//! Emphasis, code and links inside a line. Owns one walk along it, with the signs that wait for their like.

use super::{Kind, Span};

/// An opening run of `*` or `_` that waits for its like.
struct Opener {
    at: usize,
    sign: u8,
    length: usize,
}

/// Adds what stands in a line from a byte on, in order of where it ends.
pub(super) fn read(line: &str, from: usize, spans: &mut Vec<Span>) {
    let bytes = line.as_bytes();
    let mut openers: Vec<Opener> = Vec::new();
    let mut at = from;
    while at < bytes.len() {
        let whole = match bytes[at] {
            b'\\' => {
                let skipped = line[at + 1..].chars().next().map_or(0, char::len_utf8);
                at += 1 + skipped;
                continue;
            }
            b'`' => code(line, at).map(|end| (end, Kind::Code)),
            b'[' => link(line, at).map(|end| (end, Kind::Link)),
            b'h' => address(line, at).map(|end| (end, Kind::Link)),
            b'*' | b'_' => {
                let length = run(bytes, at);
                emphasis(line, at, length, &mut openers, spans);
                at += length;
                continue;
            }
            _ => None,
        };
        match whole {
            Some((end, kind)) => {
                spans.push((at..end, kind));
                at = end;
            }
            // A run of backticks that nothing closes is passed over whole: its tail opens nothing either.
            None if bytes[at] == b'`' => at += run(bytes, at),
            None => at += 1,
        }
    }
}

/// How often the byte at a place stands there in a row.
fn run(bytes: &[u8], at: usize) -> usize {
    let sign = bytes[at];
    bytes[at..].iter().take_while(|byte| **byte == sign).count()
}

/// Where the code ends that begins with a run of backticks: behind the next run as long.
fn code(line: &str, at: usize) -> Option<usize> {
    let bytes = line.as_bytes();
    let length = run(bytes, at);
    let mut next = at + length;
    while let Some(found) = line[next..].find('`') {
        next += found;
        let closing = run(bytes, next);
        next += closing;
        if closing == length {
            return Some(next);
        }
    }
    None
}

/// Where the link ends that begins with a bracket: `[[…]]` or `[…](…)`.
fn link(line: &str, at: usize) -> Option<usize> {
    let rest = &line[at..];
    if let Some(title) = rest.strip_prefix("[[") {
        let end = title.find("]]")?;
        return (!title[..end].contains("[[")).then_some(at + 2 + end + 2);
    }
    let middle = rest.find("](")?;
    let close = rest[middle..].find(')')?;
    (!rest[1..middle].contains(['[', ']'])).then_some(at + middle + close + 1)
}

/// Where the address ends that begins there.
fn address(line: &str, at: usize) -> Option<usize> {
    let rest = &line[at..];
    if !rest.starts_with("https://") && !rest.starts_with("http://") {
        return None;
    }
    let length = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ')' | ']' | '"'))
        .unwrap_or(rest.len());
    let trimmed = rest[..length].trim_end_matches(['.', ',', ';', ':', '!', '?']);
    Some(at + trimmed.len())
}

/// Closes the run that waits for this one, or lets this one wait.
fn emphasis(
    line: &str,
    at: usize,
    length: usize,
    openers: &mut Vec<Opener>,
    spans: &mut Vec<Span>,
) {
    let sign = line.as_bytes()[at];
    let before = line[..at].chars().next_back();
    let after = line[at + length..].chars().next();
    let is_inside_word =
        |beside: Option<char>| sign == b'_' && beside.is_some_and(char::is_alphanumeric);
    let is_open = |beside: Option<char>| beside.is_none_or(char::is_whitespace);
    if !is_open(before) && !is_inside_word(after) {
        let waits = openers
            .iter()
            .rposition(|opener| opener.sign == sign && opener.length == length);
        if let Some(index) = waits {
            let range = openers[index].at..at + length;
            openers.truncate(index);
            if length != 2 {
                spans.push((range.clone(), Kind::Emphasis));
            }
            if length != 1 {
                spans.push((range, Kind::Strong));
            }
            return;
        }
    }
    if !is_open(after) && !is_inside_word(before) {
        openers.push(Opener { at, sign, length });
    }
}
