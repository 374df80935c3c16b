/** What a machine's definition says to others: as it is stored, or as it runs, with what only a running one has. */
import { nvramFile } from '../core/host/paths.ts'
import { withoutSecrets } from '../core/vm/cloud-init.ts'
import { vmFiles, type LiveVm } from '../core/vm/context.ts'
import type { DomainAround } from '../core/vm/domain-around.ts'
import { omit } from '../core/vm/omit.ts'
import { diskId } from '../core/vm/qemu-disks.ts'
import { nicId } from '../core/vm/qemu-nic.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'
import { showVm } from './vm-state.ts'

export interface ShownDefinition {
  /** Without secrets. */
  readonly spec: VmSpec
  readonly around: DomainAround
}

/** `isStored`: as it would start, also of one that runs. */
export async function vmDefinition(app: App, name: string, isStored: boolean): Promise<ShownDefinition> {
  const detail = await showVm(app, name)
  const { live, pid } = isStored ? { live: undefined, pid: undefined } : detail
  // That a machine is forgotten is no part of what it is.
  const spec = omit(withoutSecrets(live?.spec ?? detail.spec), 'isTransient')
  const nvram = nvramFile(app.facts.paths, name)
  if (live === undefined || pid === undefined) return { spec, around: { nvram } }
  return {
    spec,
    around: {
      nvram,
      live: {
        id: pid,
        accelerator: live.acceleration.kind,
        ...(live.boot === undefined ? {} : { bootMiB: live.boot.memoryMiB }),
        interfaces: live.taps,
        diskAliases: spec.disks.map(diskId),
        cdAliases: spec.cdroms.map((_, i) => `cd${String(i)}`),
        nicAliases: spec.nics.map((_, i) => nicId(spec, i)),
        pulled: await pulledCables(app, live),
        ...(spec.display === undefined ? {} : { screen: vmFiles(app.facts.paths, name)[spec.display.kind] }),
      },
    },
  }
}

/** IFF_UP of linux/if.h. */
const UP = 1

/** MACs of NICs whose host's end is down: asked of each, since a list of all links grows with the host. */
async function pulledCables(app: App, { spec, taps }: LiveVm): Promise<ReadonlySet<string>> {
  const pulled = spec.nics.map(async ({ mac }, i) => {
    const flags = await app.host.readTextFile(`/sys/class/net/${taps[i] ?? ''}/flags`)
    return flags === undefined || (Number(flags) & UP) !== 0 ? [] : [mac]
  })
  return new Set<string>((await Promise.all(pulled)).flat())
}
