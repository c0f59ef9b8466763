#!/usr/bin/env bash
# Every study, table and figure of docs/imbalance.md.
#
#   scripts/reproduce-imbalance.sh [--build DIR] [--results DIR] [--figures DIR]
#
# Needs a build with the Python module and Debian's python3-h5py and python3-matplotlib (scripts/install-deps.sh --tests),
# and makes the digits where they are missing (scripts/fetch-digits.sh). Half an hour on two free cores. Results that are
# there already are kept, and runs that were killed go on: remove RESULTS (build/imbalance) to start afresh.
set -euo pipefail
cd "$(dirname "$0")/.."

build=build results="" figures=docs
while [ $# -gt 0 ]; do
  case "$1" in
    --build) build=$2; shift 2 ;;
    --results) results=$2; shift 2 ;;
    --figures) figures=$2; shift 2 ;;
    --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "reproduce-imbalance.sh: unknown argument $1" >&2; exit 2 ;;
  esac
done
results=${results:-$build/imbalance}
mkdir -p "$results" "$figures"
[ -e data/digits/digits-20x20.h5 ] && [ -e data/digits/digits-8x8.h5 ] || scripts/fetch-digits.sh

# make STUDY RESULT [--set …]
make() {
  local study=data/imbalance/$1.toml out=$results/$2.h5
  shift 2
  local start=$SECONDS
  "$build/muonphase" imbalance "$study" -o "$out" -q --resume "$@"
  echo "$(basename "$out" .h5): $((SECONDS - start)) s"
}

draw() {
  "$build/muonphase" plot "$results/$1.h5" -o "$figures/imbalance-$1.png" --force -q
}

for study in population finite-sample optimizers depth trajectories strong-signal organisms; do make $study $study; done
for depth in 1 2 3 4 6; do
  deep=(--set "imbalance.depth=$depth" --set imbalance.steps=4000 --set imbalance.record=4000)
  make depth "depth-$depth" "${deep[@]}"
  make depth "three-$depth" "${deep[@]}" --set 'imbalance.priors=[0.5, 0.3, 0.2]' --set imbalance.mean_norm=1 \
    --set imbalance.noise=0.3
done
make cross-entropy cross-entropy
make cross-entropy cross-entropy-weighted --set 'imbalance.class_weights="balanced"' --set imbalance.steps=400 \
  --set imbalance.trials=8
make cross-entropy-20 cross-entropy-20
make mlp mlp
make mlp mlp-start --set imbalance.init.std=0.005
make mlp mlp-outer --set imbalance.train_outer=true
make mlp mlp-wide --set imbalance.dimension=100 --set imbalance.noise=0.4
make mlp mlp-narrow --set imbalance.dimension=10
for study in mixture-mlp coloured coloured-weighted coloured-two-layers coloured-8x8 barcodes step-1 step-5 step-20; do
  make $study $study
done
make coloured coloured-muon --set 'imbalance.optimizers=["muon"]' --set 'imbalance.tune.rates=[0.03]'
make coloured-two-layers coloured-two-layers-adam --set 'imbalance.optimizers=["adam"]' --set 'imbalance.tune.rates=[0.01]'

for name in finite-sample optimizers depth trajectories cross-entropy cross-entropy-20 barcodes organisms; do draw $name; done
/usr/bin/python3 data/imbalance/tables.py "$results"
PYTHONPATH=$build/python /usr/bin/python3 data/imbalance/figures.py "$results" "$figures"
