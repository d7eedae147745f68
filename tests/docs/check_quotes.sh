#!/bin/sh
# Holds documents and the programs that they quote together. A quote is
#
#     <!-- examples/first_aggregate.cpp, account -->
#     ```cpp
#     ...
#     ```
#
# and must equal what stands between the marks `// --(account-begin)--` and
# `// --(account-end)--` of that file.
#
# check_quotes.sh DIR FILE...          says what differs, exits 1
# check_quotes.sh --write DIR FILE...  brings the documents up to date
set -eu
write=false
if [ "$1" = --write ]; then
  write=true
  shift
fi
dir=$1
shift
status=0
for document in "$@"; do
  fresh=$(mktemp)
  awk -v dir="$dir" '
    function slice(file, name,    line, inside) {
      inside = 0
      while ((getline line < (dir "/" file)) > 0) {
        if (line == "// --(" name "-end)--") inside = 0
        if (inside) print line
        if (line == "// --(" name "-begin)--") { inside = 1; found = 1 }
      }
      close(dir "/" file)
    }
    quoting && $0 == "```" { quoting = 0 }
    quoting { next }
    { print }
    match($0, /^<!-- [^ ,]+, [^ ]+ -->$/) {
      split($0, parts, /[ ,]+/)
      getline; print
      found = 0
      slice(parts[2], parts[3])
      if (!found) { print "no such slice: " $0 > "/dev/stderr"; exit 2 }
      quoting = 1
    }
  ' "$dir/$document" > "$fresh"
  if $write; then
    cat "$fresh" > "$dir/$document"
  elif ! diff -u "$dir/$document" "$fresh"; then
    echo "$document quotes a program that has changed since;" \
         "run tests/docs/check_quotes.sh --write . $document"
    status=1
  fi
  rm -f "$fresh"
done
exit $status
