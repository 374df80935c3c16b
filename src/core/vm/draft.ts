/** From a few words to a whole machine: what is left out is chosen, and each choice of note is told. */
import type { MacAddress } from '../address/mac.ts'
import { WeftError } from '../errors.ts'
import { getDeviceWord } from '../host/device-word.ts'
import type { FirmwareKind, FirmwareSpec } from './firmware.ts'
import { hardwareFromDraft, type HardwareDraft } from './hardware-draft.ts'
import { parseNet } from './net-word.ts'
import { sharesFromWords } from './share-word.ts'
import { cloudInitFromDraft, type CloudInitDraft } from './cloud-init.ts'
import { withSlots } from './slots.ts'
import type { BootDevice, CdromDevice, DiskDevice, NicDevice, VmImage, VmSpec } from './spec.ts'

/** A machine as somebody asks for it. */
export interface VmDraft extends HardwareDraft {
  readonly cloudInit?: CloudInitDraft
  readonly name: string
  readonly isTransient?: true
  readonly cpus?: number
  readonly memoryMiB?: number
  readonly cpuModel?: string
  readonly accelerator?: VmSpec['accelerator']
  readonly machine?: VmSpec['machine']
  readonly firmware?: FirmwareKind
  readonly tpm?: boolean
  /** A share each, as share-word.ts reads them: `/srv/data:/data`, `/srv/data:tag,ro`. */
  readonly shares?: readonly string[]
  /** Devices of the host, as core/host/device-word.ts reads them. */
  readonly devices?: readonly string[]
  /** Absent: where a share needs it. */
  readonly sharedMemory?: boolean
  readonly boot?: readonly BootDevice[]
  readonly kernel?: string
  readonly initrd?: string
  readonly append?: string
  /** Names of disks in the pool, or absolute paths. */
  readonly disks?: readonly string[]
  readonly cdroms?: readonly string[]
  /** What it is made from: name of an image, or the absolute path of one. */
  readonly image?: string
  /** Bytes of the disk that it gets for that. */
  readonly imageDiskSize?: number
  /** A NIC each, as net-word.ts reads them: `default`, `default,ip=192.168.122.50`. */
  readonly nets?: readonly string[]
  /** Ports of this host that lead to it, as core/host/publication.ts reads them. */
  readonly publish?: readonly string[]
}

/** What the use case has chosen or found for a draft. */
export interface DraftChoices {
  readonly uuid: string
  /** One per word of `nets`: free addresses for those that name none. */
  readonly macs: readonly MacAddress[]
  readonly disks: readonly DiskDevice[]
  readonly cdroms: readonly CdromDevice[]
  readonly image?: VmImage
  /** The same when a system is on it already, which may have cloud-init: not an installer's CD. */
  readonly system?: VmImage
  readonly firmware?: FirmwareSpec
}

const DEFAULT_CPUS = 1
const DEFAULT_MEMORY_MIB = 1024

export function specFromDraft(draft: VmDraft, choices: DraftChoices): VmSpec {
  const cloudInit = cloudInitFromDraft(draft.cloudInit, choices.system)
  return withSlots({
    name: draft.name,
    uuid: choices.uuid,
    ...(draft.isTransient === undefined ? {} : { isTransient: true }),
    cpus: draft.cpus ?? DEFAULT_CPUS,
    memoryMiB: draft.memoryMiB ?? DEFAULT_MEMORY_MIB,
    ...(draft.cpuModel === undefined ? {} : { cpuModel: draft.cpuModel }),
    accelerator: draft.accelerator ?? 'auto',
    machine: draft.machine ?? 'q35',
    ...(choices.firmware === undefined ? {} : { firmware: choices.firmware }),
    ...(draft.tpm === true ? { tpm: true } : {}),
    ...sharesOf(draft),
    ...devicesFromDraft(draft),
    boot: draft.boot ?? [],
    ...hardwareFromDraft(draft, choices),
    ...kernelOf(draft),
    disks: choices.disks,
    cdroms: choices.cdroms,
    nics: (draft.nets ?? []).map((word, i) => nicOf(word, choices.macs[i])),
    ...(choices.image === undefined ? {} : { image: choices.image }),
    ...(cloudInit === undefined ? {} : { cloudInit }),
  })
}

function sharesOf({ shares: words = [], sharedMemory }: VmDraft): Pick<VmSpec, 'shares' | 'sharedMemory'> {
  const shares = sharesFromWords(words, [])
  const needsMemory = shares.some(({ kind }) => kind === 'virtiofs')
  return {
    ...(shares.length === 0 ? {} : { shares }),
    ...(sharedMemory === true || needsMemory ? { sharedMemory: true } : {}),
  }
}

function devicesFromDraft({ devices = [] }: VmDraft): Pick<VmSpec, 'devices'> {
  return devices.length === 0 ? {} : { devices: devices.map((word) => ({ device: getDeviceWord(word) })) }
}

function kernelOf(draft: VmDraft): Pick<VmSpec, 'kernel'> {
  if (draft.kernel === undefined) {
    if (draft.initrd === undefined && draft.append === undefined) return {}
    throw new WeftError(
      'invalid-argument',
      `machine '${draft.name}' has an initrd or kernel arguments but no kernel`,
      {
        hint: 'give the kernel too: --kernel FILE',
      },
    )
  }
  const initrd = draft.initrd === undefined ? {} : { initrd: draft.initrd }
  const append = draft.append === undefined ? {} : { append: draft.append }
  return { kernel: { path: draft.kernel, ...initrd, ...append } }
}

export function nicOf(word: string, chosen: MacAddress | undefined): NicDevice {
  const { network, mac = chosen, ...addresses } = parseNet(word)
  if (mac === undefined) throw new WeftError('internal', `no MAC was chosen for the NIC on '${network}'`)
  return { network, mac, model: 'virtio', ...addresses }
}

/** What was chosen for the caller, in sentences. */
export function draftNotes(draft: VmDraft, spec: VmSpec): string[] {
  const notes: string[] = []
  if (draft.memoryMiB === undefined) notes.push(`memory: ${String(spec.memoryMiB)} MiB (--memory changes it)`)
  spec.nics.forEach((nic, i) => {
    const wasGiven = parseNet(draft.nets?.[i] ?? '').mac !== undefined
    if (!wasGiven) notes.push(`MAC on network '${nic.network}': ${nic.mac}`)
  })
  notes.push(...loginNotes(draft, spec))
  return notes
}

function loginNotes(draft: VmDraft, { cloudInit }: VmSpec): string[] {
  if (cloudInit === undefined) return []
  const { user, sshKeys, userData } = cloudInit
  const isLockedOut = sshKeys.length === 0 && userData === undefined
  return [
    ...(draft.cloudInit?.user === undefined ? [`user: ${user} (--user changes it)`] : []),
    ...(isLockedOut ? ['nobody can log in: --ssh-key FILE says who may'] : []),
  ]
}
