/** What a machine's planners must be told besides its spec: handed over by the use case, which has looked. */
import type { InterfaceName } from '../address/interface-name.ts'
import type { Acceleration, HostFacts } from '../host/facts.ts'
import type { LentDevice } from '../host/lend-device.ts'
import { vmRunDirectory, type Paths } from '../host/paths.ts'
import type { DiskController } from './qemu-controllers.ts'
import type { NicAddressing } from './cloud-init.ts'
import type { VmSpec } from './spec.ts'

export interface VmContext {
  readonly facts: HostFacts
  /** How this machine's code will run: what the host can do, or what the spec insists on. */
  readonly acceleration: Acceleration
  /** The host's end of each NIC, in the spec's order. */
  readonly taps: readonly InterfaceName[]
  /** Those of them that are macvtaps: the process that becomes QEMU opens them while it is still root. */
  readonly macvtaps?: readonly InterfaceName[]
  /** The MTU of each NIC's network, in the spec's order; undefined is 1500. */
  readonly mtus?: readonly (number | undefined)[]
  /** The highest slot that something can be plugged into; absent: what follows from the spec. */
  readonly lastSlot?: number
  /** Controllers of disks; absent: what follows from the spec. */
  readonly controllers?: readonly DiskController[]
  /** Cards without a boot ROM, as QEMU calls them; absent: those that are not in the boot order. */
  readonly romless?: readonly string[]
  /** Memory that a restored machine had been given by the time it was saved; absent: what it began with. */
  readonly givenMiB?: number
  /** The machine as an earlier QEMU had it, with its version; absent: the newest of its kind. */
  readonly machineType?: string
  /** What serves its virtiofs shares, where it has any. */
  readonly virtiofsd?: string
  /** Its devices of this host as they are there, in the spec's order; absent where it has none, or nobody has looked. */
  readonly lent?: readonly LentDevice[]
  /** How each NIC gets its addresses, in the spec's order: for cloud-init. */
  readonly addressing?: readonly NicAddressing[]
  /** It is there and stands still until somebody lets it go. */
  readonly staysPaused?: boolean
}

/** The files of a running machine. The sockets are made by QEMU, as its own user; the others are root's. */
export interface VmFiles {
  readonly directory: string
  /** The machine as it was started, `LiveVm` as JSON. */
  readonly live: string
  readonly pid: string
  /** What QEMU has said on its standard error. */
  readonly log: string
  /** Monitor for plans and people: one client after the other. */
  readonly qmp: string
  /** Monitor that weftd holds as long as it runs: its closing is the news of QEMU's death. */
  readonly monitor: string
  readonly serial: string
  /** The channel to the agent inside the guest. */
  readonly agent: string
  /** Where its screen is seen, by who may enter the directory: root and QEMU itself. */
  readonly vnc: string
  readonly spice: string
  /** What cloud-init is told, as a disk; root's, and QEMU's user may read it. */
  readonly seed: string
  /** Where QEMU speaks to its TPM, and the TPM's own process. */
  readonly tpm: string
  readonly tpmPid: string
  /** The key of a disk, while QEMU reads it. */
  readonly key: (disk: string) => string
}

/** The files of one share's process: root's, and QEMU may connect to the socket. */
export interface ShareFiles {
  readonly directory: string
  readonly socket: string
  readonly pid: string
  readonly log: string
}

/** `id`: as QEMU calls the share. */
export function shareFiles(paths: Paths, name: string, id: string): ShareFiles {
  const directory = `${vmRunDirectory(paths, name)}/${id}`
  return {
    directory,
    socket: `${directory}/sock`,
    pid: `${directory}/virtiofsd.pid`,
    log: `${directory}/log`,
  }
}

export function vmFiles(paths: Paths, name: string): VmFiles {
  const directory = vmRunDirectory(paths, name)
  return {
    directory,
    live: `${directory}/live.json`,
    pid: `${directory}/qemu.pid`,
    log: `${directory}/qemu.log`,
    qmp: `${directory}/qmp.sock`,
    monitor: `${directory}/monitor.sock`,
    serial: `${directory}/serial.sock`,
    agent: `${directory}/agent.sock`,
    vnc: `${directory}/vnc.sock`,
    spice: `${directory}/spice.sock`,
    seed: `${directory}/seed/seed.iso`,
    tpm: `${directory}/tpm.sock`,
    tpmPid: `${directory}/tpm.pid`,
    key: (disk) => `${directory}/${disk}.key`,
  }
}

/** What a running machine was started with: its definition may have been changed since. */
export interface LiveVm extends Pick<VmContext, 'mtus' | 'romless'> {
  readonly spec: VmSpec
  readonly acceleration: Acceleration
  readonly taps: readonly InterfaceName[]
  readonly macvtaps?: readonly InterfaceName[]
  /** The highest slot that it was started with, once devices have come or gone since. */
  readonly lastSlot?: number
  /** The controllers of disks that it was started with, likewise. */
  readonly controllers?: readonly DiskController[]
  /** What QEMU calls the images of a disk that it was told to open, the uppermost first, once there are others than at its start. */
  readonly nodes?: Readonly<Record<string, readonly string[]>>
  /** What it began with, once it has been given more or less. */
  readonly boot?: Pick<VmSpec, 'cpus' | 'memoryMiB'>
  /** Devices of this host that it has, with all that it takes to give them back. */
  readonly lent?: readonly LentDevice[]
  /** The control group its QEMU was put into, where the host has them: weftd may be in another one by now. */
  readonly group?: string
}

export const formatLive = (live: LiveVm): string => `${JSON.stringify(live, null, 2)}\n`

/** What the spec asks for decides, what the host can do is the default. */
export function accelerationFor(spec: Pick<VmSpec, 'accelerator'>, host: Acceleration): Acceleration {
  if (spec.accelerator === 'auto' || spec.accelerator === host.kind) return host
  return { kind: spec.accelerator, because: `the definition asks for ${spec.accelerator}` }
}
