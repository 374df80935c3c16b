/** Beyond every network: the link to the outside, the router there, the name servers, and the tables that may be full. */
import type { Check, HostPlace, Verdict } from './check.ts'
import { judgeQuestions } from './rule-checks.ts'
import { settingOf, type Sight } from './sight.ts'
import { judgeOwnWay } from './way-out.ts'

export const HOST_CHECKS: readonly Check[] = [
  { of: 'host', stage: 'route', judge: judgeOwnWay },
  { of: 'host', stage: 'uplink', judge: judgeUplink },
  { of: 'host', stage: 'router', judge: judgeRouter },
  { of: 'host', stage: 'DNS', judge: judgeNames },
  { of: 'host', stage: 'DNS rules', judge: judgeQuestions },
  { of: 'host', stage: 'tables', judge: judgeTables },
]

const uplinkOf = ({ examined }: Sight): string | undefined => examined.ways.get('')?.device

function judgeUplink({ sight }: HostPlace): Verdict {
  const name = uplinkOf(sight)
  const link = sight.seen.links.find((each) => each.name === name)
  if (name === undefined || link === undefined) return undefined
  if (!link.isUp)
    return {
      kind: 'uplink-down',
      what: `${name}, the way to the outside, is switched off`,
      culprit: `link ${name}`,
      mend: `ip link set dev ${name} up`,
    }
  if (!link.hasCarrier)
    return {
      kind: 'uplink-no-carrier',
      what: `${name}, the way to the outside, has no carrier: its cable is out, or the other end is off`,
      culprit: `the cable of ${name}`,
      advice: 'look at the cable, and at the switch it leads to',
    }
  return `${name} is on, with carrier`
}

function judgeRouter({ sight }: HostPlace): Verdict {
  const { device, gateway } = sight.examined.ways.get('') ?? {}
  if (device === undefined || gateway === undefined) return undefined
  const met = sight.examined.neighbours.find((each) => each.interface === device && each.ip === gateway)
  if (met === undefined) return `${gateway} has not been spoken to lately`
  if (met.state !== 'FAILED' && met.state !== 'INCOMPLETE') return `${gateway} answers (${met.mac ?? '?'})`
  return {
    kind: 'router-mute',
    what: `${gateway}, the router at ${device}, does not answer`,
    culprit: `router ${gateway}`,
    advice: `it is off, or ${gateway} is not its address: ip route show default`,
  }
}

function judgeNames({ sight }: HostPlace): Verdict {
  const { examined, seen, live } = sight
  const { upstreams } = examined
  const usesThem = live.some(({ mode, dns }) => mode !== 'isolated' && dns?.isEnabled !== false)
  if (!usesThem) return undefined
  if (upstreams.length === 0)
    return {
      kind: 'no-name-server',
      what: 'this host has no name server: guests find no names of the outside',
      culprit: '/etc/resolv.conf',
      advice: 'write a line like "nameserver 192.0.2.53" into it',
    }
  const own = new Map(
    seen.links.flatMap((link) =>
      [...link.ipv4, ...link.ipv6].map(({ address }): [string, string] => [address, link.name]),
    ),
  )
  const loop = upstreams.find((server) =>
    live.some(({ bridge }) => bridge !== undefined && own.get(server) === bridge.name),
  )
  if (loop !== undefined)
    return {
      kind: 'name-server-loop',
      what: `this host asks ${loop} for names: that is its own dnsmasq, which asks this host`,
      culprit: `nameserver ${loop} in /etc/resolv.conf`,
      advice: 'name a server of the outside there',
    }
  const local = upstreams.find((server) => server.startsWith('127.') && !isServed(server, sight))
  if (local !== undefined)
    return {
      kind: 'name-server-gone',
      what: `this host asks ${local} for names, and nobody listens there`,
      culprit: `nameserver ${local} in /etc/resolv.conf`,
      ...(local === '127.0.0.53'
        ? { mend: 'systemctl restart systemd-resolved' }
        : { advice: 'start it again' }),
    }
  return `asks ${upstreams.join(', ')}`
}

const isServed = (server: string, { examined }: Sight): boolean =>
  examined.servers.some(({ port, address }) => port === 53 && (address === undefined || address === server))

/** Of a table so full that the next connection may find no room. */
const FULL = 0.98

function judgeTables({ sight }: HostPlace): Verdict {
  const count = Number(settingOf(sight, 'net.netfilter.nf_conntrack_count') ?? '0')
  const most = Number(settingOf(sight, 'net.netfilter.nf_conntrack_max') ?? '0')
  if (most > 0 && count >= most * FULL)
    return {
      kind: 'conntrack-full',
      what: `the kernel's table of connections is full: ${String(count)} of ${String(most)}; new ones are dropped`,
      culprit: 'sysctl net.netfilter.nf_conntrack_max',
      mend: `sysctl -w net.netfilter.nf_conntrack_max=${String(most * 2)}`,
    }
  const threshold = Number(settingOf(sight, 'net.ipv4.neigh.default.gc_thresh3') ?? '0')
  const neighbours = sight.examined.neighbours.filter(({ ip }) => !ip.includes(':')).length
  if (threshold > 0 && neighbours >= threshold * FULL)
    return {
      kind: 'neighbours-full',
      what: `the kernel's table of neighbours is full: ${String(neighbours)} of ${String(threshold)}; new ones are not found`,
      culprit: 'sysctl net.ipv4.neigh.default.gc_thresh3',
      mend: `sysctl -w net.ipv4.neigh.default.gc_thresh3=${String(threshold * 4)}`,
    }
  return most > 0 ? `${String(count)} of ${String(most)} connections` : undefined
}
