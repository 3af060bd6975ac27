//! How places in a text move when the text changes. Owns the rule for what stands exactly where something is put in.

use moot_engine::text::Splice;

/// Which side of what is put in exactly at a place the place is on then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Before it: a caret, whose next letter goes on with its own word.
    Left,
    /// Behind it: the start of text that one holds on to.
    Right,
}

/// Where a place is after a splice. Inside what went, it is behind what came instead.
pub(super) fn carried(at: usize, splice: &Splice, side: Side) -> usize {
    if at < splice.at || (at == splice.at && side == Side::Left) {
        at
    } else {
        splice.at + splice.insert.len() + (at - splice.at).saturating_sub(splice.delete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_keeps_to_its_letters() {
        let check = |at, (from, delete, insert): (usize, usize, &str), left, right| {
            let splice = Splice {
                at: from,
                delete,
                insert: insert.to_owned(),
            };
            let got = (
                carried(at, &splice, Side::Left),
                carried(at, &splice, Side::Right),
            );
            assert_eq!(got, (left, right), "{at} {splice:?}");
        };
        check(3, (5, 2, "x"), 3, 3);
        check(9, (5, 2, "x"), 8, 8);
        check(7, (5, 2, "x"), 6, 6);
        check(6, (5, 2, "x"), 6, 6);
        check(5, (5, 0, "xyz"), 5, 8);
        check(5, (2, 3, ""), 2, 2);
    }
}
