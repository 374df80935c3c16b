/** ISC's DHCP client, as ifupdown starts it: told to renew the lease on the bridge in place of the NIC, and on the NIC again. */
import type { Handing, KeptBridge, SeenClient } from './seen-keeper.ts'

type Names = Pick<KeptBridge, 'bridge' | 'nic'>

/** The host has its address already when it is told. */
export function handClient(client: SeenClient, { bridge, nic }: Names): Partial<Handing> {
  const own = clientFor(client, bridge)
  return {
    tell: [
      'sh',
      '-c',
      `${STOP}; ${START}`,
      'client',
      client.pidFile,
      ...startWords(own, client, [nic, bridge]),
    ],
    tells: `the DHCP client renews the lease on ${bridge} and no longer on ${nic}`,
    untell: ['sh', '-c', STOP, 'client', own.pidFile],
    settle: ['sh', '-c', START, 'client', '', ...startWords(client, own, [bridge, nic])],
    renews: true,
  }
}

/** `client` is the bridge's. */
export function backClient(client: SeenClient, { bridge, nic }: Names): Partial<Handing> {
  const own = clientFor(client, nic)
  return {
    tell: ['sh', '-c', STOP, 'client', client.pidFile],
    tells: `the DHCP client lets go of ${bridge}, and keeps the lease`,
    untell: ['sh', '-c', START, 'client', '', ...startWords(client, own, [nic, bridge])],
    settle: ['sh', '-c', START, 'client', '', ...startWords(own, client, [bridge, nic])],
    renews: true,
  }
}

/** The same client for another link: all its files have the link's name in theirs. */
function clientFor({ link, argv, pidFile, leases }: SeenClient, other: string): SeenClient {
  const named = (text: string): string =>
    text === link
      ? other
      : text.replace(new RegExp(`\\.${link.replaceAll('.', '\\.')}\\.(pid|leases)$`), `.${other}.$1`)
  return { link: other, argv: argv.map(named), pidFile: named(pidFile), leases: named(leases) }
}

function startWords(to: SeenClient, from: SeenClient, [old, now]: readonly [string, string]): string[] {
  return [
    to.pidFile,
    from.leases,
    to.leases,
    old,
    now,
    'dhclient',
    '-nw',
    ...to.argv.filter((word) => word !== '-nw'),
  ]
}

const RUNS = '{ read -r pid <"$1" && grep -qa dhclient "/proc/$pid/cmdline"; } 2>/dev/null'

/** A signal gives no lease back. */
const STOP =
  `if ${RUNS}; then kill "$pid"; ` +
  'for twentieth in $(seq 200); do [ -e "/proc/$pid" ] || break; sleep 0.05; done; rm -f "$1"; fi'

/** It knows by the lease who it is to the server. It asks in the background, as the address is there already; the number comes a moment later. */
const START =
  `shift; if ! ${RUNS}; then ` +
  '[ ! -e "$2" ] || sed "s/^  interface \\"$4\\";/  interface \\"$5\\";/" "$2" >"$3"; ' +
  '(shift 5; "$@" </dev/null >/dev/null 2>&1); ' +
  `for twentieth in $(seq 200); do ${RUNS} && break; sleep 0.05; done; ${RUNS}; fi`
