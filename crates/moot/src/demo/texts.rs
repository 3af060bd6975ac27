//! The notes of a garden co-op, which the demo begins with.

/// File names and what is in them.
pub(super) const TEXTS: [(&str, &str); 11] = [
    (
        "apart-and-together.md",
        include_str!("../../demo/apart-and-together.md"),
    ),
    ("asking.md", include_str!("../../demo/asking.md")),
    ("check-in.md", include_str!("../../demo/check-in.md")),
    (
        "consent-round.md",
        include_str!("../../demo/consent-round.md"),
    ),
    (
        "hand-over-water-rota.md",
        include_str!("../../demo/hand-over-water-rota.md"),
    ),
    (
        "minutes-2026-03-04.md",
        include_str!("../../demo/minutes-2026-03-04.md"),
    ),
    (
        "minutes-2026-04-01.md",
        include_str!("../../demo/minutes-2026-04-01.md"),
    ),
    (
        "rotating-the-facilitator.md",
        include_str!("../../demo/rotating-the-facilitator.md"),
    ),
    ("seed-day.md", include_str!("../../demo/seed-day.md")),
    (
        "stepping-back.md",
        include_str!("../../demo/stepping-back.md"),
    ),
    ("tool-shed.md", include_str!("../../demo/tool-shed.md")),
];
