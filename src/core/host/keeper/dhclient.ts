/** ISC's DHCP client: how it begins on a link with the lease that it had on another. */
import { shellJoin } from '../../plan/shell-quote.ts'
import type { SeenClient } from './seen-keeper.ts'

export function dhclientFor(
  { link, argv, pidFile, leases, ...client }: SeenClient,
  other: string,
): SeenClient {
  const named = (text: string): string =>
    text === link
      ? other
      : text.replace(new RegExp(`\\.${link.replaceAll('.', '\\.')}\\.(pid|leases)$`), `.${other}.$1`)
  return { ...client, link: other, argv: argv.map(named), pidFile: named(pidFile), leases: named(leases) }
}

export function dhclientStart(to: SeenClient, from?: SeenClient): string {
  const words = ['dhclient', '-nw', ...to.argv.filter((word) => word !== '-nw')]
  const start = shellJoin(['start_dhclient', to.pidFile, to.link, to.families.join(''), ...words])
  if (from === undefined) return start
  return `${shellJoin(['inherit_dhclient', from.leases, to.leases, from.link, to.link])}\n${start}`
}

/**
 * It knows by the lease who it is to the server. One of IPv6 needs a link-local address, which a bridge has when the kernel has seen its
 * cable, and begins by taking away all addresses of the link that do not run out: for that moment they do.
 */
export const DHCLIENT = `inherit_dhclient() {
  ! is_newer "$1" "$2" || sed "s/^  interface \\"$3\\";/  interface \\"$4\\";/" "$1" >"$2"
}
await_local() {
  for twentieth in $(seq 200); do
    [ -z "$(ip -6 -o address show dev "$1" scope link -tentative)" ] || break
    sleep 0.05
  done
}
lasting() {
  ip -6 -o address show dev "$1" scope global permanent -deprecated | while read -r number name inet6 each rest; do
    flags=$(printf '%s\\n' $rest | grep -xE 'nodad|noprefixroute|mngtmpaddr|home|autojoin')
    echo "address change $each dev $1" $flags
  done
}
last() { echo "$all" | sed "/./s/\\$/ valid_lft $1 preferred_lft $1/" | ip -6 -force -batch -; }
start_dhclient() {
  file=$1 link=$2 family=$3 all=
  shift 3
  ! runs "$file" dhclient || return 0
  [ "$family" = 4 ] || { await_local "$link"; all=$(lasting "$link"); }
  last 999
  "$@" </dev/null >/dev/null 2>&1
  last forever
  await "$file" dhclient
}`
