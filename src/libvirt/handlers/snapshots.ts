/** Snapshots of machines: taken, looked at, gone back to and deleted. */
import { describeSnapshot } from '../../app/describe-snapshot.ts'
import { pauseVm, resumeVm } from '../../app/pause-vm.ts'
import { revertSnapshot } from '../../app/revert-snapshot.ts'
import { deleteSnapshot, treeOf } from '../../app/snapshots.ts'
import { getState } from '../../app/vm-state.ts'
import { startVm } from '../../app/vms.ts'
import { nvramFile } from '../../core/host/paths.ts'
import { withoutSecrets } from '../../core/vm/cloud-init.ts'
import { omit } from '../../core/vm/omit.ts'
import type { Snapshot } from '../../core/vm/snapshot.ts'
import type { CallName } from '../wire/procedures.ts'
import type { DomainHandle, SnapshotHandle } from '../wire/types.ts'
import { formatDomainXml } from '../xml/domain/domain.ts'
import { formatSnapshotXml } from '../xml/snapshot.ts'
import { drivesOf } from './drives.ts'
import { fail } from './failures.ts'
import { specOf } from './find-machine.ts'
import type { Context, Handlers } from './handler.ts'
import { childrenOf, descendantsOf, selectSnapshots } from './snapshot-list.ts'
import { takeSnapshot } from './take-snapshot.ts'
import { readSnapshot } from './read-snapshot.ts'

/** virDomainSnapshotCreateFlags. */
const REDEFINE = 1
const CURRENT = 2
/** virDomainSnapshotRevertFlags. */
const RUNNING = 1
const PAUSED = 2
/** virDomainSnapshotDeleteFlags. */
const WITH_CHILDREN = 1
const METADATA_ONLY = 2
const CHILDREN_ONLY = 4

export const SNAPSHOT_HANDLERS = {
  DOMAIN_SNAPSHOT_CREATE_XML: async (context, { dom, xml_desc, flags }) => {
    const draft = await readSnapshot(xml_desc)
    const name = (flags & REDEFINE) === 0 ? await takeSnapshot(context, dom, draft, flags) : await redefine()
    return { snap: { name, dom } }

    /** Editors change what is said of one that is there. */
    async function redefine(): Promise<string> {
      const { name: known, description } = draft
      if (known === undefined) throw fail('xml', 'qemu', 'a redefined snapshot must have a name')
      const [vm, snapshot] = found(context, dom, known)
      if ((flags & CURRENT) !== 0 && treeOf(context.app, vm).current !== known)
        throw fail('unsupported', 'qemu', 'the current snapshot is the one that the disks go on from: revert')
      if (snapshot.description !== description)
        await describeSnapshot(context.app, vm, known, description, context.change)
      return known
    }
  },
  DOMAIN_SNAPSHOT_GET_XML_DESC: (context, { snap }) => {
    const [vm, snapshot] = found(context, snap.dom, snap.name)
    const spec = omit(withoutSecrets(snapshot.memory?.live.spec ?? snapshot.spec), 'isTransient')
    const disks = drivesOf(spec, undefined).map(({ target, path = '' }) => ({
      target,
      isKept: snapshot.disks.includes(path),
    }))
    const domain = formatDomainXml(spec, { nvram: nvramFile(context.app.facts.paths, vm) })
    return { xml: formatSnapshotXml(snapshot, disks, domain) }
  },
  DOMAIN_SNAPSHOT_NUM: (context, { dom, flags }) => ({ num: listed(context, dom, flags).length }),
  DOMAIN_SNAPSHOT_LIST_NAMES: (context, { dom, maxnames, flags }) => ({
    names: namesOf(listed(context, dom, flags)).slice(0, maxnames),
  }),
  DOMAIN_LIST_ALL_SNAPSHOTS: (context, { dom, need_results, flags }) =>
    handles(listed(context, dom, flags), dom, need_results),
  DOMAIN_SNAPSHOT_NUM_CHILDREN: (context, { snap, flags }) => ({ num: below(context, snap, flags).length }),
  DOMAIN_SNAPSHOT_LIST_CHILDREN_NAMES: (context, { snap, maxnames, flags }) => ({
    names: namesOf(below(context, snap, flags)).slice(0, maxnames),
  }),
  DOMAIN_SNAPSHOT_LIST_ALL_CHILDREN: (context, { snapshot, need_results, flags }) =>
    handles(below(context, snapshot, flags), snapshot.dom, need_results),
  DOMAIN_SNAPSHOT_LOOKUP_BY_NAME: (context, { dom, name }) => {
    found(context, dom, name)
    return { snap: { name, dom } }
  },
  DOMAIN_HAS_CURRENT_SNAPSHOT: (context, { dom }) => ({
    result: Number(treeOf(context.app, specOf(context, dom).name).current !== undefined),
  }),
  DOMAIN_SNAPSHOT_CURRENT: (context, { dom }) => {
    const { current } = treeOf(context.app, specOf(context, dom).name)
    if (current === undefined) throw fail('noSnapshot', 'qemu', 'the domain does not have a current snapshot')
    return { snap: { name: current, dom } }
  },
  DOMAIN_SNAPSHOT_GET_PARENT: (context, { snap }) => {
    const [, { parent }] = found(context, snap.dom, snap.name)
    if (parent === undefined)
      throw fail('noSnapshot', 'qemu', `snapshot '${snap.name}' does not have a parent`)
    return { snap: { name: parent, dom: snap.dom } }
  },
  DOMAIN_SNAPSHOT_IS_CURRENT: (context, { snap }) => {
    const [vm] = found(context, snap.dom, snap.name)
    return { current: Number(treeOf(context.app, vm).current === snap.name) }
  },
  DOMAIN_SNAPSHOT_HAS_METADATA: (context, { snap }) => {
    found(context, snap.dom, snap.name)
    return { metadata: 1 }
  },
  DOMAIN_REVERT_TO_SNAPSHOT: async (context, { snap, flags }) => {
    const { app, change } = context
    const [vm] = found(context, snap.dom, snap.name)
    // libvirt asks nobody whether what is in memory may be given up.
    await revertSnapshot(app, vm, snap.name, { ...change, force: true })
    if ((flags & (RUNNING | PAUSED)) !== 0 && !app.machines.isRunning(vm)) await startVm(app, vm, change)
    const { state } = getState(app, vm)
    if ((flags & PAUSED) !== 0 && state === 'running') await pauseVm(app, vm, change)
    if ((flags & RUNNING) !== 0 && state === 'paused') await resumeVm(app, vm, change)
    return {}
  },
  DOMAIN_SNAPSHOT_DELETE: async (context, { snap, flags }) => {
    const { app, change } = context
    const [vm, { name }] = found(context, snap.dom, snap.name)
    if ((flags & METADATA_ONLY) !== 0)
      throw fail('unsupported', 'qemu', "a snapshot of weft's is nothing without what its disks keep of it")
    const all = (flags & (WITH_CHILDREN | CHILDREN_ONLY)) === 0 ? [] : descendantsOf(treeOf(app, vm), name)
    // The youngest first: what is left is a whole tree at each moment.
    for (const each of all.reverse()) await deleteSnapshot(app, vm, each.name, change)
    if ((flags & CHILDREN_ONLY) === 0) await deleteSnapshot(app, vm, name, change)
    return {}
  },
} as const satisfies Partial<Handlers<Extract<CallName, `DOMAIN_${string}`>>>

/** The machine's name, and the snapshot. */
function found(context: Context, dom: DomainHandle, name: string): readonly [string, Snapshot] {
  const vm = specOf(context, dom).name
  const snapshot = treeOf(context.app, vm).snapshots.find((each) => each.name === name)
  if (snapshot === undefined)
    throw fail('noSnapshot', 'qemu', `no domain snapshot with matching name '${name}'`)
  return [vm, snapshot]
}

/** virDomainSnapshotListFlags: the first is for roots here, and for all that follow below. */
const ROOTS = 1
const DESCENDANTS = 1

function listed(context: Context, dom: DomainHandle, flags: number): readonly Snapshot[] {
  const tree = treeOf(context.app, specOf(context, dom).name)
  const from = (flags & ROOTS) === 0 ? tree.snapshots : childrenOf(tree, undefined)
  return selectSnapshots(tree, from, flags)
}

function below(context: Context, { dom, name }: SnapshotHandle, flags: number): readonly Snapshot[] {
  const [vm] = found(context, dom, name)
  const tree = treeOf(context.app, vm)
  const from = (flags & DESCENDANTS) === 0 ? childrenOf(tree, name) : descendantsOf(tree, name)
  return selectSnapshots(tree, from, flags)
}

const namesOf = (snapshots: readonly Snapshot[]): string[] => snapshots.map(({ name }) => name)

function handles(
  snapshots: readonly Snapshot[],
  dom: DomainHandle,
  wanted: number,
): { snapshots: SnapshotHandle[]; ret: number } {
  const all = namesOf(snapshots).map((name) => ({ name, dom }))
  return { snapshots: wanted === 0 ? [] : all, ret: all.length }
}
