//! What happened while we were apart, in a sentence. Owns its words.

/// "Apart 3 days. 2 things need you, 1 needs settling, 14 merged quietly."
#[must_use]
pub fn apart_sentence(apart_ms: i64, you: usize, settling: usize, quiet: usize) -> String {
    let need = |count: usize| if count == 1 { "needs" } else { "need" };
    let things = if you == 1 { "thing" } else { "things" };
    format!(
        "Apart {}. {you} {things} {} you, {settling} {} settling, {quiet} merged quietly.",
        span(apart_ms),
        need(you),
        need(settling),
    )
}

/// A span of time in its largest unit, rounded down.
fn span(ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    let (count, unit) = match minutes {
        0 => return "under a minute".to_owned(),
        1..60 => (minutes, "minute"),
        60..1_440 => (minutes / 60, "hour"),
        _ => (minutes / 1_440, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
