#!/bin/sh
# README.md says what CI runs: every target that .ci/run makes, and no other.
#
# check_ci.sh DIR    says what is wrong, exits 1
set -eu
cd "$1"
targets=$(sed -n 's/^make \([a-z-]*\)$/\1/p' .ci/run | sort)
[ -n "$targets" ]
said=$(sed -n '/^## Contributing/,$p' README.md | tr '\n' ' ' |
  grep -o '`make [a-z-]*`' | tr -d '`' | sed 's/^make //' | sort)
if [ "$targets" != "$said" ]; then
  echo "README.md, Contributing, says that CI runs:" $said
  echo ".ci/run makes:" $targets
  exit 1
fi
