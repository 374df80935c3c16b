/** A network definition as somebody wrote it: what was left out (uuid, MAC, bridge name) is chosen later. */
import type { InterfaceName } from '../address/interface-name.ts'
import type { MacAddress } from '../address/mac.ts'
import type { Problem } from '../errors.ts'
import type { BridgeSpec, NetworkSpec } from './spec.ts'

export interface NetworkDraft extends Omit<NetworkSpec, 'uuid' | 'mac' | 'bridge'> {
  readonly uuid?: string
  readonly mac?: MacAddress
  /** A name with one `%d` is a template: `lab%d`. */
  readonly bridge: Omit<BridgeSpec, 'name'> & { readonly name?: string }
  /** Where each part stood in the text, by the path `networkProblems` uses: `bridge.name`, `ip.dhcp.ranges[0]`. */
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
  return {
    name: draft.name,
    uuid: draft.uuid ?? chosen.uuid,
    mode: draft.mode,
    ...(draft.forwardDevice === undefined ? {} : { forwardDevice: draft.forwardDevice }),
    bridge: { ...draft.bridge, name: chosen.bridgeName },
    mac: draft.mac ?? chosen.mac,
    ...(draft.domain === undefined ? {} : { domain: draft.domain }),
    ...(draft.ip === undefined ? {} : { ip: draft.ip }),
    kept: draft.kept,
  }
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
