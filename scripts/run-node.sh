#!/bin/sh
# Runs a script with the Node 24 that the lockfile pins, on any machine whose own node only served to bootstrap npm.
# Compiled code is cached, so that stripping the types costs nothing from the second run on.
here=$(cd "$(dirname "$0")/.." && pwd)
for node in "$here"/node_modules/node-linux-*/bin/node; do
  if "$node" -e 0 2>/dev/null; then
    export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$here/node_modules/.cache/compile}"
    exec "$node" --disable-warning=ExperimentalWarning "$@"
  fi
done
echo "weft: Node 24 is not installed here; run 'npm ci' in $here" >&2
exit 1
