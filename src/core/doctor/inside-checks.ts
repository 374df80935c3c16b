/** The guest's own end, as a namespace shows it and a machine's agent tells it: its MAC, its addresses, its way to the gateway. */
import { ipv4Contains, parseIpv4, type Ipv4Address } from '../address/ipv4.ts'
import { ipv4Of, isForwarded, isSwitched } from '../network/ips.ts'
import type { Ipv4Spec } from '../network/spec.ts'
import type { Fault, GuestPlace, Verdict } from './check.ts'
import type { Inside } from './sight.ts'

interface Within extends GuestPlace {
  readonly inside: Inside
  readonly ip: Ipv4Spec
  /** In the network's subnet. */
  readonly own: readonly Ipv4Address[]
  /** What is its own as this host knows it; of a machine by its lease, or kept for it. */
  readonly wanted: string | undefined
}

export function judgeInside(place: GuestPlace): Verdict {
  const { plug, network, sight } = place
  const inside = sight.examined.inside.get(plug.interface)
  const ip = ipv4Of(network)
  if (inside === undefined || ip === undefined || !isSwitched(network)) return undefined
  const own = inside.addresses.flatMap(({ address }) => {
    const parsed = parseIpv4(address)
    return parsed !== undefined && ipv4Contains(ip.cidr, parsed) ? [parsed] : []
  })
  const wanted = plug.port?.ip ?? (inside.of === 'machine' ? plug.ip : undefined)
  const within: Within = { ...place, inside, ip, own, wanted }
  const fault = anotherMac(within) ?? anothersAddress(within) ?? notItsAddress(within) ?? wrongWay(within)
  return fault ?? (own.length === 0 ? undefined : `${inside.name} has ${own.join(', ')}`)
}

const where = ({ inside, plug }: Within): string => `${inside.of} ${plug.guest}`

function anotherMac(within: Within): Fault | undefined {
  const { plug, inside } = within
  if (plug.mac === undefined || inside.mac === undefined || inside.mac === plug.mac) return undefined
  return {
    kind: 'guest-mac',
    what: `${inside.name} in ${plug.guest} has the MAC ${inside.mac}, and is known as ${plug.mac}`,
    culprit: `the MAC of ${inside.name} in ${where(within)}`,
    mend: `${inside.command} link set dev ${inside.name} address ${plug.mac}`,
  }
}

function anothersAddress(within: Within): Fault | undefined {
  const { plug, sight, inside, own, wanted } = within
  const other = sight.plugs.find(
    (each) =>
      each.network === plug.network &&
      each.mac !== plug.mac &&
      each.ip !== wanted &&
      own.some((address) => address === each.ip),
  )
  if (other?.ip === undefined) return undefined
  const prefix = inside.addresses.find(({ address }) => address === other.ip)?.prefix ?? 32
  return {
    kind: 'duplicate-address',
    what: `${inside.name} in ${plug.guest} has the address ${other.ip}, and that is ${other.guest}'s`,
    culprit: `the addresses of ${inside.name} in ${where(within)}`,
    mend: `${inside.command} address del ${other.ip}/${String(prefix)} dev ${inside.name}`,
  }
}

function notItsAddress(within: Within): Fault | undefined {
  const { plug, inside, ip, own, wanted } = within
  const { command, name } = inside
  const culprit = `the addresses of ${name} in ${where(within)}`
  if (wanted !== undefined && own.every((address) => address !== wanted))
    return {
      kind: 'guest-address',
      what:
        own.length === 0
          ? `${name} in ${plug.guest} has no address of the network: ${wanted} is its own`
          : `${name} in ${plug.guest} has the address ${own.join(', ')}, and ${wanted} is its own`,
      culprit,
      mend: `${command} address replace ${wanted}/${String(ip.cidr.prefix)} dev ${name}${routeAgain(within)}`,
    }
  // Where nobody gives addresses a machine may be meant to have none.
  if (own.length > 0 || (inside.of === 'machine' && ip.dhcp === undefined)) return undefined
  const how = inside.of === 'machine' ? `: weft vm console ${plug.guest}` : ''
  return {
    kind: 'guest-no-address',
    what: `${name} in ${plug.guest} has no address of the network`,
    culprit: `${name} in ${where(within)}`,
    advice: `start a DHCP client in ${plug.guest}${how}`,
  }
}

/** With its last address a link loses its routes. */
function routeAgain({ network, ip, inside: { command, name, gateways } }: Within): string {
  return !isForwarded(network) || gateways === undefined || gateways.length > 0
    ? ''
    : ` && ${command} route replace default via ${ip.cidr.address} dev ${name}`
}

function wrongWay(within: Within): Fault | undefined {
  const { plug, network, ip, own, inside } = within
  const { command, name, gateways } = inside
  if (!isForwarded(network) || own.length === 0) return undefined
  const gateway = ip.cidr.address
  if (gateways?.length === 0)
    return {
      kind: 'guest-no-route',
      what: `${plug.guest} has no default route: it reaches its neighbours, nothing else`,
      culprit: `the routes of ${where(within)}`,
      mend: `${command} route add default via ${gateway} dev ${name}`,
    }
  const [first] = gateways ?? []
  if (first?.device !== name || first.gateway === gateway) return undefined
  return {
    kind: 'guest-gateway',
    what: `${plug.guest} sends everything to ${first.gateway ?? 'nobody'}, and its gateway is ${gateway}`,
    culprit: `the default route of ${where(within)}`,
    mend: `${command} route replace default via ${gateway} dev ${name}`,
  }
}
