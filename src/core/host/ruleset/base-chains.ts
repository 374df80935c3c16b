/** Which base chains a packet meets at a hook, in the order in which the kernel asks them. */
import type { BaseChain, Chain, Hook, Packet, Place, Ruleset, Table, TableFamily } from './ruleset.ts'

export interface BaseChainIn {
  readonly table: Table
  readonly chain: Chain
  readonly rules: BaseChain
}

/** Address translation has one place of its own at a hook, whatever its chains say; among themselves they go by what they say. */
const TRANSLATION = { prerouting: -100, output: -100, input: 100, postrouting: 100 } as const

export const isConnections = ({ rules }: BaseChainIn): boolean => rules.type === 'nat'

/** Of two with one priority the newer is asked first. */
export function baseChainsAt(ruleset: Ruleset, packet: Packet, place: Place): BaseChainIn[] {
  const [isBridge, hook] = [place.startsWith('bridge '), place.replace('bridge ', '') as Hook]
  const families: readonly TableFamily[] = isBridge
    ? ['bridge']
    : hook === 'ingress'
      ? ['netdev', 'inet']
      : ['inet', packet.family]
  const chains = ruleset.tables
    .filter(({ family, isDormant }) => families.includes(family) && !isDormant)
    .flatMap((table) =>
      [...table.chains.values()].flatMap((chain) =>
        chain.base?.hook === hook && isMet(chain.base, packet) ? [{ table, chain, rules: chain.base }] : [],
      ),
    )
  return chains.reverse().sort((a, b) => placeOf(a) - placeOf(b) || a.rules.priority - b.rules.priority)
}

const isMet = ({ devices }: BaseChain, packet: Packet): boolean =>
  devices.length === 0 || devices.includes(packet.in ?? '')

function placeOf(chain: BaseChainIn): number {
  const { hook, priority } = chain.rules
  return isConnections(chain) && hook in TRANSLATION
    ? TRANSLATION[hook as keyof typeof TRANSLATION]
    : priority
}
