# Recipes for `just`. Each line is a plain command: without `just`, copy it.

set shell := ["bash", "-euo", "pipefail", "-c"]
set ignore-comments := true

# list the recipes
default:
    @just --list --unsorted

# what CI runs, line for line: the test `tidy` compares it with .ci/run
[group('check')]
ci:
    cargo fmt --all --check
    cargo fmt --manifest-path crates/moot-bench/Cargo.toml --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test --workspace
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
    if cargo deny --version >/dev/null 2>&1; then cargo deny check; else echo "skipped: cargo-deny is not installed, so licences and sources were not checked"; fi
    echo "ci: passed"

# the quick look before a commit: format, lints, the shape of the house
[group('check')]
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test --package moot-tests --test tidy

# put the code into its usual form
[group('check')]
fmt:
    cargo fmt --all

# every test
[group('test')]
test:
    cargo test --workspace

# the shape of the house alone: seconds, and it needs no crate to compile
[group('test')]
tidy:
    cargo test --package moot-tests --test tidy

# the simulated world: many engines, faulty disks, one thread
[group('test')]
sim:
    cargo test --package moot-sim

# Folkmoot beside samod: the tables of docs/performance.md; takes long, on a machine with nothing else to do
[group('test')]
bench:
    cargo run --release --locked --manifest-path crates/moot-bench/Cargo.toml -- all

# three nodes on this machine write apart, meet and merge
[group('run')]
demo:
    cargo run --release --bin moot -- demo

# the pictures of the README, drawn from the real program
[group('run')]
pictures:
    cargo build --release --bin moot
    cargo run --release --package moot --example pictures

# the documentation of the crates, in a browser
[group('run')]
doc:
    cargo doc --workspace --no-deps --open
