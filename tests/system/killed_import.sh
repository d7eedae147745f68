#!/bin/bash
# Kills an import of the real oui.csv ten times with SIGKILL, each time at a
# random moment, and lets the eleventh finish. What is stored then must equal
# what an import without interruption stores, and verify must find nothing.
#
#     killed_import.sh ESCTL WITH_SERVER [SEED]
#
# A run prints its seed; the same seed gives the same moments.
set -euo pipefail

if [ "${3:-}" != inside ]; then
  exec "$2" "$0" "$1" "$2" inside "${3:-$RANDOM}"
fi
esctl=$1
RANDOM=$4
csv=/usr/share/ieee-data/oui.csv
psql="$POSTGRES_BIN/psql"
[ -x "$psql" ] || psql=psql
server=$EVENTSOURCE_DSN
echo "seed $4"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

[ -r "$csv" ] || fail "$csv is missing; install the package ieee-data"

# value DATABASE SQL
value() {
  "$psql" "$server dbname=$1" -qtAX -v ON_ERROR_STOP=1 -c "$2"
}

# number NAME < JSON
number() {
  sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"
}

# rows_of DATABASE TABLE: what follows from the file, no ids of events, no times.
rows_of() {
  case $2 in
    events) value "$1" "SELECT aggregate_id, aggregate_version, aggregate_type,
      type, schema_version, data, metadata FROM es.events ORDER BY 1, 2" ;;
    projection) value "$1" "SELECT id, name, registration_number, vat_number,
      vat_is_intra_com, country, created_by, version
      FROM projection.organizations ORDER BY 1" ;;
    snapshots) value "$1" "SELECT aggregate_id, aggregate_version,
      data - 'created_at' FROM es.snapshots ORDER BY 1, 2" ;;
    outbox) value "$1" "SELECT count(*) FROM es.outbox" ;;
    commands) value "$1" "SELECT aggregate_id, command_id, aggregate_version,
      event_count FROM es.commands ORDER BY 1, 2" ;;
  esac
}

# Tells which rows of which table differ, and fails if any do.
compare_content() {
  local table different=
  for table in events projection snapshots outbox commands; do
    diff <(rows_of whole $table) <(rows_of killed $table) >"$scratch/$table" ||
      {
        different="$different $table"
        head -20 "$scratch/$table" >&2
      }
  done
  [ -z "$different" ] ||
    fail "what was killed differs from what was not, in:$different"
}

check() { # DATABASE
  local stats
  stats=$("$esctl" --dsn "$server dbname=$1" stats --json)
  [ "$(number events <<<"$stats")" = 32530 ] || fail "$1: $stats"
  [ "$(number aggregates <<<"$stats")" = 18753 ] || fail "$1: $stats"
  "$esctl" --dsn "$server dbname=$1" verify || fail "$1 does not verify"
}

for database in whole killed; do
  value eventsource "CREATE DATABASE $database" >/dev/null
  "$esctl" --dsn "$server dbname=$database" migrate --quiet
done

begin=$(date +%s%N)
"$esctl" --dsn "$server dbname=whole" import "$csv"
# What is there already has to be looked up again: the moments grow from run to
# run, so that most runs get further than the last.
tenth=$((($(date +%s%N) - begin) / 10000000))
check whole

export EVENTSOURCE_DSN="$server dbname=killed"
for run in 1 2 3 4 5 6 7 8 9 10; do
  "$esctl" --quiet import "$csv" &
  pid=$!
  wait_ms=$((RANDOM % (tenth > 0 ? tenth : 1) + (run - 1) * tenth + 1))
  sleep "$(printf '%d.%03d' $((wait_ms / 1000)) $((wait_ms % 1000)))"
  kill -KILL $pid 2>/dev/null || true
  wait $pid 2>/dev/null && ended=finished || ended=killed
  events=$(value killed "SELECT count(*) FROM es.events")
  echo "run $run: $ended after $wait_ms ms, $events events"
done

last=$("$esctl" --json import "$csv")
echo "run 11: $last"
[ "$(number accepted <<<"$last")" = 32530 ] || fail "the last run: $last"
check killed
compare_content

again=$("$esctl" --json import "$csv")
[ "$(number events_added <<<"$again")" = 0 ] || fail "a second import: $again"
[ "$(number already_there <<<"$again")" = 32530 ] || fail "again: $again"
check killed
echo "killed ten times, complete and equal"
