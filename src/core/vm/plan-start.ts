/** What to do so that a machine runs as wanted; nothing when it runs already. */
import type { InterfaceName } from '../address/interface-name.ts'
import { lendKeyStep, takeKeyBackStep } from '../host/lend-key.ts'
import { startPlan, noUndo, type Plan, type Step } from '../plan/plan.ts'
import { withoutSecrets } from './cloud-init.ts'
import { formatLive, vmFiles, type LiveVm, type VmContext } from './context.ts'
import { lockedBytes } from './host-devices.ts'
import { withoutCableSteps } from './plan-nic.ts'
import { seedSteps } from './plan-seed.ts'
import { limitSteps } from './disk-limits.ts'
import { encryptedDisks } from './qemu-disks.ts'
import { killAction } from './plan-stop.ts'
import { qemuArgv } from './qemu-args.ts'
import { detachedArgv, readyAction, removeGroupAction, vmGroup } from './qemu-process.ts'
import type { SeenVm } from './seen.ts'
import type { VmSpec } from './spec.ts'

/** What the machine's networks need: made by core/network, joined in by the use case. */
export interface NicSteps {
  /** The TAPs: before QEMU starts, since it opens them. */
  readonly before: readonly Step[]
  /** DHCP, DNS and the guard: a guest asks as soon as it is plugged in. */
  readonly serve: readonly Step[]
  /** Into the bridges: after QEMU has started, since only an opened TAP has carrier. */
  readonly plug: readonly Step[]
}

export function planVmStart(wanted: VmSpec, seen: SeenVm, context: VmContext, nics: NicSteps): Plan {
  const title = `start machine '${wanted.name}'`
  if (seen.isRunning) return startPlan(title, [])
  return startPlan(title, [...loadSteps(wanted, context, nics), ...joinSteps(wanted, context, nics)])
}

/** Up to a QEMU that stands still and answers: about this machine alone, so that several may load at once. The last only waits. */
export function loadSteps(wanted: VmSpec, context: VmContext, nics: Pick<NicSteps, 'before'>): Step[] {
  return [
    ...seedSteps(wanted, context),
    ...runDirectorySteps(wanted, context),
    ...groupSteps(wanted, context),
    ...nics.before,
    ...encryptedDisks(wanted.disks).map((disk) => lendKeyOf(wanted, disk, context)),
    qemuStep(wanted, context),
    readyStep(wanted, context),
  ]
}

/** Into its networks, and off it goes. */
export function joinSteps(wanted: VmSpec, context: VmContext, nics: Omit<NicSteps, 'before'>): Step[] {
  return [
    ...takeKeysBack(wanted, context),
    ...limitSteps(wanted, context.facts),
    ...withoutCableSteps(wanted, context.facts),
    ...nics.serve,
    ...nics.plug,
    ...(context.staysPaused === true ? [] : [continueStep(wanted, context)]),
  ]
}

/**
 * The directory belongs to root with the sticky bit: QEMU makes its sockets in it as the directory's group and cannot touch what
 * weft keeps there.
 */
function runDirectorySteps(wanted: VmSpec, context: VmContext): Step[] {
  const files = vmFiles(context.facts.paths, wanted.name)
  const owner = { uid: 0, gid: context.facts.qemuUser.owner.gid }
  const group = vmGroup(context.facts, wanted.name)
  const live: LiveVm = {
    ...grown(wanted, context),
    acceleration: context.acceleration,
    taps: context.taps,
    ...(openFiles(context).length === 0 ? {} : { macvtaps: openFiles(context) }),
    ...(context.mtus?.some((mtu) => mtu !== undefined) === true ? { mtus: context.mtus } : {}),
    ...(context.lastSlot === undefined ? {} : { lastSlot: context.lastSlot }),
    ...(context.controllers === undefined ? {} : { controllers: context.controllers }),
    ...(group === undefined ? {} : { group }),
    ...(context.lent === undefined ? {} : { lent: context.lent }),
  }
  return [
    {
      reason: `${wanted.name} has a directory for its sockets, which its QEMU may write to`,
      do: { kind: 'mkdir', path: files.directory, mode: 0o1770, owner },
      undo: { kind: 'remove', path: files.directory },
    },
    {
      reason: `weft remembers what ${wanted.name} was started with, whatever becomes of its definition`,
      do: { kind: 'write', path: files.live, content: formatLive(live), mode: 0o644 },
      undo: { kind: 'remove', path: files.live },
    },
  ]
}

/** `boot` is what QEMU's own words say. */
function grown(wanted: VmSpec, { givenMiB }: VmContext): Pick<LiveVm, 'spec' | 'boot'> {
  const spec = withoutSecrets(wanted)
  const { cpus, memoryMiB } = wanted
  return givenMiB === undefined
    ? { spec }
    : { spec: { ...spec, memoryMiB: givenMiB }, boot: { cpus, memoryMiB } }
}

const openFiles = ({ macvtaps = [] }: VmContext): readonly InterfaceName[] => macvtaps

function groupSteps(wanted: VmSpec, { facts }: VmContext): Step[] {
  const group = vmGroup(facts, wanted.name)
  if (group === undefined) return []
  return [
    {
      reason: `${wanted.name} has a control group, in which the kernel counts and can limit what it uses`,
      do: { kind: 'mkdir', path: group, mode: 0o755 },
      undo: removeGroupAction(group),
    },
  ]
}

const lendKeyOf = (
  { name }: VmSpec,
  { id, path }: { id: string; path: string },
  { facts }: VmContext,
): Step => lendKeyStep({ name: id, path }, vmFiles(facts.paths, name).key(id), facts)

const takeKeysBack = ({ name, disks }: VmSpec, { facts }: VmContext): Step[] =>
  encryptedDisks(disks).map(({ id }) => takeKeyBackStep(id, vmFiles(facts.paths, name).key(id)))

function qemuStep(wanted: VmSpec, context: VmContext): Step {
  const { facts, acceleration } = context
  const argv = detachedArgv(facts, wanted.name, qemuArgv(wanted, context), {
    macvtaps: openFiles(context),
    lockedBytes: lockedBytes(wanted, context.lent),
  })
  return {
    reason: `QEMU holds the machine, standing still (${acceleration.kind}), as '${facts.qemuUser.name}' without any privilege`,
    do: { kind: 'run', argv },
    undo: killAction(wanted.name, facts),
  }
}

function readyStep(wanted: VmSpec, { facts }: VmContext): Step {
  return {
    reason: `QEMU has everything that ${wanted.name} needs and answers`,
    do: readyAction(facts, wanted.name),
    undo: noUndo('it was only asked'),
  }
}

function continueStep(wanted: VmSpec, { facts }: VmContext): Step {
  return {
    reason: `the processors of ${wanted.name} run`,
    do: { kind: 'qmp', socket: vmFiles(facts.paths, wanted.name).qmp, command: 'cont' },
    undo: noUndo('ending QEMU ends the guest'),
  }
}
