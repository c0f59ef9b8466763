#!/usr/bin/env bash
# The solver of the explorer from today's sources beside the committed one, both in Node: the same answers to the same studies.
# Usage: explorer_rebuild.sh SOURCE_FOLDER BUILD_FOLDER. Exit code 77 (skipped) without emscripten or Node.
set -euo pipefail
source=$1 build=$2
for program in em++ emcmake node ninja; do command -v "$program" >/dev/null || { echo "skipped: no $program"; exit 77; }; done
# Emscripten keeps its own libraries, as they are compiled, in a cache that has to be writable.
export EM_CACHE=${EM_CACHE:-$build-cache}
[ -d "$EM_CACHE" ] || cp -r /usr/share/emscripten/cache "$EM_CACHE" 2>/dev/null || mkdir -p "$EM_CACHE"
emcmake cmake -S "$source/explorer" -B "$build" -G Ninja >/dev/null
cmake --build "$build"
exec node "$(dirname "$0")/compare_solvers.js" "$source/explorer/built" "$build"
