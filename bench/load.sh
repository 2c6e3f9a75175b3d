#!/usr/bin/env bash
# Measures cargo backend-load beside wrk, ab, hey, oha and locust: requests per second of processor
# time of the generator, counted by the server. One core each; rounds are interleaved, so that what
# drifts meets all of them. Prints medians, ranges and ratios, and asserts nothing.
#
#   apt-get install wrk hey apache2-utils; cargo install oha --locked; pip install locust
#   bench/load.sh [ROUNDS] [SECONDS]
#
# Tools that are not there are left out. OHA and LOCUST may name the programs.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-9}
seconds=${2:-3}
users=50
server_core=0
generator_core=1
oha=${OHA:-oha}
locust=${LOCUST:-locust}

cargo build --release --quiet -p cargo-backend-load --bins --example target
load=target/release/cargo-backend-load
target=target/release/examples/target
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/locustfile.py" <<'PY'
from locust import FastHttpUser, task


class User(FastHttpUser):
    @task
    def get(self):
        self.client.get("/")
PY

# generator TOOL URL: runs a tool on its core for the given time, without its words.
generator() {
    local pin="taskset -c $generator_core"
    case $1 in
    ours) $pin "$load" "$2" -c $users -d "${seconds}s" --insecure ;;
    ours-http2) $pin "$load" "$2" -c $users -d "${seconds}s" --http2 ;;
    wrk) $pin wrk -t 1 -c $users -d "${seconds}s" "$2" ;;
    ab) $pin ab -q -k -c $users -t "$seconds" -n 100000000 "$2" ;;
    hey) GOMAXPROCS=1 $pin hey -c $users -z "${seconds}s" "$2" ;;
    oha) $pin "$oha" --no-tui --insecure -c $users -z "${seconds}s" "$2" ;;
    oha-http2) $pin "$oha" --no-tui --http2 -c $users -z "${seconds}s" "$2" ;;
    locust) $pin "$locust" -f "$work/locustfile.py" --headless --host "${2%/}" -u $users -r $users -t "${seconds}s" ;;
    esac >"$work/said" 2>&1 || true
}

there() {
    case $1 in
    ours*) true ;;
    oha*) command -v "$oha" >/dev/null ;;
    locust) command -v "$locust" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# measure MODE TOOL [FLAG OF THE SERVER]: adds a line `mode tool cpu-µs-per-request requests/s`.
measure() {
    local mode=$1 tool=$2 flag=${3:-} scheme=http address requests times
    [[ $mode == tls ]] && scheme=https
    rm -f "$work/server"
    mkfifo "$work/stdin"
    # shellcheck disable=SC2086
    taskset -c $server_core "$target" $flag <"$work/stdin" >"$work/server" &
    exec 9>"$work/stdin"
    while ! [[ -s $work/server ]]; do sleep 0.02; done
    address=$(head -1 "$work/server")
    TIMEFORMAT='%U %S %R'
    { time generator "$tool" "$scheme://$address/"; } 2>"$work/times"
    exec 9>&-
    wait
    rm "$work/stdin"
    requests=$(sed -n 2p "$work/server")
    times=$(tail -1 "$work/times")
    awk -v mode="$mode" -v tool="$tool" -v n="$requests" -v s="$seconds" \
        '{ if (n > 0) printf "%s %s %.4f %.0f\n", mode, tool, ($1 + $2) * 1e6 / n, n / s }' \
        <<<"$times" >>"$work/lines"
}

echo "$(nproc) cores, $(uname -r), load average before: $(cut -d' ' -f1-3 /proc/loadavg)"
for tool in wrk ab hey oha locust; do there $tool || echo "$tool is not there: left out"; done
for ((round = 1; round <= rounds; round++)); do
    for tool in ours wrk ab hey oha locust; do there $tool && measure plain $tool; done
    for tool in ours wrk oha; do there $tool && measure tls $tool --tls; done
    for tool in ours-http2 oha-http2; do there $tool && measure http2 $tool --http2; done
done
echo "load average after: $(cut -d' ' -f1-3 /proc/loadavg); $rounds rounds of $seconds s, $users connections"

sort -k1,1 -k2,2 -k3,3n "$work/lines" | awk '
    { key = $1 " " $2; if (!(key in count)) order[++kinds] = key
      cpu[key, ++count[key]] = $3; rate[key] += $4 }
    END {
        for (kind = 1; kind <= kinds; kind++) {
            key = order[kind]; n = count[key]
            median[key] = n % 2 ? cpu[key, (n + 1) / 2] : (cpu[key, n / 2] + cpu[key, n / 2 + 1]) / 2
        }
        printf "%-18s %26s %10s %8s %8s\n", "", "CPU µs/request (range)", "req/s", "x wrk", "x oha"
        for (kind = 1; kind <= kinds; kind++) {
            key = order[kind]; n = count[key]; split(key, part, " ")
            wrk = median[part[1] " wrk"]
            oha = median[part[1] " oha"] ? median[part[1] " oha"] : median[part[1] " oha-http2"]
            printf "%-18s %10.2f (%6.2f–%6.2f) %10.0f %8s %8s\n", key, median[key], cpu[key, 1], cpu[key, n],
                rate[key] / n, wrk ? sprintf("%.2f", wrk / median[key]) : "–",
                oha ? sprintf("%.2f", oha / median[key]) : "–"
        }
    }'
