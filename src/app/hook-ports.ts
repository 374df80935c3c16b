/** Programs that an administrator has put beside weft's definitions, and what they are told. */
import type { NetworkSpec } from '../core/network/spec.ts'
import type { DomainAround } from '../core/vm/domain-around.ts'
import type { VmSpec } from '../core/vm/spec.ts'

/** As libvirt's hooks are called. */
export type HookSubject = 'daemon' | 'network' | 'qemu'

export interface Hooks {
  /** Paths of the executables, in the order they are run in: `network`, then `network.d/*` by name. Mostly there are none. */
  scripts(subject: HookSubject): readonly string[]
  /** Definitions as libvirt writes them: a network as it runs, a machine with what only a running one has. */
  networkText(spec: NetworkSpec): Promise<string>
  machineText(spec: VmSpec, around: DomainAround): Promise<string>
}
