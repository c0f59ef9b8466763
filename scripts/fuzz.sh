#!/usr/bin/env bash
# Fuzzes the readers with ASan and UBSan: the study parser with --set, tables, overlays, journals, results in HDF5.
#   scripts/fuzz.sh [--afl] MINUTES [TARGET…]     # of study table overlay journal hdf5; MINUTES for each
# By libFuzzer, which needs clang, or by AFL++ (--afl). Needs an ordinary build (build/libmuonphase.a). Corpora stay in
# build-fuzz/corpora, what crashes or hangs in build-fuzz/found; with AFL++ both are in build-afl/found. Exits with 1 when
# a target found something.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=libfuzzer tree=build-fuzz compiler=clang
[ "${1:-}" != --afl ] || { tool=afl tree=build-afl compiler=afl-clang-fast; shift; }
[[ "${1:-}" =~ ^[1-9][0-9]*$ ]] || { echo "usage: scripts/fuzz.sh [--afl] MINUTES [TARGET…]" >&2; exit 2; }
minutes=$1
shift
targets=("$@")
[ $# -gt 0 ] || targets=(study table overlay journal hdf5)
CC=$compiler CXX=$compiler++ cmake -S tests/fuzz -B "$tree" -G Ninja -DCMAKE_BUILD_TYPE=None >/dev/null
cmake --build "$tree" --target "${targets[@]/%/_fuzz}"
python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
$python tests/fuzz/seeds.py data "$tree/seeds" build/muonphase
mkdir -p "$tree/found"

run_libfuzzer() { # TARGET LONGEST LEAKS
  local -x ASAN_OPTIONS=detect_leaks=$3:quarantine_size_mb=8 # small, as the HDF5 target forks for each input
  mkdir -p "$tree/corpora/$1"
  "$tree/$1_fuzz" -max_total_time=$((60 * minutes)) -max_len="$2" -detect_leaks="$3" -timeout=30 -rss_limit_mb=2048 \
    -artifact_prefix="$tree/found/$1-" -print_final_stats=1 "$tree/corpora/$1" "$tree/seeds/$1" 2>"$log" || found="FOUND, see $log"
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
  covered=$(grep -o 'cov: [0-9]*' "$log" | tail -1)
  kept=$(ls "$tree/corpora/$1" | wc -l)
  # A child of the HDF5 target that crashes, as it may, leaves its input too.
  for input in "$tree/found/$1"-*; do
    [ "$1" != hdf5 ] || [ ! -e "$input" ] || ! "$tree/hdf5_fuzz" "$input" >>"$log" 2>&1 || rm "$input"
  done
}

run_afl() { # TARGET LONGEST
  local out=$tree/found/$1
  AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_AUTORESUME=1 AFL_IGNORE_SEED_PROBLEMS=1 \
    afl-fuzz -V $((60 * minutes)) -G "$2" -t 30000 -m none -i "$tree/seeds/$1" -o "$out" -- "$tree/$1_fuzz" >"$log" 2>&1 ||
    found="STOPPED, see $log"
  statistic() { sed -n "s/^$1 *: *//p" "$out/default/fuzzer_stats"; }
  runs=$(statistic execs_done)
  covered="cov: $(statistic edges_found)"
  kept=$(statistic corpus_count)
  [ "$(statistic saved_crashes)$(statistic saved_hangs)" = 00 ] || found="FOUND, see $out/default"
}

code=0
for target in "${targets[@]}"; do
  log=$tree/$target.log
  found=
  longest=4096 leaks=1
  # No result is as small as a study, and the HDF5 library forgets what it has allocated for a damaged file.
  [ "$target" != hdf5 ] || longest=200000 leaks=0
  "run_$tool" "$target" $longest $leaks
  echo "$target: $runs executions, $covered, $kept inputs kept, ${found:-nothing found}"
  [ -z "$found" ] || code=1
done
exit $code
