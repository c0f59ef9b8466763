#!/usr/bin/env bash
# Fuzzes the readers with libFuzzer, ASan and UBSan: the study parser with --set, tables, overlays, journals.
#   scripts/fuzz.sh MINUTES [TARGET…]     # of study table overlay journal; MINUTES for each
# Needs clang and an ordinary build (build/libmuonphase.a). Corpora stay in build-fuzz/corpora, what crashes or hangs in
# build-fuzz/found. Exits with 1 when a target found something.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ "${1:-}" =~ ^[1-9][0-9]*$ ]] || { echo "usage: scripts/fuzz.sh MINUTES [TARGET…]" >&2; exit 2; }
minutes=$1
shift
targets=("$@")
[ $# -gt 0 ] || targets=(study table overlay journal)
CC=clang CXX=clang++ cmake -S tests/fuzz -B build-fuzz -G Ninja -DCMAKE_BUILD_TYPE=None >/dev/null
cmake --build build-fuzz --target "${targets[@]/%/_fuzz}"
python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
$python tests/fuzz/seeds.py data build-fuzz/seeds
mkdir -p build-fuzz/found
code=0
for target in "${targets[@]}"; do
  corpus=build-fuzz/corpora/$target
  mkdir -p "$corpus"
  log=build-fuzz/$target.log
  if build-fuzz/"${target}_fuzz" -max_total_time=$((60 * minutes)) -max_len=4096 -timeout=30 -rss_limit_mb=2048 \
      -artifact_prefix=build-fuzz/found/"$target"- -print_final_stats=1 "$corpus" build-fuzz/seeds/"$target" 2>"$log"; then
    found="nothing found"
  else
    found="FOUND, see $log"
    code=1
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  covered=$(grep -o 'cov: [0-9]*' "$log" | tail -1)
  echo "$target: $runs executions, $covered, $(ls "$corpus" | wc -l) inputs kept, $found"
done
exit $code
