/** Shares come to machines and go from them; the definition, the note of what runs and QEMU itself change together. */
import { WeftError } from '../core/errors.ts'
import type { LiveVm } from '../core/vm/context.ts'
import type { ShareSpec } from '../core/vm/hardware-spec.ts'
import { planShareAttach, planShareDetach } from '../core/vm/plan-share-plug.ts'
import { omit } from '../core/vm/omit.ts'
import { lastSlot } from '../core/vm/qemu-topology.ts'
import { sharesFromWords } from '../core/vm/share-word.ts'
import { isServed } from '../core/vm/shares.ts'
import { freeSlotOf } from '../core/vm/slots.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed, type ChangeRequest, toldOfDefinition } from './change.ts'
import { refuseVmProblems } from './create-vm.ts'
import { someOf } from './find-network.ts'
import { keepSteps, liveOf } from './live-disks.ts'
import { virtiofsdFor } from './look-at-hardware.ts'
import type { App } from './ports.ts'
import { notesOfPlug, refuseFixedBus, refuseNoRoom } from './refuse-plug.ts'
import { getVm } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'

/** `word`: as share-word.ts reads it. */
export function attachShare(
  app: App,
  name: string,
  word: string,
  request: ChangeRequest,
): Promise<Changed<'attached'>> {
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    const live = await liveOf(app, name)
    const slot = freeSlotOf(live === undefined ? [spec] : [spec, live.spec])
    const [share] = sharesFromWords([word], sharesOf(spec)).map((each) => ({ ...each, slot }))
    if (share === undefined) throw new WeftError('internal', `'${word}' is no share`)
    const wanted = withShares(spec, [...sharesOf(spec), share])
    await refuseVmProblems(app, wanted, `machine '${name}' with '${share.path}'`)
    if (live !== undefined) refuseCold(live, share)
    const plug = {
      facts: app.facts,
      machine: spec,
      share,
      isRunning: live !== undefined,
      ...(await virtiofsdFor(app, wanted)),
    }
    const note = live && noteWith(live, [...sharesOf(live.spec), share])
    const plan = planShareAttach(plug, await keepSteps(app, wanted, note))
    return toldOfDefinition(app, name, await carryOut(app, request, plan, 'attached', notesOf(share, live)))
  })
}

export function detachShare(
  app: App,
  name: string,
  tag: string,
  request: ChangeRequest,
): Promise<Changed<'detached'>> {
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    const live = await liveOf(app, name)
    const share = getShare(live?.spec ?? spec, tag)
    if (live !== undefined) refuseCold(live, share)
    const without = (of: VmSpec): ShareSpec[] => sharesOf(of).filter((other) => other.tag !== tag)
    const plug = {
      facts: app.facts,
      machine: spec,
      share,
      isRunning: live !== undefined,
      ...(await virtiofsdFor(app, { shares: [share] })),
    }
    const kept = await keepSteps(
      app,
      withShares(spec, without(spec)),
      live && noteWith(live, without(live.spec)),
    )
    return toldOfDefinition(app, name, await carryOut(app, request, planShareDetach(plug, kept), 'detached'))
  })
}

const sharesOf = ({ shares = [] }: VmSpec): readonly ShareSpec[] => shares

/** What it needs to share memory stays when the last share has gone: another one may come while it runs. */
function withShares(spec: VmSpec, shares: readonly ShareSpec[]): VmSpec {
  return {
    ...omit(spec, 'shares'),
    ...(shares.length === 0 ? {} : { shares }),
    ...(shares.some(isServed) ? { sharedMemory: true } : {}),
  }
}

/** Of what runs only the shares change: its memory is what it was started with. */
const noteWith = (live: LiveVm, shares: readonly ShareSpec[]): LiveVm => ({
  ...live,
  spec: { ...live.spec, shares },
  lastSlot: live.lastSlot ?? lastSlot(live.spec),
})

function getShare(spec: VmSpec, tag: string): ShareSpec {
  const share = sharesOf(spec).find((each) => each.tag === tag)
  if (share !== undefined) return share
  const tags = sharesOf(spec).map((each) => each.tag)
  throw new WeftError('not-found', `machine '${spec.name}' has no share '${tag}'`, {
    hint: tags.length === 0 ? `weft vm show ${spec.name}` : `it has ${someOf(tags)}`,
  })
}

/** QEMU takes 9p shares at its start only, and what is served sees the memory of a machine that was started with it shared. */
function refuseCold(live: LiveVm, share: ShareSpec): void {
  const { name, sharedMemory } = live.spec
  refuseFixedBus(live.spec)
  const refuse = (message: string): never => {
    throw new WeftError('needs-restart', message, { hint: `stop it first: weft vm stop ${name}` })
  }
  if (!isServed(share))
    refuse(`machine '${name}' runs, and QEMU takes and gives up 9p shares only when it starts`)
  if (sharedMemory !== true) refuse(`machine '${name}' was started with memory that virtiofs cannot share`)
  refuseNoRoom(live, share)
}

/** cloud-init mounts at the first boot only, and what is in fstab then. */
function notesOf({ tag, kind, mountPoint }: ShareSpec, live: LiveVm | undefined): string[] {
  const place = mountPoint ?? '/mnt'
  return [
    ...notesOfPlug(live),
    ...(mountPoint === undefined ? [] : ['a guest that has booted before does not mount it by itself']),
    `in the guest: mount -t ${kind}${kind === '9p' ? ' -o trans=virtio' : ''} ${tag} ${place}`,
  ]
}
