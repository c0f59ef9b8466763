#!/usr/bin/env bash
# What the command writes for others: the study reference in docs/, completions, the manual page.
# Usage: shell.sh MUONPHASE SOURCE
set -euo pipefail
muonphase=$1 source=$2
fail() { echo "failed: $*" >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$muonphase" generate optimizers | diff - "$source/docs/optimizers.md" ||
  fail "docs/optimizers.md has drifted: muonphase generate optimizers > docs/optimizers.md"
"$muonphase" generate python-keys | diff - "$source/python/muonphase/_keys.pyi" ||
  fail "_keys.pyi has drifted: muonphase generate python-keys > python/muonphase/_keys.pyi"
"$muonphase" generate study-reference | diff - "$source/docs/study-reference.md" ||
  fail "docs/study-reference.md has drifted: muonphase generate study-reference > docs/study-reference.md"

"$muonphase" explorer -q -o "$scratch/explorer.html"
[ "$(stat -c %s "$scratch/explorer.html")" -gt 1000000 ] || fail "explorer: the page has no solver"
code=0
"$muonphase" explorer -q -o "$scratch/explorer.html" 2> /dev/null || code=$?
[ "$code" = 4 ] || fail "explorer: overwrites a page, exit code $code"

"$muonphase" generate bash > "$scratch/bash"
. "$scratch/bash"
offers() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _muonphase
  echo "${COMPREPLY[*]}"
}
[ "$(offers muonphase simu)" = simulate ] || fail "bash: muonphase simu gives $(offers muonphase simu)"
[ "$(offers muonphase ode --swe)" = --sweep-rate ] || fail "bash: ode --swe gives $(offers muonphase ode --swe)"
[ "$(offers muonphase init v)" = validate ] || fail "bash: init v gives $(offers muonphase init v)"

for shell in zsh fish; do
  "$muonphase" generate "$shell" > "$scratch/$shell"
  grep -q sweep-rate "$scratch/$shell" || fail "$shell: no --sweep-rate"
  if command -v "$shell" > /dev/null; then "$shell" -n "$scratch/$shell" || fail "$shell does not read its completion"; fi
done

"$muonphase" generate man > "$scratch/muonphase.1"
for command in phase ode simulate validate coefficients imbalance plot info export report explorer init; do
  grep -q "^.SS muonphase $command\$" "$scratch/muonphase.1" || fail "man: no $command"
done
if command -v groff > /dev/null; then
  warnings=$(groff -ww -K utf8 -man -Tutf8 "$scratch/muonphase.1" 2>&1 > "$scratch/page" | grep -v "can.t break line\|cannot adjust line\|cannot break line" || true)
  [ -z "$warnings" ] || fail "man: $warnings"
fi
