#!/usr/bin/env bash
# Installs a build to a scratch folder; builds and runs the consumer against it. Usage: run.sh BUILD
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cmake --install "$1" --prefix "$scratch/prefix" > "$scratch/log"
for file in bin/muonphase share/man/man1/muonphase.1 share/bash-completion/completions/muonphase share/zsh/vendor-completions/_muonphase \
            share/fish/vendor_completions.d/muonphase.fish; do
  [ -s "$scratch/prefix/$file" ] || { echo "failed: $file is not installed" >&2; exit 1; }
done
cmake -S "$here" -B "$scratch/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$scratch/prefix" > "$scratch/log" || { cat "$scratch/log"; exit 1; }
cmake --build "$scratch/build"
"$scratch/build/consumer"
if [ -e "$scratch/build/figure" ]; then "$scratch/build/figure"; fi
"$scratch/prefix/bin/muonphase" --version
