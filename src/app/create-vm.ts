/** Defining and forgetting machines: nothing runs yet, or any more; disks are found and MACs chosen. */
import { parseCdWord } from '../core/vm/disk-word.ts'
import { guestMac, type MacAddress } from '../core/address/mac.ts'
import { invalidDefinition, WeftError } from '../core/errors.ts'
import { portgroupProblems } from '../core/network/bridge/port-limits.ts'
import { activeNetworks, type SeenHost } from '../core/network/seen.ts'
import { draftNotes, specFromDraft, type VmDraft } from '../core/vm/draft.ts'
import { namedFiles } from '../core/vm/file-problems.ts'
import { networksOf } from '../core/vm/nics.ts'
import { parseNet } from '../core/vm/net-word.ts'
import { TUN_NODE, vmProblems } from '../core/vm/problems.ts'
import type { SeenFile } from '../core/vm/seen.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed, type ChangeRequest, toldOfDefinition } from './change.ts'
import { planDefinition } from './definitions.ts'
import { lookAtImageUsers } from './disk-images.ts'
import { resolveDisk } from './resolve-disk.ts'
import { HOST_QUEUE } from './find-network.ts'
import { addressProblems, keepAddresses, tellSteps } from './keep-addresses.ts'
import { lookAtHardware } from './look-at-hardware.ts'
import { lookAtNetworks } from './live-network.ts'
import { pinMachine } from './pin-machine.ts'
import type { App } from './ports.ts'
import { publishedSteps } from './published-steps.ts'
import { refusePublished, withPublished } from './refuse-published.ts'
import { findFirmware } from './vm-firmware.ts'
import { findVmImage, planVmImage } from './vm-image.ts'

/** Stores the definition of a new machine; made from an image, it gets a disk that begins with it. */
export async function createVm(
  app: App,
  draft: VmDraft,
  request: ChangeRequest,
): Promise<Changed<'created'>> {
  refuseTaken(app, draft.name)
  const image = await findVmImage(app, draft, request)
  return app.queue.run(HOST_QUEUE, async () => {
    refuseTaken(app, draft.name)
    const begin = await planVmImage(app, draft, image)
    const unpinned = specFromDraft(draft, {
      uuid: app.chance.uuid(),
      macs: chooseMacs(app, draft.nets ?? []),
      disks: [
        ...begin.disks,
        ...(await Promise.all((draft.disks ?? []).map((word) => resolveDisk(app, word)))),
      ],
      cdroms: [...begin.cdroms, ...(draft.cdroms ?? []).map(parseCdWord)],
      ...(begin.image === undefined ? {} : { image: begin.image }),
      ...(begin.system === undefined ? {} : { system: begin.system }),
      ...(await findFirmware(app, draft)),
    })
    const pinned = await pinMachine(app, unpinned, `machine '${draft.name}'`)
    const made = begin.disks.map(({ path }) => path)
    const seen = await refuseVmProblems(app, pinned, `machine '${pinned.name}'`, made)
    const spec = withPublished(app, pinned, draft.publish ?? [], seen)
    const shared = await refusePublished(app, spec, seen)

    const keeping = keepAddresses(app, spec, seen)
    const define = await planDefinition(app, app.vms, spec, `create machine '${spec.name}'`)
    const tell = tellSteps(app, networksOf(spec), keeping.seen)
    const publishing = publishedSteps(app, keeping.seen, { wanted: spec }, networksOf(spec))
    const steps = [...begin.steps, ...define.steps, ...keeping.steps, ...tell, ...publishing]
    const plan = { ...define, steps }
    const notes = [
      ...begin.notes,
      ...draftNotes(draft, spec),
      ...keeping.notes,
      ...shared,
      ...(spec.isTransient === true ? [] : [`start it with: weft vm start ${spec.name}`]),
    ]
    return toldOfDefinition(app, spec.name, await carryOut(app, request, plan, 'created', notes))
  })
}

/**
 * Everything that would keep the machine from running here, as one refusal; `made` are disks that the same plan makes. Returns the
 * look at its networks.
 */
export async function refuseVmProblems(
  app: App,
  spec: VmSpec,
  what: string,
  made: readonly string[] = [],
): Promise<SeenHost> {
  const files = new Map<string, SeenFile | undefined>()
  const shared = (spec.shares ?? []).map((share) => share.path)
  for (const path of [...namedFiles(spec).map((file) => file.path), ...shared, TUN_NODE]) {
    if (path.startsWith('/')) files.set(path, await app.host.inspectFile(path))
  }
  const open = { isDirectory: false, qemuMayRead: true, qemuMayWrite: true }
  for (const path of made) files.set(path, { ...open, identity: path })
  const seen = await lookAtNetworks(app, networksOf(spec))
  const problems = vmProblems(spec, {
    facts: app.facts,
    acceleration: await app.host.acceleration(),
    users: await lookAtImageUsers(app, spec.name),
    others: app.vms.list().filter((vm) => vm.name !== spec.name),
    networks: new Set([...app.networks.list().map((stored) => stored.spec.name), ...activeNetworks(seen)]),
    files,
    hardware: await lookAtHardware(app, spec),
  })
  const groups = spec.nics.flatMap(({ network, portgroup }, i) => {
    const known = app.liveNetworks.get(network)?.spec ?? app.networks.find(network)?.spec
    return known === undefined ? [] : portgroupProblems(portgroup, known, `nics.${String(i)}.portgroup`)
  })
  const all = [...problems, ...addressProblems(app, spec, seen), ...groups]
  if (all.length > 0) throw invalidDefinition(what, all)
  return seen
}

export function refuseTaken(app: App, name: string): void {
  if (app.vms.find(name) === undefined && !app.machines.isRunning(name)) return
  throw new WeftError('already-exists', `a machine named '${name}' exists already`, {
    hint: `weft vm show ${name}`,
  })
}

/** One for each NIC, unlike all others; those given by the caller are left as they are. */
export function chooseMacs(app: App, nets: readonly string[]): MacAddress[] {
  const taken = new Set<string>(app.vms.list().flatMap((vm) => vm.nics.map((nic) => nic.mac)))
  return nets.map((word) => {
    const given = parseNet(word).mac
    if (given !== undefined) return given
    for (;;) {
      const [a = 0, b = 0, c = 0] = app.chance.bytes(3)
      const mac = guestMac([a, b, c])
      if (taken.has(mac)) continue
      taken.add(mac)
      return mac
    }
  })
}
