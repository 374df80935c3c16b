#!/bin/sh
# Installs the packages of scripts/test-packages that are missing. Says what and does nothing else.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command -v dpkg-query >/dev/null || {
  echo "weft: this host has no apt; install what these packages hold in its own way:" >&2
  cat "$here/test-packages" >&2
  exit 1
}
missing=$(sed 's/#.*//; /^[[:space:]]*$/d' "$here/test-packages" | while read -r package; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
done)
[ -n "$missing" ] || exit 0
echo "installing:" $missing
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# Services would start with their packages, and change this host's network: policy-rc.d forbids it for as long as this takes.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
# shellcheck disable=SC2086
apt-get -qq install --no-install-recommends $missing >/dev/null
