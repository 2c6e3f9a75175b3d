#!/usr/bin/env bash
# The workload of tests/e2e/db/workload.rs with five million rows: prints what was promised and what
# was measured.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export WORKLOAD_SCALE=730000
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --package cargo-backend-tests --no-capture -E 'test(planted_indexes)'
else
    cargo test --package cargo-backend-tests --test e2e -- --nocapture planted_indexes
fi
