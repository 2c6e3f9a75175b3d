#!/usr/bin/env bash
# Reads the routes of foreign services from their source and compares them with what was written down
# by hand in tests/truth: how much is found (recall), how much of what is found is right (precision).
#
#   tests/spec.sh [WORD...]   only the services whose names hold one of the words
#
# The sources come from crates.io, through cargo. A route counts only if method, path, handler, file and
# line are right. Lists every miss and exits with 1 below 85 % of either, or where something that only
# the running program knows is not named.
set -euo pipefail
case "${1:-}" in
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
repository=$PWD
target=${CARGO_TARGET_DIR:-$repository/target}
cargo build --quiet --package cargo-backend-scaffold
work=$(mktemp -d "${TMPDIR:-/tmp}/backend-spec.XXXXXX")
trap 'rm -rf "$work"' EXIT

python3 - "$target/debug/cargo-backend-scaffold" "$work" "$repository/tests/truth" "$@" <<'PYTHON'
import glob, json, os, shutil, subprocess, sys, tomllib

scaffold, work, truths, *words = sys.argv[1:]
home = os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo"))
FLOOR = 0.85


def source(name, version):
    """The folder of a crate's source; cargo fetches what it shows."""
    pattern = f"{home}/registry/src/*/{name}-{version}"
    if not glob.glob(pattern):
        asked = subprocess.run(["cargo", "info", "--quiet", f"{name}@{version}"], cwd=work, capture_output=True, text=True)
        if not glob.glob(pattern):
            sys.exit(f"tests/spec.sh: cargo cannot fetch {name} {version}: {asked.stderr.strip()}")
    return glob.glob(pattern)[0]


def read(truth):
    """What `spec` says of a service that lies in a workspace with the crates beside it."""
    folder = f"{work}/{truth['crate']}-workspace"
    names = [truth["crate"], *truth["beside"]]
    for name in names:
        shutil.copytree(source(name, truth["version"]), f"{folder}/{name}")
    with open(f"{folder}/Cargo.toml", "w") as manifest:
        manifest.write(f"[workspace]\nresolver = \"2\"\nmembers = {json.dumps(names)}\n")
    run = [scaffold, "spec", "--json", "--package", truth["crate"], "--output", "openapi.json"]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(run)}: {done.stderr}")
    document = json.load(open(f"{folder}/openapi.json"))
    found = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            at = operation["x-backend-source"]
            found.add(f"{method.upper()} {path} {at['handler']} {at['file']}:{at['line']}")
    unresolved = {f"{at['file']}:{at['line']}" for at in document.get("x-backend-unresolved", [])}
    return found, unresolved


failed = False
row = "{:<26} {:>7} {:>7} {:>7} {:>8} {:>10}  {}"
print(row.format("service", "routes", "found", "right", "recall", "precision", "verdict"))
for file in sorted(glob.glob(f"{truths}/*.toml")):
    if words and not any(word in file for word in words):
        continue
    truth = tomllib.load(open(file, "rb"))
    crate = truth["crate"]
    wanted = set()
    for line in truth["registrations"]:
        method, path, handler, at = line.split()
        wanted.add(f"{method} {path} {handler} {crate}/{at}")
    found, unresolved = read(truth)
    right = wanted & found
    recall = len(right) / len(wanted)
    precision = len(right) / max(1, len(found))
    unnamed = [at for at in truth["unresolved"] if f"{crate}/{at}" not in unresolved]
    good = recall >= FLOOR and precision >= FLOOR and not unnamed
    failed |= not good
    name = f"{crate} {truth['version']}"
    print(row.format(name, len(wanted), len(found), len(right), f"{recall:.1%}", f"{precision:.1%}", "ok" if good else "FAILED"))
    for miss in sorted(wanted - found):
        print(f"    missed  {miss}")
    for wrong in sorted(found - wanted):
        print(f"    wrong   {wrong}")
    for at in unnamed:
        print(f"    unnamed {at}")
sys.exit(failed)
PYTHON
