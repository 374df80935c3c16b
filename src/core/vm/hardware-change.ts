/** A machine's hardware as somebody wants to have it changed: what is not said stays. */
import type { HardwareDraft } from './hardware-draft.ts'
import type { HardwareSpec } from './hardware-spec.ts'
import type { VmSpec } from './spec.ts'

type Change = HardwareDraft & Partial<Pick<VmSpec, 'cpus' | 'memoryMiB'>>

export function changedHardware(spec: VmSpec, change: Change): VmSpec {
  const { cpus = spec.cpus, memoryMiB = spec.memoryMiB } = change
  return normal({ ...spec, cpus, memoryMiB, ...limits(spec, change), ...screen(spec, change) })
}

/** Who says one of the limits of processors says both. */
function limits(
  spec: VmSpec,
  change: Change,
): Undefinable<Pick<HardwareSpec, 'maxCpus' | 'topology' | 'maxMemoryMiB'>> {
  const isSaid = change.maxCpus !== undefined || change.topology !== undefined
  const { maxCpus, topology } = isSaid ? change : spec
  return { maxCpus, topology, maxMemoryMiB: change.maxMemoryMiB ?? spec.maxMemoryMiB }
}

function screen(
  spec: VmSpec,
  { display: kind, video = spec.video }: Change,
): Undefinable<Pick<HardwareSpec, 'display' | 'video'>> {
  const display = kind === undefined ? spec.display : kind === 'none' ? undefined : { kind }
  return { display, video: video === 'vga' ? undefined : video }
}

type Undefinable<T> = { readonly [K in keyof T]: T[K] | undefined }

/** A definition has no fields that are undefined, and no limit that is what it has anyway. */
function normal(spec: Omit<VmSpec, keyof HardwareSpec> & Undefinable<HardwareSpec>): VmSpec {
  const { cpus, maxCpus, memoryMiB, maxMemoryMiB } = spec
  const same = {
    ...(maxCpus === cpus ? { maxCpus: undefined } : {}),
    ...(maxMemoryMiB === memoryMiB ? { maxMemoryMiB: undefined } : {}),
  }
  return Object.fromEntries(
    Object.entries({ ...spec, ...same }).filter(([, value]) => value !== undefined),
  ) as unknown as VmSpec
}

/** Fields that a start decides. */
export const isSameHardware = (one: VmSpec, other: VmSpec): boolean =>
  JSON.stringify(frozen(one)) === JSON.stringify(frozen(other))

const frozen = ({ maxCpus, topology, maxMemoryMiB, display, video }: VmSpec): unknown => [
  maxCpus,
  topology,
  maxMemoryMiB,
  display,
  video,
]
