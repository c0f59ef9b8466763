#!/usr/bin/env bash
# A command built with MUONPHASE_REPORT=OFF: no plot, no report, no explorer, and a line that says so. Usage: without_figures.sh MUONPHASE
set -u
fail() { echo "failed: $*" >&2; exit 1; }
for command in plot report explorer; do
  said=$("$1" "$command" x.h5 2>&1)
  [ $? = 2 ] || fail "$command does not end with 2"
  [ "$(printf '%s\n' "$said" | wc -l)" = 1 ] || fail "$command says more than a line: $said"
  case $said in *"built without figures"*) ;; *) fail "$command says $said" ;; esac
  for of in "" phase ode simulate validate coefficients imbalance; do
    "$1" $of --help | grep -E "^  $command |muonphase $command" && fail "'$of --help' speaks of $command"
  done
done
"$1" | grep -q "muonphase plot" && fail "the next steps speak of plot"
exit 0
