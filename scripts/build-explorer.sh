#!/usr/bin/env bash
# Compiles the solver of `muonphase explorer` and puts it into explorer/built, which the command takes it from: after a change of
# what it computes, and for a release. Needs Debian's emscripten.
#   scripts/build-explorer.sh [BUILD_FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/explorer}
mkdir -p "$build"
build=$(realpath "$build")
for program in em++ emcmake ninja; do
  command -v "$program" >/dev/null || { echo "build-explorer: $program is missing: apt-get install emscripten ninja-build" >&2; exit 1; }
done
# Emscripten keeps its own libraries, as they are compiled, in a cache that has to be writable.
export EM_CACHE=${EM_CACHE:-$build-cache}
[ -d "$EM_CACHE" ] || cp -r /usr/share/emscripten/cache "$EM_CACHE" 2>/dev/null || mkdir -p "$EM_CACHE"
commit=$(git rev-parse HEAD)
git diff --quiet HEAD -- src include explorer/browser explorer/CMakeLists.txt cmake/unity.cmake || commit="$commit with changes"
emcmake cmake -S explorer -B "$build" -G Ninja >/dev/null
cmake --build "$build"
cp "$build/solver.js" explorer/built/solver.js
gzip -9 -n -c "$build/solver.wasm" | base64 -w 120 >explorer/built/solver.wasm.gz.base64
{
  echo "commit $commit"
  em++ --version | head -1
  (cd explorer/built && sha256sum solver.js solver.wasm.gz.base64)
} >explorer/built/ORIGIN
echo "build-explorer: $(stat -c %s "$build/solver.wasm") bytes, $(stat -c %s explorer/built/solver.wasm.gz.base64) packed"
