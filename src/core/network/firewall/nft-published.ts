/**
 * Published ports in the table `inet weft`: elements of maps that lead from a port of this host to a guest's, and of the sets of who is let in
 * there. A packet that begins a connection is looked up once by its hash, with one published port as with a thousand; all others never are.
 */
import { ipv4Contains, parseIpv4, parseIpv4Cidr, type Ipv4Address } from '../../address/ipv4.ts'
import { ipv6Contains, parseIpv6, parseIpv6Cidr, type Ipv6Address } from '../../address/ipv6.ts'
import { LAN, type Publication } from '../../host/publication.ts'
import type { NetworkSpec } from '../spec.ts'

/** A publication of a machine, with the addresses that its NIC keeps. */
export interface PublishedPort extends Publication {
  readonly machine: string
  readonly network: string
  readonly ip?: Ipv4Address
  readonly ip6?: Ipv6Address
}

/** The maps and sets, each for either family, in the order of the listing. */
export const PUBLISHED_SETS = {
  published: `map published {\n\t\ttype inet_proto . inet_service : ipv4_addr . inet_service`,
  published_at: `map published_at {\n\t\ttype ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service`,
  published_to: `set published_to {\n\t\ttype ipv4_addr . inet_proto . inet_service`,
  published_from: `set published_from {\n\t\ttype ipv4_addr . inet_proto . inet_service . ipv4_addr\n\t\tflags interval`,
  published6: `map published6 {\n\t\ttype inet_proto . inet_service : ipv6_addr . inet_service`,
  published6_at: `map published6_at {\n\t\ttype ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service`,
  published6_to: `set published6_to {\n\t\ttype ipv6_addr . inet_proto . inet_service`,
  published6_from: `set published6_from {\n\t\ttype ipv6_addr . inet_proto . inet_service . ipv6_addr\n\t\tflags interval`,
} as const
type PublishedSet = keyof typeof PUBLISHED_SETS
export type PublishedElements = Readonly<Record<PublishedSet, readonly string[]>>
export const PUBLISHED_SET_NAMES = Object.keys(PUBLISHED_SETS) as PublishedSet[]

/**
 * Where packets are sent on to guests, and what becomes of their senders. `publish` meets what is meant for this host: an address of its
 * own comes before all of them. `let_in` comes after what the sender's network allows and before what the guest's refuses. `inward` is for
 * whatever goes to a guest with another target than its sender meant: the sender's address stays, but for two that would never get the
 * answer. A neighbour on the same switch would be answered directly, under an address it has not asked; and 127.0.0.1 is everybody's own.
 */
export const PUBLISHED_CHAINS = `\tchain publish {
		meta l4proto { tcp, udp } dnat ip to ip daddr . meta l4proto . th dport map @published_at
		meta l4proto { tcp, udp } dnat ip to meta l4proto . th dport map @published
		meta l4proto { tcp, udp } dnat ip6 to ip6 daddr . meta l4proto . th dport map @published6_at
		meta l4proto { tcp, udp } dnat ip6 to meta l4proto . th dport map @published6
	}

	chain let_in {
		ip daddr . meta l4proto . th dport @published_to accept
		ip daddr . meta l4proto . th dport . ip saddr @published_from accept
		ip6 daddr . meta l4proto . th dport @published6_to accept
		ip6 daddr . meta l4proto . th dport . ip6 saddr @published6_from accept
	}

	chain inward {
		iifname . oifname @same_bridge meta l4proto { tcp, udp } masquerade to :1024-65535
		ip saddr 127.0.0.0/8 meta l4proto { tcp, udp } masquerade to :1024-65535
	}

	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		ip daddr 127.0.0.0/8 return
		fib daddr type local jump publish
	}

	chain output {
		type nat hook output priority -100; policy accept;
		ip6 daddr ::1 return
		fib daddr type local jump publish
	}

`

/** Whether somebody outside may be led to guests of it; the others are refused with a reason when somebody asks. */
export function canPublish({ mode, bridge }: Pick<NetworkSpec, 'mode' | 'bridge'>): boolean {
  return bridge !== undefined && (mode === 'nat' || mode === 'route')
}

/** What the ports of these networks' guests come to. */
export function publishedElements(
  networks: readonly NetworkSpec[],
  ports: readonly PublishedPort[] = [],
): PublishedElements {
  const own = ports.flatMap((port) => {
    const network = networks.find(({ name }) => name === port.network)
    return network !== undefined && canPublish(network) ? familiesOf(port, network) : []
  })
  const open = new Set(own.filter(({ from }) => from === undefined).flatMap(targetsOf))
  const entries = own.flatMap((each) => {
    const targets = targetsOf(each)
    const { address, protocol, port, six } = each
    const keys = targets.map((_, i) => `${protocol} . ${String(port + i)}`)
    const map = targets.map((target, i) => {
      const [to = '', , guestPort = ''] = target.split(' . ')
      return `${address === undefined ? '' : `${address} . `}${keys[i] ?? ''} : ${to} . ${guestPort}`
    })
    const limited = targets.filter((target) => !open.has(target))
    return [
      [address === undefined ? `published${six}` : `published${six}_at`, map],
      [`published${six}_to`, targets.filter((target) => open.has(target))],
      [
        `published${six}_from`,
        limited.flatMap((target) => (each.from ?? []).map((cidr) => `${target} . ${cidr}`)),
      ],
    ] as const
  })
  return Object.fromEntries(
    PUBLISHED_SET_NAMES.map((set) => {
      const elements = new Set(entries.flatMap(([name, texts]) => (name === set ? texts : [])))
      return [set, set.endsWith('_from') ? widest([...elements]) : [...elements]]
    }),
  ) as unknown as PublishedElements
}

/** One family of a publication. */
interface InFamily {
  readonly six: '' | '6'
  readonly to: string
  readonly protocol: string
  readonly port: number
  readonly guestPort: number
  readonly count: number
  readonly address: string | undefined
  /** Subnets of this family; undefined: anybody. */
  readonly from: readonly string[] | undefined
}

/** None for an address that does not fit the network any more: it would lead somewhere else. */
function familiesOf(port: PublishedPort, network: NetworkSpec): InFamily[] {
  const { ip, ip6, address, from, ...rest } = port
  const senders = from === undefined ? undefined : from === 'lan' ? [...LAN] : [from]
  const targets = [
    { six: '' as const, to: ip },
    { six: '6' as const, to: ip6 },
  ]
  return targets.flatMap(({ six, to }) => {
    const isOther = (text: string): boolean => text.includes(':') !== (six === '6')
    if (to === undefined || !isOn(network, to)) return []
    if (address !== undefined && isOther(address)) return []
    const own = senders?.filter((cidr) => !isOther(cidr))
    if (own?.length === 0) return []
    return [{ ...rest, six, to, address, from: own }]
  })
}

function targetsOf({ to, protocol, guestPort, count }: InFamily): string[] {
  return Array.from({ length: count }, (_, i) => `${to} . ${protocol} . ${String(guestPort + i)}`)
}

/** An interval may not be in such a set together with a part of it. */
function widest(elements: readonly string[]): string[] {
  if (elements.length < 2) return [...elements]
  const groups = Map.groupBy(elements, (element) => element.slice(0, element.lastIndexOf(' . ')))
  return [...groups].flatMap(([target, all]) => {
    const senders = all.map((element) => element.slice(target.length + 3))
    const outer = senders.filter((one) => !senders.some((other) => other !== one && holds(other, one)))
    return outer.map((sender) => `${target} . ${sender}`)
  })
}

function holds(outer: string, inner: string): boolean {
  const [address = '', bits] = inner.split('/')
  const [prefix, wider] = [Number(bits ?? Infinity), Number(outer.split('/')[1] ?? Infinity)]
  if (wider > prefix || !outer.includes('/')) return false
  const [ip, ip6] = [parseIpv4(address), parseIpv6(address)]
  const [cidr, cidr6] = [parseIpv4Cidr(outer), parseIpv6Cidr(outer)]
  if (ip !== undefined && cidr !== undefined) return ipv4Contains(cidr, ip)
  return ip6 !== undefined && cidr6 !== undefined && ipv6Contains(cidr6, ip6)
}

function isOn({ ips }: NetworkSpec, address: string): boolean {
  const [ip, ip6] = [parseIpv4(address), parseIpv6(address)]
  return ips.some((own) =>
    own.family === 'ipv4'
      ? ip !== undefined && ipv4Contains(own.cidr, ip)
      : ip6 !== undefined && ipv6Contains(own.cidr, ip6),
  )
}

/** Elements that lead to no guest of these networks: of a published port that is gone, or of a network that is. */
export function strayElements(there: PublishedElements, networks: readonly NetworkSpec[]): PublishedElements {
  const isStray = (element: string): boolean => {
    const [target = ''] = (element.split(' : ')[1] ?? element).split(' . ', 1)
    return !networks.some((network) => isOn(network, target))
  }
  return Object.fromEntries(
    PUBLISHED_SET_NAMES.map((set) => [set, there[set].filter(isStray)]),
  ) as unknown as PublishedElements
}
