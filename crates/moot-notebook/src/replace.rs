//! From an old text and a new one to splices: what programs that write whole texts need.
//!
//! Owns the comparison: by lines, bounded, with the common start and end of each difference left alone. Never spends
//! more than a bounded effort: past it the whole middle is replaced.

use crate::id::{ByteCount, BytePos};
use crate::limits::REPLACE_EDITS_MAX;
use crate::outcome::Edit;

/// The splices that turn `old` into `new`, last place first, so that each may be made where it says.
///
/// None where they are equal. Lines that both have stay, unless more than [`REPLACE_EDITS_MAX`] lines differ.
#[must_use]
pub fn replace_whole(old: &str, new: &str) -> Vec<Edit> {
    let (start, old_end, new_end) = trim_lines(old, new);
    let (old_middle, new_middle) = (&old[start..old_end], &new[start..new_end]);
    let mut edits = Vec::new();
    for (from_old, to_old, from_new, to_new) in
        differing_lines(old_middle, new_middle).into_iter().rev()
    {
        let (from, to) = (&old_middle[from_old..to_old], &new_middle[from_new..to_new]);
        let (same, from_end, to_end) = trim(from, to);
        if from_end > same || to_end > same {
            edits.push(Edit::Splice {
                at: BytePos(start + from_old + same),
                delete: ByteCount(from_end - same),
                insert: to[same..to_end].to_owned(),
            });
        }
    }
    edits
}

/// The same as [`trim`], by whole lines: a line that is put before one with the same beginning must not take that
/// beginning for its own, or whoever deletes the other line at the same time cuts the new one.
fn trim_lines(old: &str, new: &str) -> (usize, usize, usize) {
    let (same, old_end, new_end) = trim(old, new);
    let start = old[..same].rfind('\n').map_or(0, |at| at + 1);
    let is_edge = |text: &str, end: usize| end == start || text[start..end].ends_with('\n');
    if is_edge(old, old_end) && is_edge(new, new_end) {
        return (start, old_end, new_end);
    }
    let tail = &old[old_end..];
    let rest_of_line = tail.find('\n').map_or(tail.len(), |at| at + 1);
    (start, old_end + rest_of_line, new_end + rest_of_line)
}

/// Where two texts begin to differ, and where in each the common end begins.
fn trim(old: &str, new: &str) -> (usize, usize, usize) {
    let same = old
        .bytes()
        .zip(new.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let start = (0..=same)
        .rev()
        .find(|at| old.is_char_boundary(*at))
        .unwrap_or(0);
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let same = old_rest
        .bytes()
        .rev()
        .zip(new_rest.bytes().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let is_edge = |tail: &usize| {
        old_rest.is_char_boundary(old_rest.len() - tail)
            && new_rest.is_char_boundary(new_rest.len() - tail)
    };
    let tail = (0..=same).rev().find(is_edge).unwrap_or(0);
    (start, old.len() - tail, new.len() - tail)
}

/// The stretches in which two texts differ by lines, as byte ranges of both, in order.
fn differing_lines(old: &str, new: &str) -> Vec<(usize, usize, usize, usize)> {
    let old_lines: Vec<&str> = old.split_inclusive('\n').collect();
    let new_lines: Vec<&str> = new.split_inclusive('\n').collect();
    let Some(common) = common_lines(&old_lines, &new_lines) else {
        return vec![(0, old.len(), 0, new.len())];
    };
    let (old_starts, new_starts) = (starts(&old_lines), starts(&new_lines));
    let mut stretches = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    for (old_line, new_line) in common
        .into_iter()
        .chain([(old_lines.len(), new_lines.len())])
    {
        if old_line > old_at || new_line > new_at {
            stretches.push((
                old_starts[old_at],
                old_starts[old_line],
                new_starts[new_at],
                new_starts[new_line],
            ));
        }
        (old_at, new_at) = (old_line + 1, new_line + 1);
    }
    stretches
}

/// The byte at which each line begins, and the end.
fn starts(lines: &[&str]) -> Vec<usize> {
    let mut at = 0;
    let mut starts = vec![0];
    for line in lines {
        at += line.len();
        starts.push(at);
    }
    starts
}

/// Pairs of equal lines that keep both orders, as many as there are: the greedy search of Myers. `None` where that
/// would take more than the bound.
fn common_lines(old: &[&str], new: &[&str]) -> Option<Vec<(usize, usize)>> {
    let mut reached: Vec<Vec<usize>> = Vec::new();
    // `furthest[k]`: how far into `old` one gets on diagonal k - offset with so many edits.
    let offset = REPLACE_EDITS_MAX + 1;
    let mut furthest = vec![0; 2 * offset + 1];
    for edits in 0..=REPLACE_EDITS_MAX {
        reached.push(furthest[offset - edits..=offset + edits].to_vec());
        for diagonal in (offset - edits..=offset + edits).step_by(2) {
            let down = goes_down(diagonal, offset, edits, &furthest);
            let mut x = if down {
                furthest[diagonal + 1]
            } else {
                furthest[diagonal - 1] + 1
            };
            if edits == 0 {
                x = 0;
            }
            let Some(mut y) = (x + offset).checked_sub(diagonal) else {
                continue;
            };
            while x < old.len() && y < new.len() && old[x] == new[y] {
                (x, y) = (x + 1, y + 1);
            }
            furthest[diagonal] = x;
            if x >= old.len() && y >= new.len() {
                return Some(trace(&reached, offset, edits, (old.len(), new.len())));
            }
        }
    }
    None
}

fn goes_down(diagonal: usize, offset: usize, edits: usize, furthest: &[usize]) -> bool {
    diagonal == offset - edits
        || (diagonal != offset + edits && furthest[diagonal - 1] < furthest[diagonal + 1])
}

/// Walks back from the end over what each number of edits had reached.
fn trace(
    reached: &[Vec<usize>],
    offset: usize,
    edits: usize,
    (mut x, mut y): (usize, usize),
) -> Vec<(usize, usize)> {
    let mut common = Vec::new();
    for edits in (1..=edits).rev() {
        let mut furthest = vec![0; 2 * offset + 1];
        furthest[offset - edits..=offset + edits].copy_from_slice(&reached[edits]);
        let diagonal = x + offset - y;
        let down = goes_down(diagonal, offset, edits, &furthest);
        let (from_x, from_diagonal) = if down {
            (furthest[diagonal + 1], diagonal + 1)
        } else {
            (furthest[diagonal - 1], diagonal - 1)
        };
        let after_step = if down { from_x } else { from_x + 1 };
        while x > after_step {
            (x, y) = (x - 1, y - 1);
            common.push((x, y));
        }
        x = from_x;
        y = from_x + offset - from_diagonal;
    }
    while x > 0 && y > 0 {
        (x, y) = (x - 1, y - 1);
        common.push((x, y));
    }
    common.reverse();
    common
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Makes the splices; gives the text and how many bytes they put in.
    fn apply(old: &str, edits: &[Edit]) -> (String, usize) {
        let mut text = old.to_owned();
        let mut inserted = 0;
        for edit in edits {
            if let Edit::Splice { at, delete, insert } = edit {
                text.replace_range(at.0..at.0 + delete.0, insert);
                inserted += insert.len();
            }
        }
        (text, inserted)
    }

    fn check(old: &str, new: &str, inserted: usize) {
        assert_eq!(
            apply(old, &replace_whole(old, new)),
            (new.to_owned(), inserted),
            "{old:?} {new:?}"
        );
    }

    /// A simulated member put `mark-1` before `mark-8` while another struck `mark-8`: the splice had taken the `mark-` of the
    /// old line for the new one's, and what was left of the new line was `1` and a second `mark-`.
    #[test]
    fn a_line_put_before_one_that_begins_alike_takes_nothing_of_it() {
        let edits = replace_whole("a\nmark-8\n", "a\nmark-1\nmark-8\n");
        let put = Edit::Splice {
            at: BytePos(2),
            delete: ByteCount(0),
            insert: "mark-1\n".to_owned(),
        };
        assert_eq!(edits, [put]);
    }

    #[test]
    fn only_what_differs_is_put_in() {
        check("", "", 0);
        check("same", "same", 0);
        check("", "new", 3);
        check("old", "", 0);
        check("one two three", "one 2 three", 1);
        check("a\nb\nc\nd\ne\n", "A\nb\nc\nd\nE\n", 2);
        check("a\nb\nc\n", "a\nx\nb\nc\ny\n", 4);
        check("aaa", "aa", 0);
        check("é", "è", 2);
        check("🦊a", "🦊b", 1);
    }

    #[test]
    fn a_text_with_every_line_changed_is_replaced_without_long_thought() {
        let old: String = (0..20_000).map(|line| format!("old {line}\n")).collect();
        let new: String = (0..20_000)
            .rev()
            .map(|line| format!("new {line}\n"))
            .collect();
        let edits = replace_whole(&old, &new);
        assert_eq!(edits.len(), 1);
        assert_eq!(apply(&old, &edits).0, new);
    }

    proptest! {
        #[test]
        fn the_splices_give_the_new_text(old in "[ab\né🦊]{0,40}", new in "[ab\né🦊]{0,40}") {
            let edits = replace_whole(&old, &new);
            prop_assert_eq!(apply(&old, &edits).0, new);
        }
    }
}
