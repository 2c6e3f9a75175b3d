#!/usr/bin/env bash
# Each plugin installs alone, answers under both of its names, and needs no cargo to run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$(mktemp -d "${TMPDIR:-/tmp}/backend-install.XXXXXX")
trap 'rm -rf "$root"' EXIT
for plugin in scaffold db load; do
    started=$SECONDS
    cargo install --quiet --locked --path "cargo-backend-$plugin" --root "$root/$plugin"
    took=$((SECONDS - started))
    program="$root/$plugin/bin/cargo-backend-$plugin"
    direct=$(cd "$root" && PATH=/nonexistent "$program" --version)
    by_cargo=$(cd "$root" && PATH="$root/$plugin/bin:$PATH" cargo "backend-$plugin" --version)
    settings=$(cd "$root" && PATH=/nonexistent "$program" config)
    [ "$direct" = "$by_cargo" ] || { echo "\`$direct\` is not \`$by_cargo\`" >&2; exit 1; }
    [[ "$settings" == *"load.concurrency"* ]] || { echo "$plugin has no settings without cargo" >&2; exit 1; }
    # What another plugin brings must not come along.
    [ "$(ls "$root/$plugin/bin")" = "cargo-backend-$plugin" ] || { ls "$root/$plugin/bin" >&2; exit 1; }
    echo "cargo-backend-$plugin: $(($(stat -c %s "$program") / 1024)) KiB, installed in $took s"
done
