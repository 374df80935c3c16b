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
import { liveOf } from './live-disks.ts'
import { getVm } from './vm-state.ts'

export interface ShownDefinition {
  /** Without secrets. */
  readonly spec: VmSpec
  readonly around: DomainAround
}

/** `isStored`: as it would start, also of one that runs. */
export async function vmDefinition(app: App, name: string, isStored: boolean): Promise<ShownDefinition> {
  const stored = getVm(app, name)
  const live = isStored ? undefined : await liveOf(app, name)
  // That a machine is forgotten is no part of what it is.
  const spec = omit(withoutSecrets(live?.spec ?? stored), 'isTransient')
  const nvram = nvramFile(app.facts.paths, name)
  const pid = app.machines.pid(name)
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

/** MACs of NICs whose host's end is down. */
async function pulledCables(app: App, { spec, taps }: LiveVm): Promise<ReadonlySet<string>> {
  const down = new Set<string>((await app.host.links()).flatMap(({ name, isUp }) => (isUp ? [] : [name])))
  return new Set<string>(spec.nics.flatMap(({ mac }, i) => (down.has(taps[i] ?? '') ? [mac] : [])))
}
