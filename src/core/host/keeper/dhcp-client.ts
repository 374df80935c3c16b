/** ISC's DHCP clients, as ifupdown starts them: told to renew a lease on the bridge in place of the NIC, or to let go of it, and the contrary. */
import { shellJoin, shellQuote } from '../../plan/shell-quote.ts'
import type { Handing, KeptBridge, SeenClient } from './seen-keeper.ts'

type Names = Pick<KeptBridge, 'bridge' | 'nic'>

export interface Clients {
  /** Those that go from one link to the other with their leases. */
  readonly along: readonly SeenClient[]
  /** Those of the NIC that have no work while the bridge has an address of its own. */
  readonly idle: readonly SeenClient[]
}

/** On the way to the bridge: `along` are the NIC's. The host has its address already when they are told. */
export function handClients({ along, idle }: Clients, { bridge, nic }: Names): Partial<Handing> {
  const onBridge = along.map((client) => clientFor(client, bridge))
  return {
    tell: shell([
      ...[...along, ...idle].map(stopLine),
      ...along.map((client, at) => startLine(onBridge[at] ?? client, client)),
    ]),
    tells: [
      ...(along.length > 0 ? [`the DHCP client renews the lease on ${bridge} and no longer on ${nic}`] : []),
      ...(idle.length > 0 ? [`the DHCP client of ${nic} ends, and gives no lease back`] : []),
    ].join('; '),
    untell: shell(onBridge.map(stopLine)),
    settle: shell([
      ...along.map((client, at) => startLine(client, onBridge[at] ?? client)),
      ...idle.map((client) => startLine(client)),
    ]),
    isLocked: true,
    renews: [...along, ...idle].map(({ family }) => family),
    idle,
  }
}

/** On the way back: `along` are the bridge's. */
export function backClients({ along, idle }: Clients, { bridge, nic }: Names): Partial<Handing> {
  const onNic = along.map((client) => clientFor(client, nic))
  return {
    ...(along.length === 0
      ? {}
      : {
          tell: shell(along.map(stopLine)),
          tells: `the DHCP client lets go of ${bridge}, and keeps the lease`,
        }),
    untell: shell([
      ...[...onNic, ...idle].map(quitLine),
      ...along.map((client, at) => startLine(client, onNic[at])),
    ]),
    settle: shell([
      ...along.map((client, at) => startLine(onNic[at] ?? client, client)),
      ...idle.map((client) => startLine(client)),
    ]),
    isLocked: true,
    renews: [...along, ...idle].map(({ family }) => family),
  }
}

/** The same client for another link: all its files have the link's name in theirs. */
function clientFor({ link, argv, pidFile, leases, ...client }: SeenClient, other: string): SeenClient {
  const named = (text: string): string =>
    text === link
      ? other
      : text.replace(new RegExp(`\\.${link.replaceAll('.', '\\.')}\\.(pid|leases)$`), `.${other}.$1`)
  return { ...client, link: other, argv: argv.map(named), pidFile: named(pidFile), leases: named(leases) }
}

const stopLine = ({ pidFile }: SeenClient): string => `stop ${shellQuote(pidFile)}`

/** What it has got meanwhile goes, too. */
const quitLine = ({ pidFile, link, family }: SeenClient): string =>
  `stop ${shellQuote(pidFile)}; ip -${String(family)} address flush dev ${shellQuote(link)} scope global dynamic`

/** `from`: it goes on with the lease of that one, where it is the newer. */
function startLine(to: SeenClient, from?: SeenClient): string {
  const argv = ['dhclient', '-nw', ...to.argv.filter((word) => word !== '-nw')]
  const own = [to.pidFile, to.link, String(to.family), ...argv]
  if (from === undefined) return shellJoin(['start', ...own])
  return `${shellJoin(['inherit', from.leases, to.leases, from.link, to.link])}; ${shellJoin(['start', ...own])}`
}

const shell = (lines: readonly string[]): [string, ...string[]] =>
  lines.length === 0 ? ['true'] : ['sh', '-c', [FUNCTIONS, ...lines].join('\n'), 'clients']

/**
 * A signal gives no lease back; who is ended in the middle of its work may have left a script that does the rest of it. It knows by the
 * lease who it is to the server, and asks in the background, as the address is there already; its number comes a moment later. One of IPv6
 * begins by taking away all addresses that do not run out: for that moment they do.
 */
const FUNCTIONS = `runs() { { read -r pid <"$1" && grep -qa dhclient "/proc/$pid/cmdline"; } 2>/dev/null; }
stop() {
  runs "$1" || return 0
  all="$pid $(cat "/proc/$pid/task/$pid/children")"
  kill "$pid"
  for each in $all; do
    for twentieth in $(seq 200); do [ -e "/proc/$each" ] || break; sleep 0.05; done
  done
  rm -f "$1"
}
inherit() {
  [ -e "$1" ] || return 0
  [ -e "$2" ] && ! [ "$1" -nt "$2" ] || sed "s/^  interface \\"$3\\";/  interface \\"$4\\";/" "$1" >"$2"
}
lasting() {
  ip -6 -o address show dev "$1" scope global permanent -deprecated | while read -r number name inet6 each rest; do
    flags=$(printf '%s\\n' $rest | grep -xE 'nodad|noprefixroute|mngtmpaddr|home|autojoin')
    echo "address change $each dev $1" $flags
  done
}
last() { echo "$all" | sed "/./s/\$/ valid_lft $1 preferred_lft $1/" | ip -6 -force -batch -; }
start() {
  file=$1 link=$2 family=$3 all=
  shift 3
  ! runs "$file" || return 0
  [ "$family" = 4 ] || all=$(lasting "$link")
  last 999
  "$@" </dev/null >/dev/null 2>&1
  last forever
  for twentieth in $(seq 200); do runs "$file" && break; sleep 0.05; done
  runs "$file"
}`
