/** Hardware as somebody asks for it in a few words, and what is chosen where nothing is said. */
import type { CpuTopology, DisplaySpec, HardwareSpec, VideoCard } from './hardware-spec.ts'
import type { MachineKind } from './spec.ts'

export interface HardwareDraft {
  /** Absent: vnc, but for machines that speak on their serial port alone. */
  readonly display?: DisplaySpec['kind'] | 'none'
  readonly video?: VideoCard | 'vga'
  readonly maxCpus?: number
  readonly topology?: CpuTopology
  readonly maxMemoryMiB?: number
}

interface Choices {
  /** A system made for clouds is on its disk. */
  readonly system?: object
}

export function hardwareFromDraft(
  draft: HardwareDraft & {
    readonly kernel?: string
    readonly machine?: MachineKind
    readonly cpus?: number
    readonly memoryMiB?: number
  },
  choices: Choices,
): HardwareSpec {
  const isHeadless =
    draft.kernel !== undefined ||
    draft.machine === 'microvm' ||
    draft.video === 'none' ||
    choices.system !== undefined
  const { display = isHeadless ? 'none' : 'vnc' } = draft
  const { maxCpus, topology, maxMemoryMiB, video = 'vga' } = draft
  return {
    ...(display === 'none' ? {} : { display: { kind: display } }),
    ...(video === 'vga' ? {} : { video }),
    ...(maxCpus === undefined || maxCpus === draft.cpus ? {} : { maxCpus }),
    ...(topology === undefined ? {} : { topology }),
    ...(maxMemoryMiB === undefined || maxMemoryMiB === draft.memoryMiB ? {} : { maxMemoryMiB }),
  }
}
