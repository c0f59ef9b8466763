#!/usr/bin/env bash
# Installs packages, builds, runs every fast test. Long validations: ctest --test-dir build -L long
#   scripts/test.sh [CTEST OPTION…]
#   scripts/test.sh --sanitize [CTEST OPTION…]   # the same with ASan and UBSan, then what has threads with TSan (clang)
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" = --sanitize ]; then
  shift
  ./scripts/install-deps.sh --tests --sanitize
  presets=(asan tsan)
else
  ./scripts/install-deps.sh --tests
  presets=(release)
fi
for preset in "${presets[@]}"; do
  echo "test: building ($preset)"
  cmake --preset "$preset" -DMUONPHASE_TESTS=ON >/dev/null
  cmake --build --preset "$preset"
  echo "test: running the fast tests ($preset)"
  ctest --preset "$preset" -j "$(nproc)" "$@"
done
