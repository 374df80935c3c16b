/** What is true of this host for as long as weftd runs: found out once by the rim, handed to every planner. */
import type { Owner } from '../plan/action.ts'
import type { Paths } from './paths.ts'

/** How guests' code runs here, and why not better. */
export interface Acceleration {
  readonly kind: 'kvm' | 'tcg'
  /** One sentence for people: 'a boot sector ran under KVM in 40 ms', '/dev/kvm is there but a guest hangs under it'. */
  readonly because: string
  /** Of this host's processors, in kHz; only for a machine that has to be told (vm/guest-clock.ts). */
  readonly clockKHz?: number
}

/** Where the kernel shows this host's devices. */
export interface KernelTrees {
  readonly sys: string
  readonly dev: string
  readonly proc: string
  /** Modules of kernels, a directory each. */
  readonly modules: string
}

export const KERNEL_TREES: KernelTrees = { sys: '/sys', dev: '/dev', proc: '/proc', modules: '/lib/modules' }

export interface HostFacts {
  readonly paths: Paths
  /** Absent: the kernel's own. */
  readonly trees?: KernelTrees
  /** QEMU runs as this user; its groups give it /dev/kvm. */
  readonly qemuUser: { readonly name: string; readonly owner: Owner; readonly kvmGid?: number }
  /** dnsmasq drops to this user. */
  readonly dnsmasqUser: string
  /** This host is itself a virtual machine. */
  readonly isVirtual?: boolean
  /** Where machines get control groups of their own; absent where weft may not make any. */
  readonly groups?: string
  /** Absolute paths of programs found, undefined when not installed. */
  readonly programs: Readonly<Record<ProgramName, string | undefined>>
}

/** Programs weft runs, with the Debian package that has each. */
export const PROGRAMS = {
  ip: 'iproute2',
  nft: 'nftables',
  dnsmasq: 'dnsmasq-base',
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  setpriv: 'util-linux',
} as const

export type ProgramName = keyof typeof PROGRAMS
