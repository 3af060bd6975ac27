//! Owns: finding the functions of a file and how many lines each takes.
//! It counts from the line of `fn` to the line of the closing brace, comments and all: what a reader scrolls.

use crate::source::{closing_brace, is_identifier_byte, line_of};

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) lines: usize,
}

/// Every function with a body in `code`, nested ones too. Function pointers and bodiless declarations are none.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    code.match_indices("fn ")
        .filter_map(|(at, _)| function_at(code, at))
        .collect()
}

fn function_at(code: &str, at: usize) -> Option<Function> {
    let bytes = code.as_bytes();
    if at > 0 && is_identifier_byte(bytes[at - 1]) {
        return None;
    }
    let name: String = code[at + 3..]
        .trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    if name.is_empty() {
        return None;
    }
    let open = body_start(bytes, at)?;
    let line = line_of(code, at);
    Some(Function {
        name,
        line,
        lines: line_of(code, closing_brace(code, open) - 1) - line + 1,
    })
}

/// The brace that opens the body: the first outside parentheses and brackets, unless a semicolon comes first.
fn body_start(bytes: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (offset, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b';' if depth == 0 => return None,
            b'{' if depth == 0 => return Some(offset),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str) -> Vec<(String, usize, usize)> {
        functions(code)
            .into_iter()
            .map(|f| (f.name, f.line, f.lines))
            .collect()
    }

    #[test]
    fn a_function_is_as_long_as_it_reads() {
        let long = format!(
            "fn short() {{}}\npub fn long(\n  a: [u8; 4],\n) -> u8\n{{\n{}}}\n",
            "  x();\n".repeat(66)
        );
        assert_eq!(
            found(&long),
            vec![("short".into(), 1, 1), ("long".into(), 2, 71)]
        );
    }

    #[test]
    fn nested_functions_count_for_themselves() {
        assert_eq!(
            found("fn a() {\n  fn b() {\n  }\n}"),
            vec![("a".into(), 1, 4), ("b".into(), 2, 2)]
        );
    }

    #[test]
    fn declarations_and_pointers_have_no_body() {
        assert_eq!(
            found("trait T { fn a(&self) -> [u8; 2]; }\ntype F = fn (u8);\nlet often = 1;"),
            vec![]
        );
    }
}
