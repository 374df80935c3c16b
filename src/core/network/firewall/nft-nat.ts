/** What guests look like from outside, where that is not this host's own address with any port: address ranges, port ranges. */
import { ipv4FromNumber, ipv4ToNumber } from '../../address/ipv4.ts'
import type { NatSpec, NetworkSpec } from '../spec.ts'

/** Ports below 1024 are this host's own processes'. */
const USUAL_PORTS = { start: 1024, end: 65_535 } as const

export interface NatElements {
  readonly nat_ranges: readonly string[]
  readonly nat_addresses: readonly string[]
  readonly nat_ports: readonly string[]
}

export function natElements(bridge: string, { nat = {} }: NetworkSpec): NatElements {
  const { addresses, ports } = nat
  if (addresses !== undefined) {
    const { start, end } = ports ?? USUAL_PORTS
    const service = start === end ? String(start) : `${String(start)}-${String(end)}`
    const range = formatRange(addresses)
    return {
      nat_ranges: [`${bridge} : ${range} . ${service}`],
      nat_addresses: [`${bridge} : ${range}${/[-/]/.test(range) ? '' : '/32'}`],
      nat_ports: [],
    }
  }
  const isUsual = ports === undefined || (ports.start === USUAL_PORTS.start && ports.end === USUAL_PORTS.end)
  const jump = isUsual ? [] : [`${bridge} : jump ports_${String(ports.start)}_${String(ports.end)}`]
  return { nat_ranges: [], nat_addresses: [], nat_ports: jump }
}

/** As nft prints it: an address, a subnet where the range is one, or both ends. */
function formatRange({ start, end }: NonNullable<NatSpec['addresses']>): string {
  const [first, size] = [ipv4ToNumber(start), ipv4ToNumber(end) - ipv4ToNumber(start) + 1]
  if (size === 1) return start
  const bits = Math.log2(size)
  const isSubnet = Number.isInteger(bits) && first % size === 0
  return isSubnet ? `${ipv4FromNumber(first)}/${String(32 - bits)}` : `${start}-${end}`
}

/** nft 1.0.6 knows no map from an interface to a range of ports: networks of one range share a chain. */
export function portChains(elements: readonly string[]): string[] {
  const ranges = elements.flatMap((element) => /jump ports_(\d+_\d+)$/.exec(element)?.[1] ?? [])
  return [...new Set(ranges)].sort()
}

export function formatPortChain(range: string): string {
  const [masquerade, rest] = portRules(range)
  return `\tchain ports_${range} {\n\t\t${masquerade}\n\t\t${rest}\n\t}\n\n`
}

function portRules(range: string): [string, string] {
  const [start = '', end = ''] = range.split('_')
  const ports = start === end ? start : `${start}-${end}`
  return [`meta l4proto { tcp, udp } masquerade to :${ports}`, 'masquerade']
}

/** Made before an element leads to it; made again it is the same. */
export function addPortChainLines(range: string): string[] {
  const chain = `inet weft ports_${range}`
  return [
    `add chain ${chain}`,
    `flush chain ${chain}`,
    ...portRules(range).map((rule) => `add rule ${chain} ${rule}`),
  ]
}

/** Once no element leads to it. */
export function deletePortChainLines(range: string): string[] {
  return [`flush chain inet weft ports_${range}`, `delete chain inet weft ports_${range}`]
}
