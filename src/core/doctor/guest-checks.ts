/** The guest itself, as far as this host can tell: its address, its way to the gateway, and who answers for it. */
import { ipv4Contains, parseIpv4 } from '../address/ipv4.ts'
import { ipv4Of, isForwarded, isSwitched } from '../network/ips.ts'
import { switchOf } from '../network/seen.ts'
import type { Check, Fault, GuestPlace, Verdict } from './check.ts'
import type { Inside, MetNeighbour } from './sight.ts'

export const GUEST_CHECKS: readonly Check[] = [
  { of: 'guest', stage: 'lease', judge: judgeLease },
  { of: 'guest', stage: 'inside', judge: judgeInside },
  { of: 'guest', stage: 'neighbour', judge: judgeNeighbour },
]

function judgeLease({ plug, network, sight }: GuestPlace): Verdict {
  const ip = ipv4Of(network)
  if (!isSwitched(network) || ip === undefined) return undefined
  if (plug.ip !== undefined) return `its address is ${plug.ip}`
  if (sight.examined.inside.has(plug.interface)) return undefined
  const heard = sight.examined.heard.get(plug.interface)
  if (ip.dhcp === undefined) return undefined
  const met = sight.examined.neighbours.find(
    (each) =>
      each.interface === network.bridge.name && each.mac === plug.mac && parseIpv4(each.ip) !== undefined,
  )
  if (met !== undefined) return `no lease: it has given itself ${met.ip}`
  if (heard === 0)
    return {
      kind: 'guest-silent',
      what: `nothing has come from ${plug.guest} yet: it does not boot, or does not use this NIC`,
      culprit: `guest ${plug.guest}`,
      advice: plug.nic === undefined ? `look into ${plug.guest}` : `weft vm console ${plug.guest}`,
    }
  return {
    kind: 'no-lease',
    what: `${plug.guest} speaks, and has no lease: it has not asked for an address, or was not answered`,
    culprit: `guest ${plug.guest}`,
    advice: `weft capture ${plug.guest} --filter 'port 67' shows what it asks`,
  }
}

function judgeInside(place: GuestPlace): Verdict {
  const { plug, network, sight } = place
  const inside = sight.examined.inside.get(plug.interface)
  const ip = ipv4Of(network)
  if (inside === undefined || ip === undefined || !isSwitched(network)) return undefined
  const wanted = plug.port?.ip
  const own = inside.addresses.flatMap(({ address }) => {
    const parsed = parseIpv4(address)
    return parsed !== undefined && ipv4Contains(ip.cidr, parsed) ? [parsed] : []
  })
  const { command, name } = inside
  if (plug.mac !== undefined && inside.mac !== undefined && inside.mac !== plug.mac)
    return {
      kind: 'guest-mac',
      what: `${name} in ${plug.guest} has the MAC ${inside.mac}, and is known as ${plug.mac}`,
      culprit: `the MAC of ${name} in namespace ${plug.guest}`,
      mend: `${command} link set dev ${name} address ${plug.mac}`,
    }
  if (wanted !== undefined && !own.includes(wanted))
    return {
      kind: 'guest-address',
      what:
        own.length === 0
          ? `${name} in ${plug.guest} has no address of the network: ${wanted} is its own`
          : `${name} in ${plug.guest} has the address ${own.join(', ')}, and ${wanted} is its own`,
      culprit: `the addresses of ${name} in namespace ${plug.guest}`,
      mend: `${command} address replace ${wanted}/${String(ip.cidr.prefix)} dev ${name}${routeAgain(place, inside)}`,
    }
  if (own.length === 0)
    return {
      kind: 'guest-no-address',
      what: `${name} in ${plug.guest} has no address of the network`,
      culprit: `${name} in namespace ${plug.guest}`,
      advice: `start a DHCP client in ${plug.guest}`,
    }
  if (isForwarded(network) && inside.gateways.length === 0)
    return {
      kind: 'guest-no-route',
      what: `${plug.guest} has no default route: it reaches its neighbours, nothing else`,
      culprit: `the routes of namespace ${plug.guest}`,
      mend: `${command} route add default via ${ip.cidr.address} dev ${name}`,
    }
  const [first] = inside.gateways
  if (isForwarded(network) && first?.device === name && first.gateway !== ip.cidr.address)
    return {
      kind: 'guest-gateway',
      what: `${plug.guest} sends everything to ${first.gateway ?? 'nobody'}, and its gateway is ${ip.cidr.address}`,
      culprit: `the default route of namespace ${plug.guest}`,
      mend: `${command} route replace default via ${ip.cidr.address} dev ${name}`,
    }
  return `${name} has ${own.join(', ')}`
}

/** With its last address a link loses its routes. */
function routeAgain({ network }: GuestPlace, { command, name, gateways }: Inside): string {
  const gateway = ipv4Of(network)?.cidr.address
  return gateway === undefined || !isForwarded(network) || gateways.length > 0
    ? ''
    : ` && ${command} route replace default via ${gateway} dev ${name}`
}

function judgeNeighbour(place: GuestPlace): Verdict {
  const { plug, network, sight } = place
  const bridge = switchOf(sight.seen, network)
  if (!isSwitched(network) || bridge === undefined || plug.ip === undefined) return undefined
  const met = sight.examined.neighbours.find((each) => each.interface === bridge.name && each.ip === plug.ip)
  if (met === undefined) return undefined
  const other = met.mac !== undefined && plug.mac !== undefined && met.mac !== plug.mac
  if (other) return anotherAnswers(place, met)
  if (met.state === 'FAILED' || met.state === 'INCOMPLETE')
    return {
      kind: 'guest-mute',
      what: `nobody answers for ${plug.ip}: ${plug.guest} does not use its address, or is not up yet`,
      culprit: `guest ${plug.guest}`,
      advice: plug.nic === undefined ? `look into ${plug.guest}` : `weft vm console ${plug.guest}`,
    }
  return `${met.mac ?? plug.guest} answers for ${plug.ip}`
}

function anotherAnswers(
  { plug, network, sight }: GuestPlace,
  { ip, mac, interface: on, state }: MetNeighbour,
): Fault {
  if (state === 'PERMANENT' || state === 'NOARP')
    return {
      kind: 'wrong-neighbour',
      what: `packets for ${ip} are sent to ${mac ?? 'nobody'}, not to ${plug.guest}: somebody has written that into the neighbour table`,
      culprit: `neighbour entry ${ip} on ${on}`,
      mend: `ip neigh del ${ip} dev ${on}`,
    }
  const thief = sight.plugs.find((each) => each.mac === mac)
  const port = sight.examined.forwarding.find((each) => each.mac === mac)?.port
  const by = thief?.guest ?? (port === undefined ? undefined : `whoever is at ${port}`) ?? `MAC ${mac ?? '?'}`
  return {
    kind: 'duplicate-address',
    what: `${by} (${mac ?? '?'}) answers for ${ip}, the address of ${plug.guest}`,
    culprit: by,
    advice:
      thief === undefined
        ? `take ${ip} away from ${by}`
        : `take ${ip} away from ${thief.guest}, or pull its cable: weft port set ${network.name} ${thief.guest} --link down`,
  }
}
