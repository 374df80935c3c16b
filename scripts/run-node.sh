#!/bin/sh
# Runs a script with the Node 24 that the lockfile pins, on any machine whose own node only served to bootstrap npm.
# Compiled code is cached, so that stripping the types costs nothing from the second run on.
here=$(cd "$(dirname "$0")/.." && pwd)

run_node() {
  for node in "$here"/node_modules/node-linux-*/bin/node; do
    if "$node" -e 0 2>/dev/null; then
      export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$here/node_modules/.cache/compile}"
      exec "$node" --disable-warning=ExperimentalWarning "$@"
    fi
  done
}

run_node "$@"
# A fresh clone: what weft runs with is fetched once, without what only its developers need.
if ! command -v npm >/dev/null; then
  echo "weft: Node 24 is not installed here, and there is no npm to fetch it with; install Node 20 or later with npm" >&2
  exit 1
fi
echo "weft: fetching node modules (npm ci), once" >&2
(cd "$here" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >&2) || exit 1
# Under sudo they would belong to root, and their owner could not update them.
[ "$(id -u)" -ne 0 ] || chown -R --reference="$here/package.json" "$here/node_modules"
run_node "$@"
echo "weft: there is no Node 24 for this machine ($(uname -m)) in node_modules" >&2
exit 1
