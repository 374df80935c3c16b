#!/bin/sh
# Every check there is, from a clean clone: packages, node modules, format, lint, types, then all kinds of test.
# Ends with one line, `N passed, N failed`, and exit code 1 when anything failed. Needs root: the tests make namespaces.
set -u
cd "$(dirname "$0")/.." || exit 1
if [ "$(id -u)" -ne 0 ]; then
  echo "weft: the kernel and guest tests need root: sudo npm run check:all" >&2
  exit 1
fi
sh scripts/install-packages.sh </dev/null || exit 1
# weft itself fetches only what it runs with: typescript tells whether everything is there.
if [ ! -e node_modules/typescript ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund </dev/null || exit 1
fi
PATH=$PWD/node_modules/.bin:$PATH
for bin in "$PWD"/node_modules/node-linux-*/bin; do
  "$bin/node" -e 0 2>/dev/null && PATH=$bin:$PATH
done

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0
failed=0

# check NAME COMMAND...: one check, shown only when it fails.
check() {
  name=$1
  shift
  began=$(date +%s)
  if "$@" >"$logs/$name" 2>&1 </dev/null; then
    passed=$((passed + 1))
    verdict=ok
  else
    failed=$((failed + 1))
    verdict=FAILED
    cat "$logs/$name"
  fi
  printf '%-10s %-8s %4d s\n' "$name" "$verdict" $(($(date +%s) - began))
}

# tests KIND: all tests of a kind; scripts/test.ts ends with a line `12 passed, 0 failed`.
tests() {
  began=$(date +%s)
  sh scripts/run-node.sh scripts/test.ts "$1" >"$logs/$1" 2>&1 </dev/null
  code=$?
  sum=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$logs/$1" | tail -n 1)
  good=${sum%% *}
  bad=${sum#*, }
  bad=${bad%% *}
  # A runner that died, or found nothing to run, has failed.
  if [ -z "$sum" ] || { [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; }; then bad=$((${bad:-0} + 1)); fi
  if [ "${good:-0}" -eq 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  passed=$((passed + ${good:-0}))
  failed=$((failed + bad))
  verdict=ok
  if [ "$bad" -ne 0 ]; then
    verdict=FAILED
    cat "$logs/$1"
  fi
  printf '%-10s %-8s %4d s   %d passed, %d failed\n' "$1" "$verdict" $(($(date +%s) - began)) "${good:-0}" "$bad"
}

check format prettier --check .
check lint eslint .
check types tsc --noEmit
for kind in unit kernel guest doors; do tests "$kind"; done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
