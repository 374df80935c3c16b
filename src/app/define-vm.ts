/** A machine defined by a text: new, or as it shall be from its next start. */
import type { InterfaceName } from '../core/address/interface-name.ts'
import { invalidDefinition, WeftError } from '../core/errors.ts'
import { diskPath, type DiskFormat } from '../core/storage/disk.ts'
import { completeDefinition, mergeRest } from '../core/vm/complete-definition.ts'
import { locateVmProblems, WEFT_PART, type DiskDefinition, type VmDefinition } from '../core/vm/definition.ts'
import type { FirmwareSpec } from '../core/vm/firmware.ts'
import { namedFiles } from '../core/vm/file-problems.ts'
import { networksOf } from '../core/vm/nics.ts'
import { withSlots } from '../core/vm/slots.ts'
import type { DiskDevice, VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed, type ChangeRequest, toldOfDefinition } from './change.ts'
import { chooseMacs, refuseTaken, refuseVmProblems } from './create-vm.ts'
import { planDefinition } from './definitions.ts'
import { formatOf, getActivePool, poolsOf } from './disk-images.ts'
import { refuseOtherSecret } from './refuse-secret.ts'
import { encryptionOf, resolveDisk } from './resolve-disk.ts'
import { keepAddresses, tellSteps } from './keep-addresses.ts'
import { lookAtNetworks } from './live-network.ts'
import { pinMachine } from './pin-machine.ts'
import type { App } from './ports.ts'
import { publishedSteps } from './published-steps.ts'
import { refusePublished } from './refuse-published.ts'
import { refuseBackup, refuseJob, refuseSavedVm } from './refuse-job.ts'
import { findFirmware } from './vm-firmware.ts'
import { inTurnOf } from './vm-turn.ts'

/** A text that has been read; `rest` is what it says in weft's own words. */
export interface GivenDefinition {
  readonly definition: VmDefinition
  readonly rest: object
  /** For messages. */
  readonly what: string
  /** What became of the text, in sentences. */
  readonly notes?: readonly string[]
  /** There must be none of that name yet. */
  readonly isNew?: true
  /** It is forgotten when it ends. */
  readonly isTransient?: true
  /** Disks that it may name, and that the same change makes. */
  readonly made?: readonly { readonly name: string; readonly format: DiskFormat }[]
  /** Files that it names may come, or become QEMU's user's, before it starts. */
  readonly mayLackFiles?: true
}

/** A machine that has run elsewhere, and has no definition here yet. */
export function importVm(
  app: App,
  given: GivenDefinition,
  request: ChangeRequest,
): Promise<Changed<'defined' | 'redefined' | 'unchanged'>> {
  return defineVm(app, { ...given, isNew: true }, request)
}

export function defineVm(
  app: App,
  given: GivenDefinition,
  request: ChangeRequest,
): Promise<Changed<'defined' | 'redefined' | 'unchanged'>> {
  const { name } = given.definition
  return inTurnOf(app, name, async () => {
    if (given.isNew === true) refuseTaken(app, name)
    const { before, spec } = await wantedVm(app, given)
    if (before !== undefined && spec !== before) refuseOccupied(app, name)
    const lacking = given.mayLackFiles === true ? await lackingFiles(app, spec) : []
    await placed(given, refuseVmProblems(app, spec, given.what, lacking))

    const left = before === undefined ? [] : networksOf(before)
    const seen = await lookAtNetworks(app, [...new Set([...networksOf(spec), ...left])])
    const shared = await placed(given, refusePublished(app, spec, seen))
    const keeping = keepAddresses(app, spec, seen, left)
    const define = await planDefinition(app, app.vms, spec, `define machine '${name}'`)
    const told = tellSteps(app, networksOf(spec), keeping.seen)
    const nets = [...new Set([...networksOf(spec), ...left])]
    const tell = [...told, ...publishedSteps(app, keeping.seen, { wanted: spec }, nets)]
    const isSame = define.steps.length === 0
    const plan = isSame ? define : { ...define, steps: [...define.steps, ...keeping.steps, ...tell] }
    const result = isSame ? 'unchanged' : before === undefined ? 'defined' : 'redefined'
    const notes = [
      ...(given.notes ?? []),
      ...(isSame ? [] : keeping.notes),
      ...shared,
      ...(given.isNew === true && given.isTransient === undefined
        ? [`start it with: weft vm start ${name}`]
        : []),
      ...(!isSame && app.machines.isRunning(name)
        ? ['it runs as it is; this counts from its next start']
        : []),
    ]
    return toldOfDefinition(app, name, await carryOut(app, request, plan, result, notes))
  })
}

/** The machine as the text has it, with all that was left out; the very same as before where nothing is different. */
export async function wantedVm(
  app: App,
  given: GivenDefinition,
): Promise<{ readonly before: VmSpec | undefined; readonly spec: VmSpec }> {
  const { name, uuid } = given.definition
  const before = app.vms.find(name)
  refuseOtherUuid(app, name, uuid)
  const transient = given.isTransient === undefined ? {} : { isTransient: given.isTransient }
  const unpinned = carriedOver({ ...(await completed(app, given)), ...transient }, before)
  const wanted = await placed(given, pinMachine(app, unpinned, given.what))
  const spec = before !== undefined && inOrder(before) === inOrder(wanted) ? before : wanted
  refuseUnreadable(app, spec, given)
  return { before, spec }
}

async function lackingFiles(app: App, spec: VmSpec): Promise<string[]> {
  const paths = namedFiles(spec).map(({ path, isWritten }) => ({ path, isWritten }))
  const lacking: string[] = []
  for (const { path, isWritten } of paths) {
    const file = await app.host.inspectFile(path)
    const isThere = file?.qemuMayRead === true && (file.qemuMayWrite || !isWritten)
    if (!isThere && path.startsWith('/')) lacking.push(path)
  }
  return lacking
}

/** Saved memory, a backup that runs and a disk's job know the machine as it is. */
function refuseOccupied(app: App, name: string): void {
  refuseSavedVm(app, name)
  refuseBackup(app, name)
  const job = app.jobs.list().find(({ vm }) => vm === name)
  if (job !== undefined) refuseJob(app, job)
}

/** The same for the same machine, whatever order its words are in. */
function inOrder(spec: VmSpec): string {
  return JSON.stringify(spec, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

function refuseOtherUuid(app: App, name: string, uuid: string | undefined): void {
  if (uuid === undefined) return
  const other = app.vms.list().find((vm) => (vm.name === name) !== (vm.uuid === uuid))
  if (other === undefined) return
  const message =
    other.name === name
      ? `machine '${name}' exists already with the UUID ${other.uuid}`
      : `machine '${other.name}' has the UUID ${uuid} already`
  throw new WeftError('already-exists', message, { hint: 'leave the UUID out, or choose another name' })
}

async function completed(app: App, { definition, rest, what, made = [] }: GivenDefinition): Promise<VmSpec> {
  const before = app.vms.find(definition.name)
  const macs = chooseMacs(
    app,
    definition.nics.map(() => 'new'),
  )
  const firmware = await firmwareOf(app, definition)
  const spec = completeDefinition(definition, {
    uuid: before?.uuid ?? app.chance.uuid(),
    macs: macs.map((mac, i) => before?.nics[i]?.mac ?? mac),
    networks: definition.nics.map(({ plug }, i) =>
      'network' in plug ? plug.network : networkOfBridge(app, plug.bridge, i, { definition, what }),
    ),
    disks: await Promise.all(definition.disks.map((disk) => imageOf(app, disk, made))),
    ...(firmware === undefined ? {} : { firmware }),
  })
  return mergeRest(spec, rest)
}

/** Devices stay in their slots, and secrets are not in texts that others may read. */
function carriedOver(spec: VmSpec, before: VmSpec | undefined): VmSpec {
  if (before === undefined) return withSlots(spec)
  const disks = before.disks.map(({ path, slot, id }) => ({ path, slot, id }))
  const nics = before.nics.map(({ mac, slot }) => ({ mac, slot }))
  const shares = (before.shares ?? []).map(({ tag, slot, mountPoint }) => ({ tag, slot, mountPoint }))
  const still = (before.devices ?? []).filter(({ device }) =>
    spec.devices?.some((each) => each.device === device),
  )
  const devices = still.map(({ device, slot }) => ({ device, slot }))
  const defined = (parts: readonly object[]): unknown => JSON.parse(JSON.stringify(parts))
  const merged = mergeRest(spec, {
    disks: defined(disks),
    nics: defined(nics),
    shares: defined(shares),
    devices: defined(devices),
  })
  const userData = before.cloudInit?.userData
  const { cloudInit } = merged
  return withSlots(
    cloudInit === undefined || cloudInit.userData !== undefined || userData === undefined
      ? merged
      : { ...merged, cloudInit: { ...cloudInit, userData } },
  )
}

/** What stands in weft's own words has to have the shape that definitions have. */
function refuseUnreadable(app: App, spec: VmSpec, { definition, what }: GivenDefinition): void {
  try {
    app.vms.check?.(spec)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw invalidDefinition(what, locateVmProblems([{ path: WEFT_PART, message }], definition))
  }
}

/** Where its image lies, and what it is. */
export async function imageOf(
  app: App,
  { source, format: given, isEncrypted, secret }: DiskDefinition,
  made: NonNullable<GivenDefinition['made']> = [],
): Promise<Pick<DiskDevice, 'path' | 'format' | 'isEncrypted'>> {
  const named = 'path' in source && !source.path.startsWith('/') ? source.path : undefined
  const coming = made.find(({ name }) => name === named)
  const disk = coming === undefined && named !== undefined ? await resolveDisk(app, named) : undefined
  const said = given ?? disk?.format ?? coming?.format
  const path =
    disk?.path ??
    (coming === undefined
      ? 'path' in source
        ? source.path
        : volumePath(app, source)
      : diskPath(getActivePool(app, undefined), coming.name, coming.format))
  const format = said ?? (await formatOf(app, path))
  const encryption = await encryptionOf(app, path, format)
  if (isEncrypted === true && encryption.isEncrypted !== true)
    throw new WeftError('invalid-argument', `'${path}' is not encrypted, as its <encryption> says`, {
      hint: 'leave <encryption> out, or make the disk: weft disk create NAME --size 10G --encrypt',
    })
  if (secret !== undefined) await refuseOtherSecret(app, path, secret)
  return { path, format, ...encryption }
}

function volumePath(app: App, { pool: name, volume }: { pool: string; volume: string }): string {
  const pool = poolsOf(app).find((each) => each.name === name)
  if (pool !== undefined && /^[^/]+$/.test(volume) && volume !== '..') return `${pool.path}/${volume}`
  throw new WeftError('not-found', `there is no volume '${volume}' in a pool '${name}'`, {
    hint: 'weft pool list; weft disk list',
  })
}

/** For a NIC that names a bridge: the network that it belongs to. */
export function networkOfBridge(
  app: App,
  bridge: string,
  nic: number,
  { definition, what }: Pick<GivenDefinition, 'definition' | 'what'>,
): string {
  const found = app.networks
    .list()
    .find(
      ({ spec }) =>
        spec.bridge?.name === bridge ||
        spec.hostBridge === bridge ||
        spec.devices?.includes(bridge as InterfaceName),
    )
  if (found !== undefined) return found.spec.name
  const message = `no network of weft's is on the bridge '${bridge}'`
  const hint = 'make one of it: a network of forward mode bridge with this bridge or NIC (weft net define)'
  throw invalidDefinition(
    what,
    locateVmProblems([{ path: `nics.${String(nic)}.network`, message, hint }], definition),
  )
}

async function firmwareOf(
  app: App,
  { firmware, machine = 'q35', name }: VmDefinition,
): Promise<FirmwareSpec | undefined> {
  if (firmware === undefined) return undefined
  if ('kind' in firmware)
    return (await findFirmware(app, { name, machine, firmware: firmware.kind })).firmware
  if (firmware.template !== undefined) return firmware
  // As packages name the two: OVMF_CODE_4M.fd and OVMF_VARS_4M.fd.
  const template = firmware.code.replace(/CODE(?=[^/]*$)/, 'VARS').replace(/\.secboot|\.ms(?=\.fd$)/, '')
  if (template !== firmware.code && (await app.host.inspectFile(template)) !== undefined)
    return { ...firmware, template }
  throw new WeftError('invalid-definition', `nothing says what the NVRAM of '${firmware.code}' begins as`, {
    hint: "<nvram template='FILE'/>",
  })
}

/** Problems at their line and column. */
async function placed<T>({ definition, what }: GivenDefinition, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof WeftError) || error.problems.length === 0) throw error
    throw invalidDefinition(what, locateVmProblems(error.problems, definition))
  }
}
