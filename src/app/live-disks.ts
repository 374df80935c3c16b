/** Disks of machines that run, by the names their QEMUs have for them. */
import { vmFiles, type LiveVm } from '../core/vm/context.ts'
import type { NamedDisk } from '../core/vm/plan-disk-plug.ts'
import { diskId } from '../core/vm/qemu-disks.ts'
import type { DiskDevice, VmSpec } from '../core/vm/spec.ts'
import { WeftError } from '../core/errors.ts'
import type { Step } from '../core/plan/plan.ts'
import { planDefinition } from './definitions.ts'
import { findDisk } from './disk-images.ts'
import type { App } from './ports.ts'
import { getVm, readLive } from './vm-state.ts'

/** undefined when it does not run. */
export async function liveOf(app: App, name: string): Promise<LiveVm | undefined> {
  return app.machines.isRunning(name) ? readLive(app, name) : undefined
}

export const withIds = (disks: readonly DiskDevice[]): NamedDisk[] =>
  disks.map((disk, position) => ({ ...disk, id: diskId(disk, position) }))

/** Of a machine that runs and writes to it. */
export async function findLiveDisk(
  app: App,
  path: string,
): Promise<{ vm: string; id: string; node: string } | undefined> {
  for (const { name } of app.vms.list()) {
    const live = await liveOf(app, name)
    const disks = withIds(live?.spec.disks ?? [])
    const disk = disks.find((each) => each.path === path && each.isReadOnly !== true)
    if (live !== undefined && disk !== undefined)
      return { vm: name, id: disk.id, node: nodesOf(live, disk.id)[0] ?? disk.id }
  }
  return undefined
}

/** A disk of a machine, which runs or not. */
export interface MachineDisk {
  readonly spec: VmSpec
  readonly live: LiveVm | undefined
  readonly disk: NamedDisk
}

/** `word`: a disk's name, its path, or what QEMU calls it. `isStored`: of its definition alone. Throws not-found. */
export async function getMachineDisk(
  app: App,
  name: string,
  word: string,
  isStored = false,
): Promise<MachineDisk> {
  const spec = getVm(app, name)
  const live = isStored ? undefined : await liveOf(app, name)
  const path = word.startsWith('/') ? word : (await findDisk(app, word))?.path
  const disk = withIds((live?.spec ?? spec).disks).find((each) => each.path === path || each.id === word)
  if (disk !== undefined) return { spec, live, disk }
  throw new WeftError('not-found', `machine '${name}' has no disk '${word}'`, {
    hint: `weft vm show ${name}`,
  })
}

/** What QEMU calls the images of a disk that it was told to open, the uppermost first. */
export const nodesOf = (live: LiveVm, id: string): readonly string[] => live.nodes?.[id] ?? [id]

/** The definition, and the note of what runs: steps that come before what QEMU is told, since they are what a full disk refuses. */
export async function keepSteps(app: App, wanted: VmSpec, live: LiveVm | undefined): Promise<Step[]> {
  const define = (await planDefinition(app, app.vms, wanted, '')).steps
  return live === undefined ? [...define] : [...define, ...(await noteSteps(app, live))]
}

/** None when it says so already. */
export async function noteSteps(app: App, live: LiveVm): Promise<Step[]> {
  const { name } = live.spec
  const path = vmFiles(app.facts.paths, name).live
  const before = (await app.host.readTextFile(path)) ?? ''
  const content = `${JSON.stringify(live, null, 2)}\n`
  if (content === before) return []
  const write = { kind: 'write', path, mode: 0o644 } as const
  return [
    {
      reason: `weft remembers what the running ${name} has`,
      do: { ...write, content },
      undo: { ...write, content: before },
    },
  ]
}
