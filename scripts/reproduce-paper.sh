#!/usr/bin/env bash
# Every published figure and number of "Phases of Muon" (arXiv 2605.09552) beside ours, docs/paper.md, and the spectral
# powers of docs/muon.md.
#
#   scripts/reproduce-paper.sh [--build DIR] [--results DIR] [--figures DIR]
#
# Needs a build with the Python module and Debian's python3-h5py and python3-matplotlib (scripts/install-deps.sh --tests).
# Seven minutes on two cores. Results that are there already are kept: remove RESULTS (build/paper) to start afresh.
set -euo pipefail
cd "$(dirname "$0")/.."

build=build results="" figures=docs/paper
while [ $# -gt 0 ]; do
  case "$1" in
    --build) build=$2; shift 2 ;;
    --results) results=$2; shift 2 ;;
    --figures) figures=$2; shift 2 ;;
    --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "reproduce-paper.sh: unknown argument $1" >&2; exit 2 ;;
  esac
done
results=${results:-$build/paper}
mkdir -p "$results"

# make COMMAND STUDY RESULT [--set …]
make() {
  local command=$1 study=data/paper/$2.toml out=$results/$3.h5
  shift 3
  [ -e "$out" ] && return
  echo "$(basename "$out" .h5)"
  "$build/muonphase" "$command" "$study" -o "$out" -q --resume "$@"
}

for batch in 10000 2000 500 100; do make coefficients modes "modes-$batch" --set "problem.batch=$batch"; done
for batch in 200 400 600; do make coefficients density "density-$batch" --set "problem.batch=$batch"; done
for momentum in 0 0.9 0.95 0.99; do
  make coefficients momentum "momentum-$momentum" --set "run.optimizer.muon.momentum=$momentum"
done
for size in 256 1024 4096; do
  for ratio in 0.125 0.5 1 2 8; do
    batch=$(awk "BEGIN { printf \"%d\", $size * $ratio }")
    make coefficients isotropic "isotropic-$size-$ratio" --set "problem.n_out=$size" --set "problem.n_in=$size" \
      --set "problem.batch=$batch"
  done
done
for alpha in 0.7 1 1.5; do
  for batch in 10 30 100 300 1000 3000 10000 30000; do
    make coefficients resolution "resolution-$alpha-$batch" --set "problem.input.alpha=$alpha" --set "problem.batch=$batch"
  done
done
make ode times times
make ode times-signsgd times-signsgd
for size in 256 512; do
  for command in ode simulate; do
    make $command floor "floor-$command-$size" --set "problem.n_out=$size" --set "problem.n_in=$size" \
      --set "problem.batch=$((2 * size))"
  done
done
/usr/bin/python3 data/paper/figures.py "$results" "$figures"
PYTHONPATH=$build/python /usr/bin/python3 data/paper/spectral-power.py "$figures/spectral-power.png"
