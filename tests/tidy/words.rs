//! Owns: finding a path or an identifier in code, whole, also inside a grouped `use`.
//! It never looks into comments or literals: callers hand it code from which they are blanked.

use crate::source::{closing_brace, is_identifier_byte};

/// Offsets at which `word` stands as a whole: `std::fs` is found in `std::fs::read` and in
/// `use std::{fs, io}`, and not in `std::fsync`.
pub(crate) fn find_word(code: &str, word: &str) -> Vec<usize> {
    let mut found: Vec<usize> = code
        .match_indices(word)
        .map(|(at, _)| at)
        .filter(|&at| is_whole(code, at, word.len()))
        .collect();
    if let Some((parent, member)) = word.rsplit_once("::") {
        found.extend(find_in_groups(code, parent, member));
    }
    found.sort_unstable();
    found
}

/// Offsets of identifiers that are `name` or begin with `name` and an underscore.
pub(crate) fn find_crate(code: &str, name: &str) -> Vec<usize> {
    let starts = |at: usize| at == 0 || !is_identifier_byte(code.as_bytes()[at - 1]);
    let ends = |at: usize| {
        code.as_bytes()
            .get(at + name.len())
            .is_none_or(|&byte| byte == b'_' || !is_identifier_byte(byte))
    };
    code.match_indices(name)
        .map(|(at, _)| at)
        .filter(|&at| starts(at) && ends(at))
        .collect()
}

fn is_whole(code: &str, at: usize, length: usize) -> bool {
    let bytes = code.as_bytes();
    let before = at.checked_sub(1).map(|index| bytes[index]);
    let after = bytes.get(at + length).copied();
    !before.is_some_and(is_identifier_byte) && !after.is_some_and(is_identifier_byte)
}

fn find_in_groups(code: &str, parent: &str, member: &str) -> Vec<usize> {
    let opening = format!("{parent}::{{");
    let mut found = Vec::new();
    for (at, _) in code
        .match_indices(&opening)
        .filter(|&(at, _)| is_whole(code, at, parent.len()))
    {
        let open = at + opening.len() - 1;
        let mut depth = 0_usize;
        let mut begins_member = true;
        for (offset, byte) in code
            .bytes()
            .enumerate()
            .take(closing_brace(code, open))
            .skip(open)
        {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                b',' => begins_member = true,
                _ if byte.is_ascii_whitespace() => {}
                _ => {
                    if begins_member
                        && depth == 1
                        && code
                            .get(offset..)
                            .is_some_and(|rest| rest.starts_with(member))
                        && is_whole(code, offset, member.len())
                    {
                        found.push(offset);
                    }
                    begins_member = false;
                }
            }
            begins_member |= byte == b'{';
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_only_whole() {
        assert_eq!(
            find_word("std::fs::read; std::fsync; my_std::fs", "std::fs"),
            vec![0]
        );
        assert_eq!(find_word("HashMap MyHashMap HashMaps", "HashMap"), vec![0]);
    }

    #[test]
    fn a_word_is_found_in_a_group() {
        assert_eq!(
            find_word("use std::{\n  io,\n  fs::{self, File},\n};", "std::fs").len(),
            1
        );
        assert_eq!(find_word("use std::{fs};", "std::fs").len(), 1);
        assert_eq!(
            find_word("use std::{io::{fs}, collections::BTreeMap};", "std::fs").len(),
            0
        );
    }

    #[test]
    fn a_crate_is_found_with_its_family() {
        assert_eq!(
            find_crate(
                "use libp2p::Swarm; libp2p_swarm::X; mylibp2p; libp2px",
                "libp2p"
            ),
            vec![4, 19]
        );
    }
}
