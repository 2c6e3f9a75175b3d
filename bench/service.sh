#!/usr/bin/env bash
# Requests a second of the generated example beside the same service written by hand (bench/by_hand), on
# SQLite, driven by cargo backend-load: rounds in turn, medians, and the ratio. Exits with 1 where what is
# served falls below 0.9; a bad request is shown beside it, for the generated service names every fault of
# it and the other one says a sentence.
#
#   bench/service.sh [ROUNDS] [SECONDS]     default: 5 rounds of 4 s
#
# Needs sqlite3 of Python to fill the database; builds releases first. The floor is meant for a machine
# that does nothing else.
set -euo pipefail
case "${1:-}" in
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-5} seconds=${2:-4}
target=${CARGO_TARGET_DIR:-$PWD/target}
[ -n "${SKIP_BUILD:-}" ] || cargo build --quiet --release -p orders -p cargo-backend-load
work=$(mktemp -d)
servers=()
finish() {
    for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT
# The versions of the workspace's own lock file, so that both stand on the same libraries.
cp -R bench/by_hand "$work/by_hand"
cp Cargo.lock "$work/by_hand/"
(cd "$work/by_hand" && CARGO_TARGET_DIR=$target cargo build --quiet --release)

python3 - "$work" <<'PYTHON'
import glob, sqlite3, sys
for name in ("generated", "by_hand"):
    database = sqlite3.connect(f"{sys.argv[1]}/{name}.db")
    for migration in sorted(glob.glob("tests/golden/orders/migrations/*.up.sql")):
        database.executescript(open(migration).read())
    database.executemany("INSERT INTO customers (name, email) VALUES (?, ?)", [(f"N{n}", f"{n}@example.com") for n in range(100)])
    database.executemany("INSERT INTO orders (customer_id, status, total_cents, note) VALUES (?, 'paid', ?, 'as it comes')", [(1 + n % 100, n) for n in range(20000)])
    database.commit()
PYTHON
start() { # program, name, port
    DATABASE_URL="sqlite://$work/$2.db" BIND_ADDRESS="127.0.0.1:$3" RUST_LOG=warn "$1" >"$work/$2.log" 2>&1 &
    servers+=($!)
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$3") 2>/dev/null; then return; fi
        sleep 0.1
    done
    cat "$work/$2.log" >&2
    exit 2
}
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
generated=$(port) by_hand=$(port)
start "$target/release/orders" generated "$generated"
start "$target/release/orders-by-hand" by_hand "$by_hand"

python3 - "$target/release/cargo-backend-load" "$generated" "$by_hand" "$rounds" "$seconds" <<'PYTHON'
import json, statistics, subprocess, sys
load, generated, by_hand, rounds, seconds = sys.argv[1:]
order = json.dumps({"customerId": 1, "status": "pending", "totalCents": 5, "note": "x"})
kinds = {
    "one row": ["/orders/77"],
    "20 rows": ["/orders?limit=20&customerId=7"],
    "an order placed": ["/orders", "--method", "POST", "--body", order, "--header", "content-type: application/json", "--expect-status", "201"],
    "a bad request": ["/orders?limit=0", "--expect-status", "400"],
}
def rate(port, arguments):
    path, *more = arguments
    command = [load, f"http://127.0.0.1:{port}{path}", *more, "-c", "16", "-d", f"{seconds}s", "--json"]
    run = subprocess.run(command, capture_output=True, text=True)
    summary = json.loads(run.stdout.splitlines()[-1])["summary"] if run.stdout else {}
    if not summary.get("ok") or summary["failed"]:
        sys.exit(f"{' '.join(command)}: {summary} {run.stderr[-500:]}")
    return summary["requests_per_second"]
missed = False
print(f"{'':<18}{'generated':>12}{'by hand':>12}{'ratio':>8}")
for kind, arguments in kinds.items():
    ours, theirs = [], []
    for _ in range(int(rounds)):
        ours.append(rate(generated, arguments))
        theirs.append(rate(by_hand, arguments))
    ratio = statistics.median(one / other for one, other in zip(ours, theirs))
    missed |= ratio < 0.9 and kind != "a bad request"
    print(f"{kind:<18}{statistics.median(ours):>10.0f}/s{statistics.median(theirs):>10.0f}/s{ratio:>8.2f}")
sys.exit(missed)
PYTHON
