/** From the switch to the host's way out: forwarding, weft's firewall, the firewalls of others, and the route. */
import { formatIpv4Cidr, ipv4Contains, ipv4Overlaps, parseIpv4Cidr } from '../address/ipv4.ts'
import { parseRuleset } from '../network/firewall/nft-ruleset.ts'
import { sitsOnNics } from '../network/bridge/plan-macvtap.ts'
import { pieceText } from '../network/bridge/plan-reach.ts'
import { needsFirewall } from '../network/firewall/plan-firewall.ts'
import { ipv4Of, ipv6Of, isForwarded, isSwitched } from '../network/ips.ts'
import { mtuOf, waysOut } from '../network/mtu.ts'
import { shadowSentences } from '../network/addresses/shadows.ts'
import type { NetworkSpec, SwitchedNetwork } from '../network/spec.ts'
import type { Check, Fault, NetworkPlace, Verdict } from './check.ts'
import { judgeWay, routeWords, ruleFor, ruleWords } from './way-out.ts'
import { settingOf, type Sight } from './sight.ts'

export const FORWARD_CHECKS: readonly Check[] = [
  { of: 'network', stage: 'forwarding', judge: judgeForwarding },
  { of: 'network', stage: 'subnet', judge: judgeSubnet },
  { of: 'network', stage: 'way out', judge: judgeWay },
  { of: 'network', stage: 'firewall', judge: judgeFirewall },
]

export const LAST_CHECKS: readonly Check[] = [
  { of: 'network', stage: 'this host', judge: judgeReach },
  { of: 'network', stage: 'MTU', judge: judgeMtu },
  { of: 'network', stage: 'as started', judge: judgeDrift },
]

const repairOf = ({ name }: NetworkSpec): string => `weft net repair ${name}`

function judgeForwarding({ network, sight }: NetworkPlace): Verdict {
  if (!isSwitched(network) || !isForwarded(network)) return undefined
  const { seen } = sight
  const off = (key: string, what: string, mend: string): Fault => ({
    kind: key.includes('.conf.') && !key.includes('.all.') ? 'link-forwarding-off' : 'forwarding-off',
    what,
    culprit: `sysctl ${key}`,
    mend,
  })
  if (ipv4Of(network) !== undefined && !seen.ipForward)
    return off('net.ipv4.ip_forward', 'this host passes no IPv4 packets on', repairOf(network))
  if (ipv6Of(network) !== undefined && !seen.ipv6Forwarding)
    return off('net.ipv6.conf.all.forwarding', 'this host passes no IPv6 packets on', repairOf(network))
  const links = [
    network.bridge.name,
    ...(network.forwardDevice === undefined ? [...waysOut(seen)] : [network.forwardDevice]),
  ]
  for (const link of links) {
    const key = `net.ipv4.conf.${link}.forwarding`
    if (ipv4Of(network) !== undefined && settingOf(sight, key) === '0')
      return off(key, `this host passes on nothing that comes in at ${link}`, `sysctl -w ${key}=1`)
  }
  return 'this host passes packets on'
}

/** Packets to guests must not be led elsewhere. */
function judgeSubnet({ network, sight }: NetworkPlace): Verdict {
  const ip = ipv4Of(network)
  if (!isSwitched(network) || ip === undefined) return undefined
  const { cidr } = ip
  const bridge = network.bridge.name
  for (const link of sight.seen.links) {
    const taken = link.name === bridge ? undefined : link.ipv4.find((each) => ipv4Overlaps(each, cidr))
    if (taken === undefined) continue
    // A piece of the LAN's own, whose guests are on it by proxy.
    if (network.proxied !== undefined && link.name === network.forwardDevice && taken.prefix < cidr.prefix)
      continue
    return {
      kind: 'subnet-taken',
      what: `${link.name} has ${formatIpv4Cidr(taken)}, and that is in the subnet of ${network.name}`,
      culprit: `address ${formatIpv4Cidr(taken)} of ${link.name}`,
      mend: `ip address del ${formatIpv4Cidr(taken)} dev ${link.name}`,
    }
  }
  const inTheWay = sight.examined.routes.find((route) => {
    const to = parseIpv4Cidr(route.dst.includes('/') ? route.dst : `${route.dst}/32`)
    const isUsed = route.table === undefined || route.table === 'main'
    if (to === undefined || !isUsed || route.dev === bridge || to.prefix < cidr.prefix) return false
    return ipv4Contains(cidr, to.address) && isNotOwnRoute(network, route.gateway)
  })
  if (inTheWay !== undefined)
    return {
      kind: 'subnet-routed-elsewhere',
      what: `packets for ${inTheWay.dst} go ${inTheWay.dev === undefined ? 'nowhere' : `out by ${inTheWay.dev}`}, and guests of ${network.name} are in there`,
      culprit: `route ${routeWords(inTheWay)}`,
      mend: `ip route del ${routeWords(inTheWay)}`,
    }
  const rule = ruleAgainst(network, sight)
  if (rule !== undefined) return rule
  const [sentence] = shadowSentences(network, sight.seen)
  return sentence === undefined
    ? undefined
    : {
        kind: 'subnet-shadowed',
        what: sentence,
        culprit: `whoever else has ${formatIpv4Cidr(cidr)}`,
        advice: `give one of the two another subnet: weft net edit ${network.name}`,
      }
}

/** The kernel was asked which way a packet to a guest would take. */
function ruleAgainst(network: SwitchedNetwork, sight: Sight): Fault | undefined {
  const way = sight.examined.ways.get(`to ${network.name}`)
  if (way === undefined || way.device === network.bridge.name) return undefined
  const where = way.device === undefined ? 'nowhere' : `out by ${way.device}`
  const rule = ruleFor(sight, 'dst')
  return {
    kind: 'policy-rule',
    what: `packets to guests of ${network.name} go ${where}`,
    culprit: rule === undefined ? 'the routes of this host' : `rule ${ruleWords(rule)}`,
    ...(rule === undefined
      ? { advice: 'ip route get to a guest shows which way its packets take' }
      : { mend: `ip rule del priority ${String(rule.priority)}` }),
  }
}

const isNotOwnRoute = ({ routes }: NetworkSpec, gateway: string | undefined): boolean =>
  !routes.some((route) => route.gateway === gateway)

function judgeFirewall({ network, sight: { seen } }: NetworkPlace): Verdict {
  if (!needsFirewall(network)) return undefined
  const mend = repairOf(network)
  if (seen.firewall === undefined)
    return {
      kind: 'table-gone',
      what: "weft's firewall table is gone: nothing is translated or kept apart",
      culprit: "somebody deleted table 'inet weft'",
      mend,
    }
  if (!parseRuleset(seen.firewall).isIntact)
    return {
      kind: 'table-changed',
      what: "weft's firewall table is not as weft made it",
      culprit: "somebody changed table 'inet weft'",
      mend,
    }
  return "weft's table is whole"
}

function judgeMtu({ network, sight: { seen } }: NetworkPlace): Verdict {
  if (!isSwitched(network) || !isForwarded(network)) return undefined
  const wanted = mtuOf(network, seen)
  const bridge = seen.links.find(({ name }) => name === network.bridge.name)
  if (bridge === undefined || bridge.mtu <= wanted) return `${String(wanted)} bytes`
  return {
    kind: 'mtu-smaller',
    what: `the way out carries packets of ${String(wanted)} bytes, and guests are told ${String(bridge.mtu)}`,
    culprit: `the MTU of ${[...waysOut(seen)].join(', ')}`,
    mend: repairOf(network),
  }
}

/** Whatever is left that is not as it was started. */
function judgeDrift({ network, sight }: NetworkPlace): Verdict {
  // Who looks for a guest whose cable has gone must not hear first that his port is to be forgotten.
  if (sight.plugs.some((plug) => plug.network === network.name && plug.link === undefined)) return undefined
  const [first] = sight.drift.get(network.name) ?? []
  if (first === undefined) return 'everything'
  return {
    kind: 'drift',
    what: `it is not as weft started it; to be done again: ${first.reason}`,
    culprit: `somebody changed what is of network ${network.name}`,
    mend: repairOf(network),
  }
}

/** Macvtaps are made so: nothing is wrong, and many wonder. */
function judgeReach({ network }: NetworkPlace): Verdict {
  if (!sitsOnNics(network) || network.mode !== 'bridge') return undefined
  const [device = '', ...more] = network.devices
  if (network.hostReach !== undefined)
    return `this host and guests reach each other at ${network.hostReach.map(pieceText).join(', ')}`
  const cannot = 'host and guest of a macvtap network cannot talk: the kernel keeps them apart'
  if (more.length > 0) return cannot
  return `${cannot}; weft net macvtap ${network.name} --uplink ${device} --host-reach ADDRESSES-OF-GUESTS lets them`
}
