/** What address translation makes of a packet. */
import { parseIpv4 } from '../../address/ipv4.ts'
import { parseIpv6 } from '../../address/ipv6.ts'
import type { Sight } from './fields.ts'
import { lookUp, type Found } from './match.ts'
import type { Statement, Target } from './rule.ts'
import type { Packet, Table } from './ruleset.ts'

type Nat = Extract<Statement, { kind: 'nat' }>

/** Undefined: nobody knows whether or what to. The packet itself: not translated. */
export interface Translated {
  readonly packet: Packet | undefined
  readonly found?: Found
}

/** Where to; what is undefined is not known, what is absent stays. */
interface Destination {
  readonly address?: string | undefined
  readonly port?: number | undefined
}

export function translate(sight: Sight, table: Table, nat: Nat): Translated {
  const { packet } = sight
  if (nat.family !== undefined && nat.family !== packet.family) return { packet }
  const { found, words } = targetOf(sight, table, nat.target)
  if (found?.answer === 'no') return { packet }
  if (found?.answer === 'unknown') return { packet: undefined }
  const to = readDestination(words)
  const isTarget = nat.how === 'dnat' || nat.how === 'redirect'
  const changed = isTarget ? withTarget(sight, nat, to) : withSource(sight, nat, to)
  return { packet: changed, ...(found === undefined ? {} : { found }) }
}

function targetOf(
  sight: Sight,
  table: Table,
  { map, words }: Target,
): { found?: Found; words?: readonly string[] } {
  if (map === undefined) return words === undefined ? {} : { words }
  const found = lookUp(sight, table, map.key, map.elements)
  return { found, words: found.element?.data ?? [] }
}

/** `10.0.0.2`, `10.0.0.2:80`, `[fd00::1]:80`, `:80`, and of a map `10.0.0.2 . 80`; a range leaves open which. */
function readDestination(words: readonly string[] = []): Destination {
  const text = words.join(' ').replaceAll('"', '')
  const [whole, dotted] = text.split(' . ')
  if (dotted !== undefined) return { address: onlyAddress(whole ?? ''), port: onlyPort(dotted) }
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::([\d-]+))?$/.exec(text) ?? []
  const address = bracketed ?? plain ?? text
  return {
    ...(address === '' ? {} : { address: onlyAddress(address) }),
    ...(port === undefined ? {} : { port: onlyPort(port) }),
  }
}

const onlyAddress = (text: string): string | undefined => parseIpv4(text) ?? parseIpv6(text)
const onlyPort = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined)

function withTarget({ packet, place, answers }: Sight, { how }: Nat, to: Destination): Packet {
  const own = place === 'output' ? (packet.family === 'ip' ? '127.0.0.1' : '::1') : undefined
  const here = own ?? (packet.in === undefined ? undefined : answers.addressOf?.(packet.in, packet.family))
  const destination = how === 'redirect' ? here : 'address' in to ? to.address : packet.destination
  return {
    ...packet,
    destination,
    ...('port' in to ? { destinationPort: to.port } : {}),
    isDnat: true,
    original: packet.original ?? { destination: packet.destination, port: packet.destinationPort },
  }
}

/** Its port may be another: that hangs on who else speaks. */
function withSource({ packet, answers }: Sight, { how }: Nat, to: Destination): Packet {
  const own = packet.out === undefined ? undefined : answers.addressOf?.(packet.out, packet.family)
  const source = how === 'masquerade' ? own : 'address' in to ? to.address : packet.source
  return { ...packet, source, sourcePort: undefined, isSnat: true }
}
