//! What is worth a place in the footer of a meeting: other keys before it begins, for whoever facilitates, for everybody else, and
//! after it.

use super::parts::my_name;
use super::{is_ahead, sitting};
use crate::model::Model;
use crate::table::Cmd;

/// The commands, the most wanted first.
pub(crate) fn foot(model: &Model) -> Vec<Cmd> {
    let Some(view) = model.screens.meet.opened() else {
        return Vec::new();
    };
    let me = my_name(model);
    // What is asked of me has its keys beside it, above.
    let mut shown = Vec::new();
    let is_said = view.attendance.iter().any(|row| row.person.name == me);
    let attend = (!is_said).then_some(Cmd::MeetAttend);
    if sitting(view).is_none() {
        match view.state.as_str() {
            "wrapping" | "minutes draft" => {
                shown.extend([Cmd::MeetMinutes, Cmd::MeetAgree, Cmd::MeetRemark]);
            }
            "minutes agreed" => shown.push(Cmd::MeetMinutes),
            "cancelled" => {}
            _ => {
                shown.extend([Cmd::MeetAddItem, Cmd::MeetSuggest, Cmd::MeetBegin]);
                shown.extend(attend);
                shown.push(Cmd::MeetOffer);
            }
        }
        return shown;
    }
    let mut roles = view.roles.iter();
    let facilitates = roles.any(|role| {
        let is_facilitator = role.role.eq_ignore_ascii_case("facilitator");
        is_facilitator && role.holders.contains(&me)
    });
    let is_through = !view.agenda.iter().any(is_ahead)
        && sitting(view).is_some_and(|sitting| sitting.current.is_none());
    if is_through {
        shown.push(Cmd::MeetFinish);
    }
    if facilitates {
        let on = [Cmd::MeetAdvance, Cmd::MeetNextSpeaker, Cmd::MeetConsent];
        let more = [Cmd::MeetExtend, Cmd::MeetHandOver, Cmd::MeetOffer];
        let is_of_item = |cmd: &Cmd| matches!(cmd, Cmd::MeetAdvance | Cmd::MeetExtend);
        let all = on.into_iter().chain(more);
        shown.extend(all.filter(|cmd| !is_through || !is_of_item(cmd)));
    } else {
        shown.extend(attend);
        shown.extend([Cmd::MeetHand, Cmd::MeetConsent, Cmd::MeetRemark]);
        shown.extend([Cmd::MeetAddItem, Cmd::MeetAdvance]);
    }
    shown
}
