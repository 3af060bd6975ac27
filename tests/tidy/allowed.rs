//! Owns: the lists that the checks hold the packages to. A new dependency is a decision: it gets its line here,
//! and a sentence in the commit that says why, how large it is and who keeps it.

/// What one package may depend on directly.
pub(crate) struct Allowed {
    pub(crate) package: &'static str,
    pub(crate) dependencies: &'static [&'static str],
    /// For tests, beside the above.
    pub(crate) dev_dependencies: &'static [&'static str],
}

/// Every package of the repository has its entry.
pub(crate) const DEPENDENCIES: &[Allowed] = &[
    Allowed {
        package: "moot-log",
        dependencies: &[
            "blake3",
            // A relay's key stands in its name on the network, which is base58. libp2p's own, small and without dependencies.
            "bs58",
            // Tickets are base32.
            "data-encoding",
            "ed25519-dalek",
            "minicbor",
            "thiserror",
            "zeroize",
        ],
        dev_dependencies: &["proptest", "rand_chacha", "rand_core"],
    },
    Allowed {
        package: "moot-group",
        dependencies: &[
            "moot-log",
            "blake3",
            "chacha20poly1305",
            "ed25519-dalek",
            "hpke",
            "minicbor",
            "miniz_oxide",
            "rand_core",
            "thiserror",
            "zeroize",
        ],
        dev_dependencies: &["data-encoding", "proptest", "rand_chacha"],
    },
    Allowed {
        package: "moot-notebook",
        // serde: the words of numbered fields, as commands and answers carry them.
        dependencies: &[
            "automerge",
            "blake3",
            "minicbor",
            "serde",
            "sha2",
            "thiserror",
        ],
        dev_dependencies: &["proptest", "rand_chacha", "rand_core"],
    },
    Allowed {
        package: "moot-engine",
        dependencies: &[
            "moot-log",
            "moot-group",
            "moot-notebook",
            // Digests of imported files, and the words that two people compare.
            "blake3",
            // Times in answers, as RFC 3339. Its clock is not to be asked: see IMPURE.
            "jiff",
            "minicbor",
            "rand_chacha",
            "rand_core",
            "serde",
            "thiserror",
            // Titles are compared as composed letters. The unicode-rs tables, which moot-store links already.
            "unicode-normalization",
        ],
        dev_dependencies: &["proptest"],
    },
    Allowed {
        package: "moot-store",
        dependencies: &[
            "moot-log",
            "rusqlite",
            "thiserror",
            "unicode-normalization",
            "unicode-segmentation",
        ],
        dev_dependencies: &["proptest", "tempfile"],
    },
    Allowed {
        package: "moot-net",
        dependencies: &[
            "futures",
            "if-addrs",
            "libp2p",
            "thiserror",
            "tokio",
            "tracing",
        ],
        dev_dependencies: &[],
    },
    Allowed {
        package: "moot-relay",
        dependencies: &["moot-log", "minicbor", "thiserror"],
        dev_dependencies: &["moot-store", "tempfile"],
    },
    Allowed {
        package: "moot-tui",
        dependencies: &[
            // Commands, answers and events; not what makes them.
            "moot-engine",
            "jiff",
            // A ticket as a picture that a telephone reads: an encoder alone, one file of arithmetic per step, without images.
            "qrcode",
            // Frames and the terminal: the ratatui organisation's, with crossterm by its re-export.
            "ratatui",
            "thiserror",
            "unicode-segmentation",
            // The same widths that ratatui draws by.
            "unicode-width",
        ],
        dev_dependencies: &["insta", "proptest"],
    },
    Allowed {
        package: "moot-sim",
        dependencies: &[
            "moot-engine",
            "moot-group",
            "moot-log",
            "moot-notebook",
            "moot-relay",
            // A hostile member reads its own home, and puts right checksums on wrong changes.
            "minicbor",
            "rand_chacha",
            "rand_core",
            "sha2",
        ],
        dev_dependencies: &[],
    },
    Allowed {
        package: "moot-fuzz",
        dependencies: &["moot-sim", "libfuzzer-sys"],
        dev_dependencies: &[],
    },
    // A workspace of its own, so that what it is measured against is compiled nowhere else.
    Allowed {
        package: "moot-bench",
        dependencies: &[
            "moot-engine",
            "moot-log",
            "moot-net",
            "moot-relay",
            "moot-store",
            "moot-tui",
            // What Folkmoot is measured against, and the documents that it syncs.
            "samod",
            "automerge",
            "futures",
            "getrandom",
            // Memory and processor time of a process.
            "nix",
            // Frames to draw into, and editing traces.
            "jiff",
            "ratatui",
            "serde",
            "serde_json",
            "tempfile",
            "tokio",
            "url",
        ],
        dev_dependencies: &[],
    },
    Allowed {
        package: "moot",
        dependencies: &[
            "moot-engine",
            "moot-log",
            "moot-net",
            "moot-relay",
            "moot-store",
            "moot-tui",
            "anstream",
            "anstyle",
            "blake3",
            "clap",
            "clap_complete",
            "clap_mangen",
            "color-eyre",
            // The terminal's clipboard wants base64.
            "data-encoding",
            "directories",
            "getrandom",
            "indicatif",
            "jiff",
            "minicbor-serde",
            // How much is free on a relay's disk.
            "rustix",
            "serde",
            "serde_json",
            "tempfile",
            "thiserror",
            "tokio",
            "toml",
            "tracing",
            "tracing-subscriber",
            // File names that differ only in how letters are composed are one name on some systems.
            "unicode-normalization",
            "unicode-width",
        ],
        dev_dependencies: &[
            // A terminal to run the screen in.
            "portable-pty",
            "vt100",
        ],
    },
    // No moot crate: the checks of the house stand when the house does not compile.
    Allowed {
        package: "moot-tests",
        dependencies: &[],
        dev_dependencies: &["serde_json", "tempfile", "toml"],
    },
    Allowed {
        package: "moot-examples",
        dependencies: &[
            "moot-group",
            "moot-log",
            "moot-notebook",
            "rand_chacha",
            "rand_core",
        ],
        dev_dependencies: &[],
    },
];

/// Packages that may name any library: what they measure Folkmoot against uses the same ones.
pub(crate) const AT_HOME_EVERYWHERE: &[&str] = &["moot-bench"];

/// Libraries that one package alone may name in its code, and that package.
pub(crate) const AT_HOME: &[(&str, &str)] = &[
    ("automerge", "moot-notebook"),
    ("libp2p", "moot-net"),
    ("rusqlite", "moot-store"),
    ("ratatui", "moot-tui"),
    ("crossterm", "moot-tui"),
];

/// Packages that are functions of state, time and input, so that one seed gives one trace.
pub(crate) const PURE: &[&str] = &[
    "moot-log",
    "moot-group",
    "moot-notebook",
    "moot-engine",
    "moot-relay",
    "moot-sim",
];

/// What a pure package never names in the code that ships, and what to do instead.
pub(crate) const IMPURE: &[(&str, &str)] = &[
    ("std::fs", "the caller reads and writes: return an effect"),
    (
        "std::net",
        "the caller sends and receives: return an effect",
    ),
    ("std::thread", "a pure crate runs on its caller's thread"),
    ("std::env", "take the setting as a parameter"),
    ("SystemTime::now", "take `now` as a parameter"),
    ("Instant::now", "take `now` as a parameter"),
    ("Timestamp::now", "take `now` as a parameter"),
    ("Zoned::now", "take `now` as a parameter"),
    ("TimeZone::system", "take the zone as a parameter"),
    (
        "HashMap",
        "use BTreeMap: its order is the same on every machine",
    ),
    (
        "HashSet",
        "use BTreeSet: its order is the same on every machine",
    ),
    ("getrandom", "take the random generator as a parameter"),
    ("rand::rng", "take the random generator as a parameter"),
    ("thread_rng", "take the random generator as a parameter"),
    ("OsRng", "take the random generator as a parameter"),
    ("tokio", "a pure crate awaits nothing"),
];

/// File and folder names that say nothing of what is inside.
pub(crate) const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "helpers", "common", "misc", "types", "manager",
];
