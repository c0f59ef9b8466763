#!/usr/bin/env bash
# Validates the theory against Monte Carlo on every study of data/validation and writes the table of deviations.
#
#   scripts/validate-all.sh [--build DIR] [--table FILE] [STUDY.toml …] [-- ARGUMENTS OF muonphase validate]
#
# Exit code 3 when a study disagrees, deviates beyond two standard errors by more than 2 % (SignSVD), 5 % (Muon, Adam) or 4 %
# (SignSGD), or has a standard error above 0.7 %, which shows nothing. A result that is there already is not computed
# again, one that was begun goes on: remove BUILD/validation to start afresh.
set -euo pipefail
cd "$(dirname "$0")/.."

build=build
table=""
studies=()
arguments=()
while [ $# -gt 0 ]; do
  case "$1" in
    --build) build=$2; shift 2 ;;
    --table) table=$2; shift 2 ;;
    --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --) shift; arguments=("$@"); break ;;
    *) studies+=("$1"); shift ;;
  esac
done
[ ${#studies[@]} -gt 0 ] || studies=(data/validation/*.toml)

results=$build/validation
mkdir -p "$results"
verdict=0
for study in "${studies[@]}"; do
  name=$(basename "$study" .toml)
  [ -e "$results/$name.txt" ] && continue
  echo "$name"
  code=0
  rm -f "$results/$name.h5"
  "$build/muonphase" validate "$study" -o "$results/$name.h5" --resume --no-progress "${arguments[@]}" > "$results/$name.log" || code=$?
  grep -E 'worst .* median' "$results/$name.log" || true
  case $code in
    0 | 3) mv "$results/$name.log" "$results/$name.txt" ;;
    *) exit "$code" ;;
  esac
done

rows() {
  echo "| study | trials | optimizer | worst | median | standard error | beyond two standard errors | verdict |"
  echo "|---|---|---|---|---|---|---|---|"
  for study in "${studies[@]}"; do
    name=$(basename "$study" .toml)
    [ -e "$results/$name.txt" ] || continue
    trials=$(sed -nE 's/^trials *= *([0-9]+).*/\1/p' "$study")
    sed -nE "s/^(\S+) +worst (.*), median (.*), standard error (.*), beyond two standard errors (.*): (.*)$/| $name | $trials | \1 | \2 | \3 | \4 | \5 | \6 |/p" "$results/$name.txt" |
      # Limits of the full closure, in per cent, and the error from which on a row shows nothing.
      awk -F'|' -v OFS='|' '{
        limit = $4 ~ /signsvd/ ? 2 : $4 ~ /muon|adam/ ? 5 : 4
        if ($7 + 0 > 0.7) $9 = " too noisy "
        else if ($8 + 0 > limit) $9 = " beyond its limit "
        print
      }'
  done
}
if [ -n "$table" ]; then rows > "$table"; else rows; fi
rows | awk -F'|' '/%/ && $9 !~ /^ agree $/ { print $9 ":" $2 $4 $8; bad = 1 } END { exit bad }' || verdict=3
exit $verdict
