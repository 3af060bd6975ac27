//! Claims about the editor as a whole.

mod acts;
mod drawing;
mod layout;
mod server;
mod together;

use super::{Act, Editor, Motion, Outcome};

/// An editor over a text in which `|` stands for the caret, and `<` and `>` for the two ends of a selection, the caret at `|`.
fn editor(marked: &str) -> Editor {
    let text: String = marked.chars().filter(|c| !matches!(c, '|' | '<')).collect();
    let mut editor = Editor::open(&text, 0, 1);
    let place = |mark: char| {
        let before = marked.split_once(mark)?.0;
        Some(
            before
                .chars()
                .filter(|c| !matches!(c, '|' | '<'))
                .map(char::len_utf8)
                .sum(),
        )
    };
    editor.caret = place('|').expect("a caret");
    editor.anchor = place('<');
    editor
}

/// The text with the caret as `|` and the other end of a selection as `<`.
fn marked(editor: &Editor) -> String {
    let mut text = editor.text().to_owned();
    let mut marks = vec![(editor.caret(), '|')];
    if editor.selection().is_some() {
        marks.extend(editor.anchor.map(|at| (at, '<')));
    }
    marks.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    for (at, mark) in marks {
        text.insert(at, mark);
    }
    text
}

fn acts(editor: &mut Editor, acts: &[Act]) -> Outcome {
    let mut outcome = Outcome::default();
    for act in acts {
        outcome = editor.act(act.clone(), 0);
    }
    outcome
}

fn typed(text: &str) -> Act {
    Act::Insert(text.to_owned())
}

const fn go(motion: Motion) -> Act {
    Act::Move(motion)
}
