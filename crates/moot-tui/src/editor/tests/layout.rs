//! Places in the text and places on the screen are the same, both ways, at every width.

use proptest::prelude::*;

use super::super::page::Page;
use super::*;
use moot_engine::text::Splice;

/// Text that is hard to lay out.
pub(super) fn hard_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-e ]{1,8}",
        1 => Just("\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("\t".to_owned()),
        1 => Just("👩‍👩‍👧‍👦".to_owned()),
        1 => Just("🇩🇪🇫🇷🇮🇹".to_owned()),
        1 => Just("e\u{301}\u{302}".to_owned()),
        1 => Just("\u{301}".to_owned()),
        1 => Just("你好，世界。".to_owned()),
        1 => Just("שלום עולם".to_owned()),
        1 => Just("\u{202e}\u{200b}\u{7}\u{9b}\r".to_owned()),
        1 => Just("ｶﾞ\u{feff}♻️".to_owned()),
        1 => Just("क्षि".to_owned()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// All places in a page where a caret may stand.
fn edges(page: &Page) -> Vec<usize> {
    (0..=page.text().len())
        .filter(|at| page.text().is_edge(*at))
        .collect()
}

proptest! {
    #[test]
    fn every_place_is_found_again_from_its_row_and_column(text in hard_text(), cells in 1..60_usize) {
        let mut page = Page::new(&text, cells);
        for at in edges(&page) {
            let (row, column) = (page.row_of(at), page.column_of(at));
            prop_assert_eq!(page.place_at(row, column), at, "{:?} {:?} {}", text, row, column);
        }
    }

    #[test]
    fn every_cell_of_a_row_leads_to_a_place_on_it(text in hard_text(), cells in 1..60_usize) {
        let mut page = Page::new(&text, cells);
        let mut row = page.row_of(0);
        loop {
            let mut last = 0;
            // A cluster may be wider than its row.
            for column in 0..cells + 9 {
                let at = page.place_at(row, column);
                prop_assert!(page.text().is_edge(at) && at >= last, "{:?} {}", row, column);
                prop_assert_eq!(page.row_of(at), row);
                prop_assert!(page.column_of(at) <= column);
                last = at;
            }
            prop_assert_eq!(last, page.last_place(row));
            let next = page.down(row, 1);
            if next == row {
                break;
            }
            row = next;
        }
    }

    #[test]
    fn rows_follow_on_each_other_and_hold_what_fits(text in hard_text(), cells in 2..60_usize) {
        let mut page = Page::new(&text, cells);
        let mut row = page.row_of(0);
        loop {
            let taken: usize = page.clusters(row).map(|cluster| cluster.cells).sum();
            prop_assert!(taken <= cells + 1, "{:?}", row);
            let next = page.down(row, 1);
            if next == row {
                break;
            }
            prop_assert_eq!(page.up(next, 1), row);
            prop_assert_eq!(page.rows_between(row, next, 2), Some(1));
            row = next;
        }
        prop_assert_eq!(page.row(row).0.end, text.len());
    }

    #[test]
    fn rows_kept_through_changes_are_rows_computed_anew(
        text in hard_text(),
        edits in prop::collection::vec((0..1_000_usize, 0..1_000_usize, hard_text()), 1..6),
        cells in 1..30_usize,
    ) {
        let mut page = Page::new(&text, cells);
        for (at, to, insert) in edits {
            let last = page.row_of(page.text().len());
            let _ = page.up(last, usize::MAX);
            let edges = edges(&page);
            let (from, to) = (edges[at % edges.len()], edges[to % edges.len()]);
            let splice = Splice { at: from.min(to), delete: from.abs_diff(to).min(9), insert };
            let end = splice.at + splice.delete;
            if !page.text().as_str().is_char_boundary(end) {
                continue;
            }
            page.splice(&splice);
            let mut fresh = Page::new(page.text().as_str(), cells);
            prop_assert_eq!(page.text().lines(), fresh.text().lines());
            for at in 0..=page.text().len() {
                prop_assert_eq!(page.text().line_at(at), fresh.text().line_at(at));
                prop_assert_eq!(page.row_of(at), fresh.row_of(at));
            }
        }
    }
}

#[test]
fn a_single_long_line_is_laid_out_where_it_changes() {
    let line = "Monday Ana, Tuesday Ben and Dana; 你好 ".repeat(500);
    let mut kept = editor(&format!("|{line}"));
    let middle = kept.page.text().snap(line.len() / 2);
    kept.go_to(middle);
    for _ in 0..20 {
        let _ = acts(&mut kept, &[typed("word "), Act::Backspace, go(Motion::Up)]);
    }
    let mut fresh = Page::new(kept.text(), kept.page.cells());
    let end = kept.page.text().len();
    assert_eq!(kept.page.row_of(end), fresh.row_of(end));
}
