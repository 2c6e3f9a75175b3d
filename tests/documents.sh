#!/usr/bin/env bash
# Generates a service from every document of a folder, compiles each without a warning, and checks
# its format and that a second run writes nothing.
#
#   tests/documents.sh DIR [WORD...]   only the documents whose names hold one of the words
#
# Prints a table and exits with 1 if a document fails. What failed is kept, and its folder named.
set -euo pipefail
case "${1:-}" in
    "" | -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
folder=$(cd "$1" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."
repository=$PWD
target=${CARGO_TARGET_DIR:-$repository/target}

cargo build --quiet --package cargo-backend-scaffold
scaffold=$target/debug/cargo-backend-scaffold
work=$(mktemp -d)
failed=0
trap '[ "$failed" = 1 ] || rm -rf "$work"' EXIT

# A profile of its own has a build lock of its own: the services take minutes to compile.
cat >"$work/Cargo.toml" <<'TOML'
[workspace]
resolver = "3"
members = []

[profile.documents]
inherits = "dev"
debug = false
incremental = false
TOML
cp "$repository/Cargo.lock" "$work/"

seconds() { echo "scale=1; ($(date +%s%N) - $1) / 1000000000" | bc; }

row='%-28s %10s %8s %9s %9s  %s\n'
# shellcheck disable=SC2059
printf "$row" document operations types generated compiled verdict
for document in "$folder"/*.{yaml,yml,json}; do
    [ -f "$document" ] || continue
    name=$(basename "$document")
    wanted=$([ $# = 0 ] && echo yes || true)
    for word in "$@"; do case "$name" in *"$word"*) wanted=yes ;; esac; done
    [ -n "$wanted" ] || continue
    package=document-$(basename "${name%.*}" | tr '[:upper:]' '[:lower:]' | tr -c '[:alnum:]\n' '-')
    log=$work/$package.log
    started=$(date +%s%N)
    verdict=ok operations=- types=- compiled=-
    cd "$work"
    if "$scaffold" "$document" --name "$package" >"$log" 2>&1; then
        generated=$(seconds "$started")
        operations=$(cat "$package"/src/api/traits*.rs "$package"/src/api/traits/*.rs 2>/dev/null | grep -c '^    fn .*($\|^    fn .*(&self' || true)
        types=$(cat "$package"/src/api/types*.rs "$package"/src/api/types/*.rs 2>/dev/null | grep -c '^pub \(struct\|enum\)' || true)
        started=$(date +%s%N)
        if ! cargo fmt --check --package "$package" >>"$log" 2>&1; then
            verdict="not formatted"
        elif ! "$scaffold" "$document" --name "$package" --check >>"$log" 2>&1; then
            verdict="a second run differs"
        elif ! CARGO_TARGET_DIR=$target cargo clippy --quiet --profile documents --all-targets \
            --package "$package" -- -D warnings >>"$log" 2>&1; then
            verdict="clippy: $(grep -c '^error' "$log" || true) errors"
        fi
        compiled=$(seconds "$started")
    else
        generated=$(seconds "$started")
        verdict="refused: $(grep -c '^error' "$log" || true) faults"
    fi
    cd "$repository"
    # shellcheck disable=SC2059
    printf "$row" "$name" "$operations" "$types" "$generated" "$compiled" "$verdict"
    if [ "$verdict" != ok ]; then
        failed=1
        echo "  see $log" >&2
    fi
done
exit "$failed"
