/** What a machine's definition says to others: as it is stored, or as it runs, with what only a running one has. */
import type { SeenLink } from '../core/host/link.ts'
import { nvramFile, type Paths } from '../core/host/paths.ts'
import { madeOnce } from '../core/host/read-once.ts'
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

/** `isStored`: as it would start, also of one that runs. The same object while nothing of it is another. */
export async function vmDefinition(app: App, name: string, isStored: boolean): Promise<ShownDefinition> {
  const stored = getVm(app, name)
  const { paths } = app.facts
  const live = isStored ? undefined : await liveOf(app, name)
  const pid = app.machines.pid(name)
  if (live === undefined || pid === undefined) return atRest(live?.spec ?? stored, nvramFile(paths, name))
  return running(live, pid, await app.host.links(), paths)
}

const atRest = madeOnce((stored: VmSpec, nvram: string): ShownDefinition => ({
  // That a machine is forgotten is no part of what it is.
  spec: omit(withoutSecrets(stored), 'isTransient'),
  around: { nvram },
}))

const running = madeOnce(
  (live: LiveVm, pid: number, links: readonly SeenLink[], paths: Paths): ShownDefinition => {
    const { name } = live.spec
    const { spec, around } = atRest(live.spec, nvramFile(paths, name))
    const more = {
      id: pid,
      accelerator: live.acceleration.kind,
      ...(live.boot === undefined ? {} : { bootMiB: live.boot.memoryMiB }),
      interfaces: live.taps,
      diskAliases: spec.disks.map(diskId),
      cdAliases: spec.cdroms.map((_, i) => `cd${String(i)}`),
      nicAliases: spec.nics.map((_, i) => nicId(spec, i)),
      pulled: pulledCables(live, links),
      ...(spec.display === undefined ? {} : { screen: vmFiles(paths, name)[spec.display.kind] }),
    }
    return { spec, around: { ...around, live: more } }
  },
)

/** MACs of NICs whose host's end is down. */
function pulledCables({ spec, taps }: LiveVm, links: readonly SeenLink[]): ReadonlySet<string> {
  const down = new Set<string>(links.flatMap(({ name, isUp }) => (isUp ? [] : [name])))
  return new Set<string>(spec.nics.flatMap(({ mac }, i) => (down.has(taps[i] ?? '') ? [mac] : [])))
}
