#!/usr/bin/env bash
# Measures how long cargo backend-db reads a large PostgreSQL schema, beside `pg_dump --schema-only`:
# 1,000 tables, 3,000 indexes (200 of them partial and over an expression), 1,000 foreign keys, 333
# checks. `introspection` is the model as JSON, `schema` the statements. Rounds are interleaved, so that
# what drifts meets
# all of them. Prints medians, ranges and ratios, and asserts nothing.
#
#   apt-get install postgresql
#   bench/db.sh [ROUNDS]
#
# Starts a server of its own; PG_BIN may name the folder of its programs.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-9}
bin=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)}
cargo build --release --quiet -p cargo-backend-db
ours=${CARGO_TARGET_DIR:-target}/release/cargo-backend-db

work=$(mktemp -d)
as_user=()
if [ "$(id -u)" = 0 ]; then
    as_user=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups env HOME="$work")
    chown nobody "$work"
fi
stop() {
    "${as_user[@]}" "$bin/pg_ctl" --pgdata "$work/data" --mode immediate stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap stop EXIT
"${as_user[@]}" "$bin/initdb" --pgdata "$work/data" --username postgres --auth trust --no-sync >/dev/null
port=$((20000 + RANDOM))
cat >>"$work/data/postgresql.conf" <<CONF
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = '$work'
shared_preload_libraries = 'pg_stat_statements'
fsync = off
CONF
"${as_user[@]}" "$bin/pg_ctl" --pgdata "$work/data" --wait --silent --log "$work/log" \
    start >/dev/null
url="postgres://postgres@127.0.0.1:$port/postgres"

{
    echo "CREATE EXTENSION pg_stat_statements;"
    for ((n = 0; n < 1000; n++)); do
        parent=$((n > 0 ? n - 1 : 0))
        check="" last="(state, created DESC)"
        if ((n % 3 == 0)); then check="CHECK (amount >= 0)"; fi
        if ((n % 5 == 0)); then last="(lower(email), created DESC) WHERE active"; fi
        cat <<SQL
CREATE TABLE table_$n (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id bigint NOT NULL REFERENCES table_$parent (id),
    email text NOT NULL, name varchar(100) DEFAULT 'unknown', amount numeric(12, 2) $check,
    state text NOT NULL DEFAULT 'new', data jsonb, created timestamptz NOT NULL DEFAULT now(),
    updated timestamptz, active boolean NOT NULL DEFAULT true
);
CREATE INDEX ON table_$n (parent_id);
CREATE INDEX ON table_$n $last;
SQL
    done
    echo "ANALYZE;"
} >"$work/schema.sql"
"$bin/psql" --quiet --dbname "$url" --set ON_ERROR_STOP=1 --single-transaction --file "$work/schema.sql" >/dev/null

cd "$work" # no project: nothing but the database is read
tool() {
    case $1 in
    pg_dump) "$bin/pg_dump" --schema-only --dbname "$url" ;;
    introspection) "$OLDPWD/$ours" backend-db schema --json --database-url "$url" ;;
    schema) "$OLDPWD/$ours" backend-db schema --database-url "$url" ;;
    analyze) "$OLDPWD/$ours" backend-db analyze --database-url "$url" --deny error ;;
    esac >"$work/said" 2>&1 || true
}
[[ $ours == /* ]] && OLDPWD=
TIMEFORMAT='%R'
echo "$(nproc) cores, PostgreSQL $("$bin/postgres" --version | sed 's/[^0-9]*//'), load average before: $(cut -d' ' -f1-3 /proc/loadavg)"
for name in pg_dump introspection schema analyze; do tool $name; done
for ((round = 1; round <= rounds; round++)); do
    for name in pg_dump introspection schema analyze; do
        seconds=$({ time tool $name; } 2>&1)
        echo "$name $seconds" >>"$work/lines"
    done
done
tool analyze
tail -1 "$work/said"
sort -k1,1 -k2,2n "$work/lines" | awk '
    { seconds[$1, ++count[$1]] = $2 }
    END {
        n = count["pg_dump"]; middle = int((n + 1) / 2); base = seconds["pg_dump", middle]
        printf "%-13s %10s %20s %10s\n", "", "median s", "range", "x pg_dump"
        split("pg_dump introspection schema analyze", names, " ")
        for (place = 1; place <= 4; place++) {
            name = names[place]
            printf "%-13s %10.3f %20s %10.2f\n", name, seconds[name, middle],
                sprintf("%.3f–%.3f", seconds[name, 1], seconds[name, n]), seconds[name, middle] / base
        }
    }'
peak() {
    /usr/bin/time -f %M "$@" 2>&1 >/dev/null | tail -1
}
if [ -x /usr/bin/time ]; then
    echo "resident at most: schema $(($(peak "$OLDPWD/$ours" backend-db schema --quiet --database-url "$url") / 1024)) MiB," \
        "analyze $(($(peak "$OLDPWD/$ours" backend-db analyze --quiet --database-url "$url") / 1024)) MiB"
fi
