#!/usr/bin/env bash
# From a clone to the phase diagram: installs packages, builds, sweeps the default (alpha, beta) grid, draws it.
# Leaves phase.h5 and phase.png in the repository's top folder.
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/install-deps.sh
echo "quickstart: building (release, for this CPU)"
cmake --preset release -DMUONPHASE_TESTS=OFF >/dev/null
cmake --build --preset release
echo "quickstart: computing the default phase diagram"
./build/muonphase phase -o phase.h5 --force
./build/muonphase plot phase.h5 -o phase.png --force
echo "quickstart: done. The figure is phase.png, the numbers are in phase.h5 (try: ./build/muonphase info phase.h5)"
