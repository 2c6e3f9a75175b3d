#!/usr/bin/env bash
# Measures cargo backend-db beside its peers, on a PostgreSQL server of its own. Rounds are interleaved, so
# that what drifts meets all of them; a ratio is the median of the ratios within each round. Prints medians,
# ranges and ratios, and asserts nothing.
#
#   bench/db.sh [ROUNDS] [PART...]      9 rounds, all parts
#   bench/db.sh --install               peers of these versions into target/peers, then as above
#
#   migrate   500 small migrations (100 tables, 400 columns), then a run with nothing to do: beside sqlx-cli,
#             dbmate, and psql with one transaction for each
#   compare   two live databases of 140 tables, and of 1,000, with three differences: beside migra
#   lint      342 files of 1.6 kB: beside squawk
#   read      1,000 tables, 3,000 indexes, 1,000 foreign keys: `schema` and `analyze` beside pg_dump
#
# Peers that are not there are left out. PG_BIN may name the folder of PostgreSQL's programs, OURS a program
# that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."

peers=$PWD/target/peers
if [ "${1:-}" = --install ]; then
    shift
    cargo install --quiet sqlx-cli --version 0.9.0 --no-default-features --features postgres,sqlite --root "$peers"
    npm install --no-fund --no-audit --prefix "$peers" dbmate@2.36.0 squawk-cli@2.70.0
    python3 -m venv "$peers/migra"
    "$peers/migra/bin/pip" install --quiet "setuptools<80" "sqlalchemy<2" psycopg2-binary migra==3.0.1663481299
fi
rounds=9
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    rounds=$1
    shift
fi
parts=("${@:-migrate compare lint read}")
bin=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)}
ours=${OURS:-${CARGO_TARGET_DIR:-$PWD/target}/release/cargo-backend-db}
[ -n "${OURS:-}" ] || cargo build --release --quiet -p cargo-backend-db
sqlx=$(ls "$peers/bin/sqlx" 2>/dev/null || true)
dbmate=$(ls "$peers/node_modules/.bin/dbmate" 2>/dev/null || true)
squawk=$(ls "$peers"/node_modules/squawk-cli/js/binaries/squawk "$peers/node_modules/.bin/squawk" 2>/dev/null | head -1 || true)
migra=$(ls "$peers/migra/bin/migra" 2>/dev/null || true)

# --- a server -------------------------------------------------------------------------------------

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
"${as_user[@]}" "$bin/pg_ctl" --pgdata "$work/data" --wait --silent --log "$work/log" start >/dev/null
server="postgres://postgres@127.0.0.1:$port"
psql() { "$bin/psql" --quiet --no-psqlrc --set ON_ERROR_STOP=1 "$@" >/dev/null; }
empty() { # NAME: an empty database of that name
    psql --dbname "$server/postgres" --command "DROP DATABASE IF EXISTS $1" --command "CREATE DATABASE $1" 2>/dev/null
}
cd "$work" # no project: nothing but what is named is read

# --- times ----------------------------------------------------------------------------------------

# timed TABLE NAME COMMAND...: one line with the milliseconds; the exit status is the tool's own affair.
timed() {
    local table=$1 name=$2 began
    shift 2
    began=$(date +%s%N)
    "$@" >"$work/said" 2>&1 || true
    echo "$name $((($(date +%s%N) - began) / 1000))" >>"$work/$table"
}
# must NAME WORDS: what the last command said has to have these words in it.
must() {
    grep -q -- "$2" "$work/said" || { echo "bench/db.sh: $1 did not do its work:" >&2; tail -5 "$work/said" >&2; exit 1; }
}
# summary TABLE BASE: medians and ranges, and each beside BASE in the same round.
summary() {
    awk -v base="$2" '
        { us[$1, ++count[$1]] = $2; if (!($1 in seen)) { seen[$1]; names[++n] = $1 } }
        function sort(list, length_,   i, j, x) {
            for (i = 2; i <= length_; i++) {
                x = list[i]
                for (j = i - 1; j > 0 && list[j] > x; j--) list[j + 1] = list[j]
                list[j + 1] = x
            }
        }
        END {
            printf "%-26s %10s %19s %12s\n", "", "median ms", "range", base " ="
            for (k = 1; k <= n; k++) {
                name = names[k]; c = count[name]; middle = int((c + 1) / 2)
                split("", own); split("", ratio)
                for (i = 1; i <= c; i++) { own[i] = us[name, i] / 1000; ratio[i] = us[base, i] / us[name, i] }
                sort(own, c); sort(ratio, c)
                printf "%-26s %10.1f %19s %11.2fx\n", name, own[middle], sprintf("%.1f–%.1f", own[1], own[c]), ratio[middle]
            }
        }' "$work/$1"
}

# --- migrate --------------------------------------------------------------------------------------

migrations() {
    mkdir -p pairs both
    local n version up down
    for ((n = 0; n < 500; n++)); do
        version=$((20200101000000 + n))
        if ((n % 5 == 0)); then
            up="CREATE TABLE table_$n (id bigint PRIMARY KEY, name text NOT NULL);" down="DROP TABLE table_$n;"
        else
            up="ALTER TABLE table_$((n - n % 5)) ADD COLUMN c_$n integer;" down="ALTER TABLE table_$((n - n % 5)) DROP COLUMN c_$n;"
        fi
        echo "$up" >"pairs/${version}_step.up.sql"
        echo "$down" >"pairs/${version}_step.down.sql"
        printf -- '-- migrate:up\n%s\n\n-- migrate:down\n%s\n' "$up" "$down" >"both/${version}_step.sql"
        printf 'BEGIN;\n%s\nCOMMIT;\n' "$up" >>all.sql
    done
}
migrate_by() { # NAME DATABASE
    case $1 in
    ours) "$ours" backend-db migrate --quiet --migrations pairs --database-url "$server/$2" ;;
    sqlx) "$sqlx" migrate run --source pairs --database-url "$server/$2?sslmode=disable" ;;
    dbmate) "$dbmate" --no-dump-schema --migrations-dir both --url "$server/$2?sslmode=disable" up ;;
    psql) "$bin/psql" --quiet --dbname "$server/$2" --file all.sql ;;
    esac
}
bench_migrate() {
    local names=(ours psql) name round
    [ -n "$sqlx" ] && names+=(sqlx)
    [ -n "$dbmate" ] && names+=(dbmate)
    migrations
    for ((round = 0; round <= rounds; round++)); do # the first one warms up
        for name in "${names[@]}"; do
            empty "by_$name"
            timed migrate "$name" migrate_by "$name" "by_$name"
            "$bin/psql" --tuples-only --dbname "$server/by_$name" \
                --command "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'table_%'" >"$work/said"
            must "$name" 100
            [ "$name" = psql ] || timed nothing "$name" migrate_by "$name" "by_$name"
        done
        ((round > 0)) || rm -f migrate nothing
    done
    echo "== migrate: 500 small migrations"
    summary migrate ours
    echo "== migrate: nothing to do"
    summary nothing ours
}

# --- compare --------------------------------------------------------------------------------------

tables() { # COUNT
    local n parent check last
    for ((n = 0; n < $1; n++)); do
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
}
compare_by() { # NAME COUNT
    case $1 in
    ours) "$ours" backend-db compare "$server/new_$2" --database-url "$server/old_$2" --offline ;;
    migra) "$migra" --unsafe "${server/postgres:/postgresql:}/old_$2" "${server/postgres:/postgresql:}/new_$2" ;;
    esac
}
bench_compare() {
    local names=(ours) count name round
    [ -n "$migra" ] && names+=(migra)
    for count in 140 1000; do
        tables "$count" >tables.sql
        empty "old_$count"
        psql --dbname "$server/old_$count" --single-transaction --file tables.sql
        psql --dbname "$server/postgres" --command "CREATE DATABASE new_$count TEMPLATE old_$count"
        psql --dbname "$server/new_$count" --command \
            "ALTER TABLE table_7 ADD COLUMN note text; CREATE INDEX added ON table_9 (email); ALTER TABLE table_11 ALTER COLUMN name SET NOT NULL"
        for ((round = 0; round <= rounds; round++)); do
            for name in "${names[@]}"; do
                timed "compare_$count" "$name" compare_by "$name" "$count"
                must "$name" added
            done
            ((round > 0)) || rm -f "compare_$count"
        done
        echo "== compare: two databases of $count tables"
        summary "compare_$count" ours
    done
}

# --- lint -----------------------------------------------------------------------------------------

files() {
    mkdir -p files
    local n
    for ((n = 0; n < 342; n++)); do
        cat >"files/$((20200101000000 + n))_change.up.sql" <<SQL
-- What the shop needs next: change $n.
CREATE TABLE orders_$n (
    id serial PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers ON UPDATE CASCADE ON DELETE CASCADE,
    note varchar(200) NOT NULL DEFAULT 'none', total numeric(12, 2) CHECK (total >= 0), paid boolean DEFAULT false,
    published timestamp NOT NULL DEFAULT now(), updated timestamp
);
CREATE INDEX idx_orders_${n}_customer ON orders_$n (customer_id);
ALTER TABLE customers ADD COLUMN count_$n bigint NOT NULL DEFAULT 0, ADD COLUMN score_$n double precision;
ALTER TABLE customers ADD CONSTRAINT score_$n CHECK (score_$n > 0);
CREATE INDEX idx_customers_$n ON customers (score_$n DESC, id);
ALTER TABLE customers ALTER COLUMN name SET NOT NULL;
CREATE FUNCTION customers_count_$n() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
    IF (TG_OP = 'INSERT') THEN
        UPDATE customers SET count_$n = count_$n + 1 WHERE id = NEW.customer_id;
    ELSIF (TG_OP = 'DELETE') THEN
        UPDATE customers SET count_$n = count_$n - 1 WHERE id = OLD.customer_id;
    END IF;
    RETURN NULL;
END \$\$;
CREATE TRIGGER customers_count AFTER INSERT OR DELETE ON orders_$n FOR EACH ROW EXECUTE PROCEDURE customers_count_$n();
CREATE VIEW orders_${n}_view AS
    SELECT o.*, c.name AS customer_name, c.score_$n AS customer_score, coalesce(o.updated, o.published) AS changed
    FROM orders_$n o INNER JOIN customers c ON c.id = o.customer_id WHERE o.paid = false;
UPDATE customers SET count_$n = (SELECT count(*) FROM orders_$n o WHERE o.customer_id = customers.id);
DROP VIEW IF EXISTS old_view_$n;
ALTER TABLE customers DROP COLUMN IF EXISTS old_$n;
SQL
    done
}
lint_by() {
    case $1 in
    ours) "$ours" backend-db lint files --engine postgres ;;
    squawk) "$squawk" files/*.sql ;;
    esac
}
bench_lint() {
    local names=(ours) name round
    [ -n "$squawk" ] && names+=(squawk)
    files
    for ((round = 0; round <= rounds; round++)); do
        for name in "${names[@]}"; do
            timed lint "$name" lint_by "$name"
            must "$name" 20200101000341_change
        done
        ((round > 0)) || rm -f lint
    done
    echo "== lint: 342 files, $(du -cb files/*.sql | tail -1 | cut -f1) bytes"
    summary lint ours
}

# --- read -----------------------------------------------------------------------------------------

read_by() {
    case $1 in
    pg_dump) "$bin/pg_dump" --schema-only --dbname "$server/large" ;;
    introspection) "$ours" backend-db schema --json --database-url "$server/large" ;;
    schema) "$ours" backend-db schema --database-url "$server/large" ;;
    analyze) "$ours" backend-db analyze --database-url "$server/large" --deny error ;;
    esac
}
bench_read() {
    local name round
    tables 1000 >tables.sql
    empty large
    psql --dbname "$server/large" --command "CREATE EXTENSION pg_stat_statements"
    psql --dbname "$server/large" --single-transaction --file tables.sql
    for ((round = 0; round <= rounds; round++)); do
        for name in introspection schema analyze pg_dump; do timed read "$name" read_by "$name"; done
        ((round > 0)) || rm -f read
    done
    echo "== read: 1,000 tables"
    summary read pg_dump
    if [ -x /usr/bin/time ]; then
        peak() { /usr/bin/time -f %M "$ours" backend-db "$1" --quiet --database-url "$server/large" 2>&1 >/dev/null | tail -1; }
        echo "resident at most: schema $(($(peak schema) / 1024)) MiB, analyze $(($(peak analyze) / 1024)) MiB"
    fi
}

echo "$(nproc) cores, PostgreSQL $("$bin/postgres" --version | sed 's/[^0-9]*//') without fsync, load average before: $(cut -d' ' -f1-3 /proc/loadavg)"
for part in ${parts[*]}; do "bench_$part"; done
