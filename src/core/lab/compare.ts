/** What is different between a part as it is and as a lab's file wants it, in words for people. */
import type { NicDefinition, VmDefinition } from '../vm/definition.ts'
import type { VmSpec } from '../vm/spec.ts'

/** One line of what `weft plan -f` prints. */
export interface LabItem {
  readonly kind: 'host' | 'disk' | 'network' | 'machine'
  readonly name: string
  readonly action: 'create' | 'change' | 'remove' | 'keep'
  /** What is done, each in a few words. */
  readonly what: readonly string[]
  /** What the file says and the running machine or network does not do before its next start. */
  readonly later: readonly string[]
  /** Guests notice it: '' when nobody does. */
  readonly disturbs: string
}

/** Fields by the words that files have for them. */
const WORDS: Readonly<Record<string, string>> = {
  memoryMiB: 'memory',
  maxMemoryMiB: 'maxMemory',
  cpuModel: 'cpu',
  ips: 'addresses',
  portsAreIsolated: 'isolatedPorts',
  forwardDevice: 'device',
  proxied: 'proxy',
}

/** `memory 256 → 512`, `nics change`: one phrase for each field that is not the same. */
export function differences(before: object, wanted: object, without: readonly string[] = []): string[] {
  const [one, other] = [before, wanted] as readonly Readonly<Record<string, unknown>>[]
  const keys = [...new Set([...Object.keys(before), ...Object.keys(wanted)])]
  return keys
    .filter((key) => !without.includes(key) && !isSame(one?.[key], other?.[key]))
    .map((key) => phrase(WORDS[key] ?? key, one?.[key], other?.[key]))
}

function phrase(word: string, before: unknown, wanted: unknown): string {
  if (typeof before === 'object' || typeof wanted === 'object') {
    if (before === undefined) return `${word} added`
    return wanted === undefined ? `${word} removed` : `${word} changed`
  }
  const unit = word.endsWith('emory') ? ' MiB' : ''
  const text = (value: unknown): string =>
    value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)
  return `${word} ${text(before)} → ${text(wanted)}${unit}`
}

/** Whatever the order of their keys. */
export const isSame = (one: unknown, other: unknown): boolean => inOrder(one) === inOrder(other)

function inOrder(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/**
 * A file seldom names MACs: a NIC without one is the one that the machine has on that network, else one that the file has no other use for,
 * which moves.
 */
export function withKnownMacs(definition: VmDefinition, before: VmSpec | undefined): VmDefinition {
  if (before === undefined) return definition
  const named = new Set<string | undefined>(definition.nics.map(({ mac }) => mac))
  const free = before.nics.filter(({ mac }) => !named.has(mac))
  const take = (fits: (network: string) => boolean): string | undefined => {
    const at = free.findIndex(({ network }) => fits(network))
    return at < 0 ? undefined : free.splice(at, 1)[0]?.mac
  }
  const networkOf = ({ plug }: NicDefinition): string => ('network' in plug ? plug.network : '')
  const first = definition.nics.map((nic) => nic.mac ?? take((network) => network === networkOf(nic)))
  const nics = definition.nics.map((nic, i) => {
    const mac = first[i] ?? take(() => true)
    return mac === undefined ? nic : { ...nic, mac: mac as NonNullable<NicDefinition['mac']> }
  })
  return { ...definition, nics }
}
