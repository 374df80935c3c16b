/** A network definition as somebody wrote it: what was left out (uuid, MAC, bridge name) is chosen later. */
import type { InterfaceName } from '../address/interface-name.ts'
import type { MacAddress } from '../address/mac.ts'
import type { Problem } from '../errors.ts'
import type { BridgeSpec, NetworkSpec } from './spec.ts'

export interface NetworkDraft extends Omit<NetworkSpec, 'uuid' | 'mac' | 'bridge'> {
  readonly uuid?: string
  readonly mac?: MacAddress
  /** There when the network has a switch of its own. A name with one `%d` is a template: `lab%d`. */
  readonly bridge?: Omit<BridgeSpec, 'name'> & { readonly name?: string }
  /** Where each part stood in the text, by the path `networkProblems` uses: `bridge.name`, `ips[0].dhcp.ranges[0]`. */
  readonly places: ReadonlyMap<string, Place>
}

export interface Place {
  readonly line: number
  readonly column: number
}

/** What a draft may leave open. */
export interface Chosen {
  readonly uuid: string
  readonly mac: MacAddress
  readonly bridgeName: InterfaceName
}

/** The whole definition: what the draft says, and what was chosen for the rest. */
export function completeNetwork(draft: NetworkDraft, chosen: Chosen): NetworkSpec {
  const { name, uuid, mode, mac, bridge, ...more } = draft
  const rest: Omit<typeof more, 'places'> & Partial<Pick<typeof more, 'places'>> = { ...more }
  delete (rest as { places?: unknown }).places
  const own =
    bridge === undefined ? {} : { bridge: { ...bridge, name: chosen.bridgeName }, mac: mac ?? chosen.mac }
  return { name, uuid: uuid ?? chosen.uuid, mode, ...own, ...rest }
}

/** Gives problems found in the finished definition the line and column of the text they came from. */
export function locateProblems(problems: readonly Problem[], draft: NetworkDraft): Problem[] {
  return problems.map((problem) => ({ ...problem, ...findPlace(problem.path, draft.places) }))
}

/** The place of the path or of the nearest part around it. */
function findPlace(path: string, places: ReadonlyMap<string, Place>): Place | undefined {
  const outer = /^(.*)(?:\.\w+|\[\d+\])$/.exec(path)?.[1]
  return places.get(path) ?? (outer === undefined ? undefined : findPlace(outer, places))
}
