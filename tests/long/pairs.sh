#!/usr/bin/env bash
# Pairs of schemas at random, there and back: 500 on PostgreSQL, 200 on SQLite, 200 on MariaDB.
# Prints how they were spread, and how many went well.
#
#   tests/run.sh full            with the other long forms
set -euo pipefail
cd "$(dirname "$0")/../.."

for engine in "postgres 500" "sqlite 200" "mariadb 200"; do
    read -r name count <<<"$engine"
    PAIRS=$count cargo test --quiet -p cargo-backend-tests --test e2e -- --nocapture "two_${name}_schemas"
done
