/** DHCP clients, as ifupdown starts them: each renews its lease on the bridge in place of the NIC, or lets go of it, and the contrary. */
import { shellJoin, shellQuote } from '../../plan/shell-quote.ts'
import { DHCLIENT, dhclientFor, dhclientStart } from './dhclient.ts'
import { DHCPCD, dhcpcdFor, dhcpcdForget, dhcpcdStart } from './dhcpcd.ts'
import type { Handing, KeptBridge, SeenClient } from './seen-keeper.ts'

type Names = Pick<KeptBridge, 'bridge' | 'nic' | 'address'>

export interface Clients {
  /** Those that go from one link to the other with their leases. */
  readonly along: readonly SeenClient[]
  /** Those of the NIC that have no work while the bridge has an address of its own. */
  readonly idle: readonly SeenClient[]
  /** Those of the bridge that begin and end with it. */
  readonly fresh: readonly SeenClient[]
}

/** On the way to the bridge: `along` are the NIC's. */
export function handClients(
  { along, idle, fresh }: Clients,
  { bridge, nic, address }: Names,
): Partial<Handing> {
  const [own, onBridge] = [[...along, ...idle], along.map((client) => clientFor(client, bridge))]
  const come = [...onBridge, ...fresh]
  return {
    ...(own.length === 0
      ? {}
      : {
          first: {
            argv: shell(own, own.map(stopLine)),
            reason: `the DHCP client lets go of ${nic}, and keeps the lease`,
          },
          settle: shell(own, [
            ...along.map((client, at) => startLines(client, onBridge[at])),
            ...idle.map((client) => startLines(client)),
          ]),
        }),
    ...(come.length === 0
      ? {}
      : {
          tell: shell(come, [
            ...onBridge.map((client, at) => startLines(client, along[at])),
            ...fresh.map((client) => startLines(client)),
          ]),
          tells:
            address?.ipv4 === 'dhcp'
              ? `the DHCP client asks for an address on ${bridge}`
              : `the DHCP client renews the lease on ${bridge}, where the host has its address already`,
          untell: shell(come, [...onBridge.map(stopLine), ...fresh.map(quitLine)]),
        }),
    isLocked: true,
    renews: own.flatMap(({ families }) => families),
    idle,
  }
}

/** On the way back: `along` are the bridge's. */
export function backClients({ along, idle, fresh }: Clients, { bridge, nic }: Names): Partial<Handing> {
  const onNic = along.map((client) => clientFor(client, nic))
  const [go, stay] = [
    [...along, ...fresh],
    [...onNic, ...idle],
  ]
  return {
    ...(go.length === 0
      ? {}
      : {
          tell: shell(go, [...along.map(stopLine), ...fresh.map(endLine)]),
          tells: `the DHCP client lets go of ${bridge}${along.length === 0 ? '' : ', and keeps the lease'}`,
        }),
    untell: shell(
      [...go, ...stay],
      [
        ...stay.map(quitLine),
        ...along.map((client, at) => startLines(client, onNic[at])),
        ...fresh.map((client) => startLines(client)),
      ],
    ),
    ...(stay.length === 0
      ? {}
      : {
          settle: shell(stay, [
            ...along.map((client, at) => startLines(onNic[at] ?? client, client)),
            ...idle.map((client) => startLines(client)),
          ]),
        }),
    isLocked: true,
    renews: [...go, ...idle].flatMap(({ families }) => families),
  }
}

/** The same client for another link: all its files have the link's name in theirs. */
const clientFor = (client: SeenClient, link: string): SeenClient =>
  client.program === 'dhclient' ? dhclientFor(client, link) : dhcpcdFor(client, link)

/** `from`: it goes on with the lease of that one, where it is the newer. */
const startLines = (to: SeenClient, from?: SeenClient): string =>
  (to.program === 'dhclient' ? dhclientStart : dhcpcdStart)(to, from)

const stopLine = ({ pidFile, program }: SeenClient): string => shellJoin(['stop', pidFile, program])

/** What the host was told of names goes, too. */
const endLine = (client: SeenClient): string =>
  client.program === 'dhclient' ? stopLine(client) : `${stopLine(client)}\n${dhcpcdForget(client)}`

/** And what it has got meanwhile. */
const quitLine = (client: SeenClient): string =>
  [
    endLine(client),
    ...client.families.map(
      (family) => `ip -${String(family)} address flush dev ${shellQuote(client.link)} scope global dynamic`,
    ),
  ].join('\n')

function shell(clients: readonly SeenClient[], lines: readonly string[]): [string, ...string[]] {
  const functions = (['dhclient', 'dhcpcd'] as const).flatMap((program) =>
    clients.some((client) => client.program === program) ? FUNCTIONS[program] : [],
  )
  return ['sh', '-c', [BOTH, ...functions, ...lines].join('\n'), 'clients']
}

const FUNCTIONS = { dhclient: DHCLIENT, dhcpcd: DHCPCD }

/**
 * A signal gives no lease back. Who is ended in the middle of its work may have left a script that does the rest of it. One that does
 * not end at a word, as dhcpcd does not where it has only just begun, is killed: its place is another's. One that begins
 * asks in the background, as the address is there already; its number comes a moment later.
 */
const BOTH = `runs() { { read -r pid <"$1" && grep -qa "$2" "/proc/$pid/cmdline"; } 2>/dev/null; }
stop() {
  runs "$1" "$2" || return 0
  all="$pid $(cat "/proc/$pid/task/$pid/children")"
  kill "$pid"
  for twentieth in $(seq 200); do
    left=
    for each in $all; do [ ! -e "/proc/$each" ] || left="$left $each"; done
    [ -n "$left" ] || break
    sleep 0.05
  done
  [ -z "$left" ] || kill -KILL $left
  rm -f "$1"
}
is_newer() { [ -e "$1" ] && { [ ! -e "$2" ] || [ "$1" -nt "$2" ]; }; }
await() {
  for twentieth in $(seq 200); do runs "$1" "$2" && break; sleep 0.05; done
  runs "$1" "$2"
}`
