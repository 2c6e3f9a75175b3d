#!/usr/bin/env bash
# Asks generated services whether they do what their documents say: schemathesis, all of its checks,
# against the compiled service on a database.
#
#   tests/conformance.sh [EXAMPLES] [DOCUMENT...]   examples for each operation and phase [default: 40]
#   tests/conformance.sh --planted [EXAMPLES]       plants bugs, each of which must be found
#
# Without DOCUMENT: the example, documents with problem+json and XML, and the tables of databases: a file of
# statements stands for one, `*.postgres.sql` on the server of TEST_POSTGRES_URL and `*.mariadb.sql` on that
# of TEST_MYSQL_URL, where those are set (tests/run.sh conformance), any other for SQLite. Prints the cases
# of each, and exits with 1 on a failure. Needs Python; schemathesis comes from PyPI.
set -euo pipefail
case "${1:-}" in
    -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
here=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
repository=$PWD
target=${CARGO_TARGET_DIR:-$repository/target}
version=4.32.5

planted=false
if [ "${1:-}" = --planted ]; then planted=true; shift; fi
examples=${1:-40}
case "$examples" in *[!0-9]* | "") echo "tests/conformance.sh: \`$examples\` is no number of examples (see --help)" >&2; exit 2 ;; esac
[ $# -gt 0 ] && shift
documents=()
for document in "$@"; do documents+=("$(cd "$here" && realpath "$document")"); done
databases=tests/golden/databases
if [ ${#documents[@]} = 0 ]; then
    documents=(examples/orders/openapi.yaml tests/golden/documents/library.yaml tests/golden/documents/bookshop.yaml tests/golden/documents/xml.yaml $databases/shop.sqlite.sql)
    [ -z "${TEST_POSTGRES_URL:-}" ] || documents+=($databases/shop.postgres.sql)
    [ -z "${TEST_MYSQL_URL:-}" ] || documents+=($databases/shop.mariadb.sql)
    documents=("${documents[@]/#/$repository/}")
fi

venv=$target/schemathesis-$version
if [ ! -x "$venv/bin/st" ]; then
    python3 -c 'import venv, ensurepip' 2>/dev/null || {
        echo "tests/conformance.sh: Python with venv is missing; install python3-venv" >&2
        exit 2
    }
    echo "Installing schemathesis $version" >&2
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version" >&2
fi

cargo build --quiet --package cargo-backend-scaffold
work=$(mktemp -d "${TMPDIR:-/tmp}/backend-conformance.XXXXXX")
server=
finish() {
    local status=$?
    trap - EXIT
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ "$status" = 0 ] && rm -rf "$work" || echo "see $work" >&2
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM
cat >"$work/Cargo.toml" <<'TOML'
[workspace]
resolver = "3"
members = []

[profile.dev]
debug = "line-tables-only"

[profile.dev.package."*"]
debug = false

[profile.dev.package.libsqlite3-sys]
opt-level = 2
TOML
cp Cargo.lock "$work/"

# What is not CRUD is written by hand, as a user would: the bodies in tests/golden/by_hand, each called
# like its operation, and those in a folder BY_HAND.
write_by_hand() { # package
    "$venv/bin/python" - "$work/$1/src/service" tests/golden/by_hand ${BY_HAND:+"$BY_HAND"} <<'PYTHON'
import pathlib, re, sys
services, *folders = map(pathlib.Path, sys.argv[1:])
for folder in folders:
    for file in sorted(folder.glob("*.rs")):
        stub = f'Err(ApiError::not_implemented("{file.stem}"))'
        for service in services.glob("*.rs"):
            text = service.read_text()
            if stub not in text:
                continue
            before, after = text.split(stub)
            # The last argument before the stub is the one that it does not use.
            before, argument, rest = before.rpartition("_request: ")
            body = "\n        ".join(file.read_text().strip().splitlines())
            service.write_text(before + argument.lstrip("_") + rest + body + after)
PYTHON
}

# Credentials that open every operation: settings of the service, and arguments of schemathesis.
credentials() { # package
    "$venv/bin/python" - "$work/$1/src/api/openapi.json" >"$work/$1.credentials" <<'PYTHON'
import base64, hashlib, hmac, json, shlex, sys, time
document = json.load(open(sys.argv[1]))
schemes = document.get("components", {}).get("securitySchemes", {}).values()
secret = "only-for-an-hour-on-this-machine"
scopes = {scope for scheme in schemes for flow in scheme.get("flows", {}).values() for scope in flow.get("scopes", {})}
part = lambda value: base64.urlsafe_b64encode(value).rstrip(b"=")
encoded = lambda value: part(json.dumps(value).encode())
claims = {"sub": "schemathesis", "exp": int(time.time()) + 3600, "scope": " ".join(sorted(scopes))}
signed = encoded({"alg": "HS256", "typ": "JWT"}) + b"." + encoded(claims)
token = signed + b"." + part(hmac.new(secret.encode(), signed, hashlib.sha256).digest())
cookies, arguments = [], []
for scheme in schemes:
    kind, place = scheme["type"], scheme.get("in")
    if kind in ("oauth2", "openIdConnect") or (kind, scheme.get("scheme", "").lower()) == ("http", "bearer"):
        arguments += ["-H", f"Authorization: Bearer {token.decode()}"]
    elif kind == "http" and scheme["scheme"].lower() == "basic":
        arguments += ["--auth", f"schemathesis:{secret}"]
    elif kind == "apiKey" and place == "header":
        arguments += ["-H", f"{scheme['name']}: {secret}"]
    elif kind == "apiKey" and place == "cookie":
        cookies.append(f"{scheme['name']}={secret}")
    else:
        sys.exit(f"tests/conformance.sh: no credentials are known for {scheme}")
if cookies:
    arguments += ["-H", "Cookie: " + "; ".join(cookies)]
print(f"export JWT_ALGORITHM=HS256 JWT_KEY={secret} API_KEYS=schemathesis:{secret} BASIC_USERS=schemathesis:{secret}")
unique = [pair for index, pair in enumerate(zip(arguments[::2], arguments[1::2])) if pair not in list(zip(arguments[::2], arguments[1::2]))[:index]]
print("credentials=(" + " ".join(shlex.quote(word) for pair in unique for word in pair) + ")")
PYTHON
}

# The URL of a package's database.
url_of() { # document, package
    case "$1" in
        *.postgres.sql) echo "${TEST_POSTGRES_URL%/*}/${2//-/_}" ;;
        *.mariadb.sql) echo "${TEST_MYSQL_URL%/*}/${2//-/_}" ;;
        *) echo "sqlite://$work/$2.db" ;;
    esac
}

# MARIADB STATEMENT...: what the client of a server is told.
mariadb_says() {
    local address=${TEST_MYSQL_URL#*@}
    address=${address%%/*}
    mariadb --no-defaults --protocol=tcp --host="${address%:*}" --port="${address#*:}" --user=root "$@"
}

# A database from a file of statements, each time anew.
fill() { # statements, package
    local name=${2//-/_}
    case "$1" in
        *.postgres.sql)
            psql --quiet --no-psqlrc "$TEST_POSTGRES_URL" --command "DROP DATABASE IF EXISTS $name WITH (FORCE)" \
                --command "CREATE DATABASE $name" 2>/dev/null
            psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --file "$1" "$(url_of "$1" "$2")" ;;
        *.mariadb.sql)
            mariadb_says --execute "DROP DATABASE IF EXISTS $name; CREATE DATABASE $name"
            mariadb_says "$name" <"$1" ;;
        *)
            rm -f "$work/$2.db"*
            "$venv/bin/python" -c 'import sqlite3, sys; sqlite3.connect(sys.argv[2]).executescript(open(sys.argv[1]).read())' "$1" "$work/$2.db" ;;
    esac
}

generate() { # document, package
    local source=("$1")
    if [ "${1##*.}" = sql ]; then
        fill "$1" "$2"
        source=(--from-db "$(url_of "$1" "$2")")
    fi
    (cd "$work" && "$target/debug/cargo-backend-scaffold" "${source[@]}" --name "$2" --quiet \
        >"$work/$2.generate.log" 2>&1) || { cat "$work/$2.generate.log" >&2; exit 1; }
    write_by_hand "$2"
}

build() { # package
    (cd "$work" && CARGO_TARGET_DIR=$target cargo build --quiet --package "$1")
}

# Runs schemathesis; its report is left in $work/PACKAGE.log. The status is its own.
ask() { # document, package
    local port status=0 document=$1
    port=$("$venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    rm -f "$work/$2.db"*
    if [ "${1##*.}" = sql ]; then
        fill "$1" "$2"
        document=$work/$2/src/api/openapi.json
    fi
    credentials "$2"
    # shellcheck disable=SC1090
    . "$work/$2.credentials"
    DATABASE_URL="$(url_of "$1" "$2")" BIND_ADDRESS="127.0.0.1:$port" RUST_LOG=warn \
        MIGRATE_ON_START="$([ -d "$work/$2/migrations" ] && echo true || echo false)" \
        MIGRATIONS_DIR="$work/$2/migrations" \
        "$target/debug/$2" >"$work/$2.server.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
        kill -0 "$server" 2>/dev/null || { cat "$work/$2.server.log" >&2; exit 1; }
        sleep 0.1
    done
    (cd "$work" && NO_COLOR=1 "$venv/bin/st" run "$document" --url "http://127.0.0.1:$port" \
        --checks all --max-examples "$examples" --seed 1 --continue-on-failure --workers 1 \
        --request-timeout 10 "${credentials[@]}" >"$work/$2.log" 2>&1) || status=$?
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
    return "$status"
}

summary() { # package
    grep -E '^ *(Operations:|Test cases:|[0-9]+ (generated|passed|unique)|API Operations|.*(generated|unique failures?))' "$work/$1.log" | sed 's/^ */    /' | head -n 12
}

if $planted; then
    document=$repository/examples/orders/openapi.yaml package=conformance-planted
    missed=0
    plant() { # name, file, sed script
        cp "$work/$package/$2" "$work/before"
        sed -i "$3" "$work/$package/$2"
        if cmp -s "$work/before" "$work/$package/$2"; then
            echo "$1: the source has changed, and the bug cannot be planted" >&2
            exit 2
        fi
        build "$package"
        if ask "$document" "$package"; then
            echo "$1: NOT FOUND"
            missed=1
        else
            echo "$1: found: $(grep -E '^ *- ' "$work/$package.log" | sort | uniq -c | sort -rn | head -n 2 | sed 's/^ *//' | paste -sd ';')"
        fi
        cp "$work/before" "$work/$package/$2"
    }
    generate "$document" "$package"
    plant "another status" src/api/traits.rs 's/StatusCode::CREATED/StatusCode::ACCEPTED/'
    plant "another name of a property" src/api/types.rs 's/rename = "createdAt"/rename = "created"/'
    plant "a bound that is not checked" src/api/router.rs 's/\.min(1)\.max(500)//'
    plant "a fault of the service's own" src/service/orders.rs \
        's/ApiError::not_found("order")/ApiError::of_status(StatusCode::INTERNAL_SERVER_ERROR)/'
    exit "$missed"
fi

failed=0
echo "schemathesis $version, $examples examples; excluded checks: none"
for document in "${documents[@]}"; do
    package=conformance-$(basename "$(dirname "$document")")-$(basename "${document%.*}" | tr . -)
    generate "$document" "$package"
    build "$package"
    started=$SECONDS
    if ask "$document" "$package"; then verdict=ok; else verdict=FAILED failed=1; fi
    echo "${document#"$repository"/}: $verdict in $((SECONDS - started)) s"
    summary "$package"
    [ "$verdict" = ok ] || sed -n '/= FAILURES =/,$p' "$work/$package.log" | cut -c 1-400
done
exit "$failed"
