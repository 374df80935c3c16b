/** A machine's definition as somebody wrote it: what was left out (uuid, MACs, formats, firmware files) is chosen later. */
import type { MacAddress } from '../address/mac.ts'
import type { Problem } from '../errors.ts'
import type { FirmwareSpec } from './firmware.ts'
import type { CdromDevice, DiskDevice, NicDevice, VmSpec } from './spec.ts'

/** The path of problems with what a text says in weft's own words. */
export const WEFT_PART = '<weft:machine>'

export interface VmDefinition extends Partial<
  Omit<VmSpec, 'name' | 'disks' | 'cdroms' | 'nics' | 'firmware'>
> {
  readonly name: string
  readonly firmware?: FirmwareDefinition
  readonly disks: readonly DiskDefinition[]
  readonly cdroms: readonly CdromDevice[]
  readonly nics: readonly NicDefinition[]
  /** Where each part stood in the text, by the path that problems have: `disks.0`, `nics.1.network`. */
  readonly places: ReadonlyMap<string, DefinitionPlace>
}

export interface DefinitionPlace {
  readonly line: number
  readonly column: number
}

/** Files by name, or whatever of that kind the host has. */
export type FirmwareDefinition =
  | FirmwareSpec
  | { readonly kind: 'uefi' | 'uefi-secure' }
  | { readonly code: string; readonly template?: undefined; readonly isSecure?: true }

export interface DiskDefinition extends Omit<DiskDevice, 'path' | 'format' | 'bus'> {
  /** A file, or a volume of a pool by the name of its file. */
  readonly source: { readonly path: string } | { readonly pool: string; readonly volume: string }
  /** UUID of a secret that has to say the disk's key. */
  readonly secret?: string
  /** Absent: as the image itself says. */
  readonly format?: DiskDevice['format']
  readonly bus?: DiskDevice['bus']
}

export interface NicDefinition extends Omit<NicDevice, 'network' | 'mac' | 'model'> {
  /** A network of weft's, or the bridge of one. */
  readonly plug: { readonly network: string } | { readonly bridge: string }
  readonly mac?: MacAddress
  readonly model?: NicDevice['model']
}

/** Problems of the finished machine, at the line and column of the text they come from. */
export function locateVmProblems(problems: readonly Problem[], { places }: VmDefinition): Problem[] {
  return problems.map((problem) => ({ ...problem, ...findPlace(problem.path, places) }))
}

/** The place of the path or of the nearest part around it. */
function findPlace(path: string, places: ReadonlyMap<string, DefinitionPlace>): DefinitionPlace | undefined {
  const key = path.replace(/\[(\d+)\]/g, '.$1')
  const at = key.lastIndexOf('.')
  return places.get(key) ?? (at < 0 ? places.get('') : findPlace(key.slice(0, at), places))
}
