#!/usr/bin/env bash
# Kills runs of `migrate` at random moments, 200 an engine, and looks whether the next run ends where an
# undisturbed one does. Ends with the count that survived.
#
#   tests/run.sh full            with the other long forms
set -euo pipefail
cd "$(dirname "$0")/../.."

KILLS=200 cargo test --quiet -p cargo-backend-tests --test e2e -- --nocapture a_killed_run_on
