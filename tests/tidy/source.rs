//! Owns: the text of one file of the repository, and which of its bytes are code, comment or literal.
//! A small scanner in place of a parser: it knows strings, raw strings, characters, lifetimes and
//! nested comments, which is all that the checks need. It never judges what it reads.

/// One text file, under its path from the root of the repository (with `/` on every system).
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
    /// The text with comments and the insides of literals blanked: same length, same lines.
    pub(crate) code: String,
    /// The text with everything but comments blanked: same length, same lines.
    pub(crate) comments: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

impl SourceFile {
    /// Reads nothing: the caller has the text.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (code, comments) = if path.ends_with(".rs") {
            let kinds = classify(text.as_bytes());
            (
                keep(text, &kinds, Kind::Code),
                keep(text, &kinds, Kind::Comment),
            )
        } else {
            (String::new(), String::new())
        };
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            comments,
        }
    }

    /// Tells whether this is a Rust file.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Tells whether the whole file is test code: `tests.rs`, or anything below a folder `tests`.
    pub(crate) fn is_test(&self) -> bool {
        self.path == "tests.rs"
            || self.path.ends_with("/tests.rs")
            || self.path.split('/').any(|part| part == "tests")
    }

    /// The code that ships: without the items under `#[cfg(test)]`, and empty for a test file.
    pub(crate) fn production_code(&self) -> String {
        if self.is_test() {
            blank(&self.code, 0..self.code.len())
        } else {
            without(&self.code, &test_items(&self.code))
        }
    }

    /// The code that only tests run: the reverse of [`Self::production_code`].
    pub(crate) fn test_code(&self) -> String {
        if self.is_test() {
            return self.code.clone();
        }
        let mut rest = Vec::new();
        let mut from = 0;
        for item in test_items(&self.code) {
            rest.push(from..item.start);
            from = item.end;
        }
        rest.push(from..self.code.len());
        without(&self.code, &rest)
    }
}

/// The line, counted from 1, on which a byte offset lies.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count()
        + 1
}

/// The offset just past the brace that closes the one at `open`, or the end of the text.
pub(crate) fn closing_brace(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return offset + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// Tells whether a byte can be part of an identifier.
pub(crate) fn is_identifier_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn without(code: &str, ranges: &[std::ops::Range<usize>]) -> String {
    ranges
        .iter()
        .fold(code.to_owned(), |text, range| blank(&text, range.clone()))
}

fn blank(text: &str, range: std::ops::Range<usize>) -> String {
    let bytes = text.bytes().enumerate().map(|(offset, byte)| match byte {
        b'\n' => b'\n',
        _ if range.contains(&offset) => b' ',
        _ => byte,
    });
    String::from_utf8(bytes.collect()).expect("ranges begin and end at ASCII")
}

/// The byte ranges of items under `#[cfg(test)]`: each ends at its closing brace or its semicolon.
fn test_items(code: &str) -> Vec<std::ops::Range<usize>> {
    const ATTRIBUTE: &str = "#[cfg(test)]";
    let mut items = Vec::new();
    let mut from = 0;
    while let Some(found) = code[from..].find(ATTRIBUTE) {
        let start = from + found;
        let body = start + ATTRIBUTE.len();
        let end = match code[body..].find(['{', ';']) {
            Some(at) if code.as_bytes()[body + at] == b'{' => closing_brace(code, body + at),
            Some(at) => body + at + 1,
            None => code.len(),
        };
        items.push(start..end);
        from = end;
    }
    items
}

fn keep(text: &str, kinds: &[Kind], wanted: Kind) -> String {
    let bytes = text.bytes().zip(kinds).map(|(byte, &kind)| {
        if kind == wanted || byte == b'\n' {
            byte
        } else {
            b' '
        }
    });
    String::from_utf8(bytes.collect()).expect("kinds change only at ASCII bytes")
}

fn classify(text: &[u8]) -> Vec<Kind> {
    let mut kinds = vec![Kind::Code; text.len()];
    let mut at = 0;
    while at < text.len() {
        let (kind, end) = match text[at] {
            b'/' if text.get(at + 1) == Some(&b'/') => (Kind::Comment, line_comment_end(text, at)),
            b'/' if text.get(at + 1) == Some(&b'*') => (Kind::Comment, block_comment_end(text, at)),
            b'"' => (Kind::Literal, string_end(text, at)),
            b'\'' => (Kind::Literal, character_end(text, at)),
            b'r' if !follows_identifier(text, at) => (Kind::Literal, raw_string_end(text, at)),
            _ => (Kind::Code, at + 1),
        };
        let end = end.min(text.len());
        kinds[at..end].fill(kind);
        at = end.max(at + 1);
    }
    kinds
}

/// `br"` and `cr"` begin a raw string as well, so one such letter before the `r` does not count.
fn follows_identifier(text: &[u8], at: usize) -> bool {
    let before = |distance: usize| at.checked_sub(distance).map(|index| text[index]);
    match before(1) {
        Some(b'b' | b'c') => before(2).is_some_and(is_identifier_byte),
        Some(byte) => is_identifier_byte(byte),
        None => false,
    }
}

fn line_comment_end(text: &[u8], start: usize) -> usize {
    text[start..]
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(text.len(), |length| start + length)
}

fn block_comment_end(text: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while at + 1 < text.len() {
        match &text[at..at + 2] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    text.len()
}

fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// A quote begins a character when a closing quote follows one character or an escape; else a lifetime.
fn character_end(text: &[u8], start: usize) -> usize {
    let closing = |from: usize| {
        text.iter()
            .skip(from)
            .take(16)
            .position(|&byte| byte == b'\'')
            .map(|length| from + length + 1)
    };
    match text.get(start + 1) {
        Some(b'\\') => closing(start + 3).unwrap_or(start + 1),
        Some(&first) => {
            let width = match first {
                0xF0.. => 4,
                0xE0.. => 3,
                0xC0.. => 2,
                _ => 1,
            };
            if text.get(start + 1 + width) == Some(&b'\'') {
                start + width + 2
            } else {
                start + 1
            }
        }
        None => start + 1,
    }
}

/// Returns `start` when no raw string begins here (a raw identifier, or a plain letter).
fn raw_string_end(text: &[u8], start: usize) -> usize {
    let hashes = text[start + 1..]
        .iter()
        .take_while(|&&byte| byte == b'#')
        .count();
    if text.get(start + 1 + hashes) != Some(&b'"') {
        return start;
    }
    let mut fence = vec![b'"'];
    fence.resize(hashes + 1, b'#');
    let body = start + 2 + hashes;
    text[body..]
        .windows(fence.len())
        .position(|window| window == fence)
        .map_or(text.len(), |length| body + length + fence.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        SourceFile::new("a.rs", text)
            .code
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn words_in_strings_and_comments_are_not_code() {
        assert_eq!(
            code("let a = \"HashMap \\\" HashMap\"; // HashMap"),
            "let a = ;"
        );
        assert_eq!(code("/* a /* HashMap */ b */ fn x() {}"), "fn x() {}");
        assert_eq!(
            code("r#\"HashMap \" HashMap\"# + br\"HashMap\" + r#fn"),
            "+ b + r#fn"
        );
    }

    #[test]
    fn characters_are_literals_and_lifetimes_are_code() {
        assert_eq!(
            code("f('{', '\\'', '\\u{1F600}', 'é', '🌿') + a"),
            "f( , , , , ) + a"
        );
        let lifetimes = code("fn f<'a>(x: &'a str, y: &'static str) {}");
        assert!(
            lifetimes.ends_with("str) {}") && lifetimes.contains("static"),
            "{lifetimes}"
        );
    }

    #[test]
    fn lines_stay_where_they_were() {
        let text = "a\n/* b\nc */\n\"d\ne\"\nf";
        let file = SourceFile::new("a.rs", text);
        assert_eq!(file.code.len(), text.len());
        assert_eq!(line_of(&file.code, file.code.find('f').unwrap()), 6);
    }

    #[test]
    fn test_items_are_told_from_what_ships() {
        let file = SourceFile::new(
            "src/a.rs",
            "fn ships() {}\n#[cfg(test)]\nmod tests { fn tested() {} }\nfn too() {}",
        );
        let shipped = file.production_code();
        assert!(
            shipped.contains("ships") && shipped.contains("too") && !shipped.contains("tested")
        );
        let tests = file.test_code();
        assert!(!tests.contains("ships") && !tests.contains("too") && tests.contains("tested"));
        assert!(
            SourceFile::new("src/a/tests.rs", "fn tested() {}")
                .production_code()
                .trim()
                .is_empty()
        );
    }
}
