#!/bin/sh
# run.sh BUILD_DIR SECONDS JOBS [TARGET]: runs each fuzz target for so long, so
# many beside each other, from the kept corpus. What libFuzzer adds stays in
# BUILD_DIR/corpus, an input that breaks a law in BUILD_DIR/findings. Prints a
# line for each target; fails if there is a finding.
set -eu
build=$(realpath "$1")
seconds=$2
jobs=$3
kept=$(dirname "$(realpath "$0")")/corpus
if [ -n "${4:-}" ]; then
  targets=$4
else
  targets=$(cd "$build/bin" && ls -d fuzz_* | sed s/^fuzz_//)
fi
mkdir -p "$build/findings" "$build/logs"

run_one() {
  mkdir -p "$build/corpus/$1"
  log=$build/logs/$1.log
  outcome=clean
  nice "$build/bin/fuzz_$1" -max_total_time="$seconds" -timeout=20 \
    -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
    -artifact_prefix="$build/findings/$1-" "$build/corpus/$1" "$kept/$1" \
    > "$log" 2>&1 || outcome="FINDING, see $log"
  awk -v name="$1" -v outcome="$outcome" '
    / cov: / { for (i = 1; i < NF; ++i) if ($i == "cov:") cov = $(i + 1) }
    /number_of_executed_units/ { runs = $2 }
    END { printf "%-16s %12d runs %7d edges  %s\n", name, runs, cov, outcome }
  ' "$log"
  [ "$outcome" = clean ]
}

if [ -n "${ES_FUZZ_ONE:-}" ]; then
  run_one "$ES_FUZZ_ONE"
  exit
fi
for target in $targets; do echo "$target"; done \
  | xargs -P "$jobs" -I {} env ES_FUZZ_ONE={} "$0" "$build" "$seconds" "$jobs"
