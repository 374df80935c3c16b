/** What weft chooses where a definition is silent, said in notes: uuid, MAC, bridge name, subnet. */
import { guestMac } from '../core/address/mac.ts'
import { chooseBridgeName, defaultNetwork } from '../core/network/default-network.ts'
import { pickSubnet } from '../core/network/addresses/pick-subnet.ts'
import { completeNetwork, type Chosen, type NetworkDraft } from '../core/network/draft.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec, StoredNetwork } from '../core/network/spec.ts'
import { planDefinition } from './definitions.ts'
import { carryOut } from './change.ts'
import { liveNetwork, lookAtNetworks } from './live-network.ts'
import { knownNetworks } from './find-network.ts'
import type { App } from './ports.ts'

/** `coming` are those that are defined before it. A definition of a known name, or of a network that runs without being defined, keeps its uuid, MAC and bridge when it does not name others. */
export function completeDraft(
  app: App,
  draft: NetworkDraft,
  seen: SeenHost,
  coming: readonly NetworkSpec[] = [],
): { spec: NetworkSpec; notes: string[] } {
  const isRunning = isActive(seen, draft.name)
  const before =
    app.networks.find(draft.name)?.spec ?? (isRunning ? liveNetwork(app, seen, draft.name) : undefined)
  const chosen = chooseFor(app, draft, before, { seen, coming })
  const spec = completeNetwork(draft, chosen)
  const notes =
    before === undefined && spec.bridge !== undefined && draft.bridge?.name !== spec.bridge.name
      ? [`bridge: ${spec.bridge.name}`]
      : []
  return { spec, notes }
}

function chooseFor(
  app: App,
  draft: NetworkDraft,
  before: NetworkSpec | undefined,
  { seen, coming }: { readonly seen: SeenHost; readonly coming: readonly NetworkSpec[] },
): Chosen {
  const others = [...knownNetworks(app, seen), ...coming].filter((spec) => spec.name !== draft.name)
  const given = draft.bridge?.name
  const isTemplate = given === undefined || given.includes('%d')
  const bridgeName = isTemplate ? (before?.bridge?.name ?? chooseBridgeName(seen, others, given)) : given
  const [a = 0, b = 0, c = 0] = app.chance.bytes(3)
  return {
    uuid: before?.uuid ?? app.chance.uuid(),
    mac: before?.mac ?? guestMac([a, b, c]),
    bridgeName: bridgeName as Chosen['bridgeName'],
  }
}

/**
 * Defines the built-in network on a machine where weft starts for the first time. When its usual subnet is taken, a free one is picked;
 * the sentences that say so are returned.
 */
export async function defineDefaultNetwork(app: App): Promise<readonly string[]> {
  const seen = await lookAtNetworks(app)
  const others = knownNetworks(app, seen)
  const subnet = pickSubnet({ seen, taken: others, facts: app.facts })
  const [a = 0, b = 0, c = 0] = app.chance.bytes(3)
  const chosen = {
    uuid: app.chance.uuid(),
    mac: guestMac([a, b, c]),
    bridgeName: chooseBridgeName(seen, others),
  }
  const stored: StoredNetwork = { spec: defaultNetwork(chosen, subnet.cidr), autostart: false }
  const notes = subnet.note === undefined ? [] : [subnet.note]
  const plan = await planDefinition(app, app.networks, stored, "define the built-in network 'default'")
  await carryOut(app, { by: 'weftd', dryRun: false }, plan, 'defined', notes)
  await app.networks.refresh('default')
  return notes
}
