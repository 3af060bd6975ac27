//! What is worth a place in the footer of a meeting: other keys before it begins, for whoever facilitates, for everybody else, and
//! after it.

use super::act::asked_of_me;
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
    let mut shown = Vec::new();
    if asked_of_me(model).is_some() {
        shown.extend([Cmd::MeetYes, Cmd::MeetNo]);
    }
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
        shown.extend([
            Cmd::MeetAdvance,
            Cmd::MeetNextSpeaker,
            Cmd::MeetConsent,
            Cmd::MeetExtend,
            Cmd::MeetHandOver,
            Cmd::MeetOffer,
        ]);
    } else {
        shown.extend(attend);
        shown.extend([Cmd::MeetHand, Cmd::MeetConsent, Cmd::MeetRemark]);
        shown.extend([Cmd::MeetAddItem, Cmd::MeetAdvance]);
    }
    shown
}
