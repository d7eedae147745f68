#!/bin/sh
# The pages of docs/decisions are numbered without a gap, so that nobody looks
# for one that is missing, and each bears the number of its file.
#
# check_decisions.sh DIR    says what is wrong, exits 1
set -eu
cd "$1/docs/decisions"
status=0
number=0
for page in *.md; do
  number=$((number + 1))
  wanted=$(printf '%04d-' "$number")
  case $page in
    "$wanted"*) ;;
    *)
      echo "docs/decisions/$page should begin with $wanted"
      status=1
      ;;
  esac
  head -n 1 "$page" | grep -q "^# $number\\. " || {
    echo "the first line of docs/decisions/$page should be \"# $number. ...\""
    status=1
  }
done
[ "$number" -gt 0 ]
exit $status
