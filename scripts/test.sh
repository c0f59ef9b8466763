#!/usr/bin/env bash
# Installs packages, builds, runs every fast test. Long validations: ctest --test-dir build -L long
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/install-deps.sh --tests
echo "test: building (release, for this CPU)"
cmake --preset release -DMUONPHASE_TESTS=ON >/dev/null
cmake --build --preset release
echo "test: running the fast tests"
ctest --preset release -j "$(nproc)" "$@"
