#!/usr/bin/env bash
# Tries what no document and no source may do: panic the tool, or make it write what is not Rust.
#
#   fuzz/run.sh TARGET [SECONDS]      document or source; an hour unless told
#
# Begins with the documents and sources of tests/golden; a folder in CORPUS adds to them. Needs
# cargo-fuzz (`cargo install cargo-fuzz`) and a C++ compiler, no nightly. What is found stays in
# fuzz/artifacts, and `cargo fuzz tmin` makes it small.
set -euo pipefail
case "${1:-}" in
    document | source) ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
corpus=fuzz/corpus/$1
mkdir -p "$corpus"
if [ "$1" = document ]; then
    find tests/golden/documents examples tests/golden/spec ${CORPUS:+"$CORPUS"} -size -200k \( -name '*.yaml' -o -name '*.json' \) |
        while read -r file; do cp "$file" "$corpus/$(echo "$file" | tr / _)"; done
else
    find tests/golden/spec tests/golden/orders/src ${CORPUS:+"$CORPUS"} -name '*.rs' |
        while read -r file; do cp "$file" "$corpus/$(echo "$file" | tr / _)"; done
fi
# Coverage needs no nightly, but cargo-fuzz asks for flags that stable refuses without this.
export RUSTC_BOOTSTRAP=1
exec cargo fuzz run --sanitizer none "$1" -- -max_total_time="${2:-3600}" -max_len=20000 -timeout=20 -rss_limit_mb=4096
