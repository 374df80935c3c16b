/** Machines as they are now: definitions, what runs of them, and the command line of each. */
import { WeftError } from '../core/errors.ts'
import type { Acceleration } from '../core/host/facts.ts'
import { accelerationFor, vmFiles, type LiveVm } from '../core/vm/context.ts'
import { isLive, stateOfQemu, type LiveState, type VmState } from '../core/vm/lifecycle.ts'
import { confinedArgv } from '../core/host/confinement.ts'
import { madeOnce, readOnce } from '../core/host/read-once.ts'
import { networksOf } from '../core/vm/nics.ts'
import { qemuArgv } from '../core/vm/qemu-args.ts'
import type { NicDevice, VmSpec } from '../core/vm/spec.ts'
import { someOf } from './find-network.ts'
import { lookAtAcceleration } from './guest-acceleration.ts'
import { knownAddresses, type KnownAddress, type KnownAddresses } from './known-addresses.ts'
import { lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import { chooseTaps } from './vm-nics.ts'

export interface VmSummary {
  /** The stored definition. */
  readonly spec: VmSpec
  readonly state: VmState
  /** Why it stands still, where that is known. */
  readonly because: string | undefined
  readonly pid: number | undefined
}

export interface VmDetail extends VmSummary {
  /** What a running machine was started with. */
  readonly live: LiveVm | undefined
  /** How it runs, or would run. */
  readonly acceleration: Acceleration
  /** NICs of the running machine, or of the definition. */
  readonly nics: readonly VmNic[]
}

export interface VmNic extends Omit<NicDevice, 'ip' | 'ip6'>, KnownAddress {
  /** The host's end, while the machine runs. */
  readonly interface: string | undefined
}

/** All of them, by name, from memory. */
export function listVms(app: App): VmSummary[] {
  return inOrder(app.vms.list()).map((spec) => summarize(app, spec))
}

/** Made once: it takes longer than to compare with it. */
const byName = new Intl.Collator('en')

/** The list of definitions is the same until one changes, and so is its order. */
const inOrder = readOnce((specs: readonly VmSpec[]) =>
  specs.toSorted((a, b) => byName.compare(a.name, b.name)),
)

/** All of them, with what is known of those that run; the others have no addresses. */
export function showVms(app: App): Promise<(VmSummary | VmDetail)[]> {
  const addresses = knownAddresses(app)
  const show = async (vm: VmSummary): Promise<VmSummary | VmDetail> =>
    isLive(vm.state) ? showVm(app, vm.spec.name, addresses) : vm
  return Promise.all(listVms(app).map(show))
}

/** `addresses`: whoever shows many looks once for all. */
export async function showVm(
  app: App,
  name: string,
  addresses: KnownAddresses = knownAddresses(app),
): Promise<VmDetail> {
  const spec = getVm(app, name)
  const live = app.machines.isRunning(name) ? await readLive(app, name) : undefined
  const acceleration = live?.acceleration ?? accelerationFor(spec, await app.host.acceleration())
  const nics = (live?.spec ?? spec).nics.map(async (nic, i) => ({
    ...nic,
    interface: live?.taps[i],
    ...(live === undefined ? { ip: undefined, ipSource: undefined } : await addresses(nic)),
  }))
  return { ...summarize(app, spec), live, acceleration, nics: await Promise.all(nics) }
}

/** The whole command that runs the machine, or would run it now. */
export async function vmCommandLine(app: App, name: string): Promise<readonly string[]> {
  const spec = getVm(app, name)
  const live = app.machines.isRunning(name) ? await readLive(app, name) : undefined
  if (live !== undefined) {
    return confinedArgv(app.facts, qemuArgv({ ...live.spec, ...live.boot }, { facts: app.facts, ...live }))
  }
  return commandLineOf(app, spec)
}

/** Of one that may have no definition here. */
export async function commandLineOf(app: App, spec: VmSpec): Promise<readonly string[]> {
  const acceleration = await lookAtAcceleration(app, spec)
  const ends = chooseTaps(app, spec, await lookAtNetworks(app, networksOf(spec)))
  return confinedArgv(app.facts, qemuArgv(spec, { facts: app.facts, acceleration, ...ends }))
}

/** Throws not-found. */
export function getVm(app: App, name: string): VmSpec {
  const spec = app.vms.find(name)
  if (spec !== undefined) return spec
  const names = app.vms.list().map((vm) => vm.name)
  throw new WeftError('not-found', `there is no machine named '${name}'`, {
    hint: names.length === 0 ? 'weft vm create NAME' : `weft vm list (it shows ${someOf(names)})`,
  })
}

/** undefined when the note is missing or is not what weft wrote. */
export async function readLive(app: App, name: string): Promise<LiveVm | undefined> {
  const text = await app.host.readTextFile(vmFiles(app.facts.paths, name).live)
  return text === undefined ? undefined : noteOf(app.vms.find(name) ?? {}, text)
}

/** Kept beside the definition, as long as the note says the same. */
const noteOf = madeOnce((_definition: object, text: string): LiveVm | undefined => {
  try {
    return withoutNulls(JSON.parse(text) as LiveVm)
  } catch {
    return undefined
  }
})

/** JSON has no undefined inside a list. */
function withoutNulls({ mtus, ...live }: LiveVm): LiveVm {
  return mtus === undefined ? live : { ...live, mtus: mtus.map((mtu) => mtu ?? undefined) }
}

/** A QEMU that has not ended yet does not make a saved machine one that runs: it must not go on. */
export function stateOf(app: App, name: string): LiveState {
  const saved = app.saves.find(name)
  if (saved !== undefined) return { state: 'saved', because: `since ${saved.at}` }
  const qemu = app.machines.state(name)
  return qemu === undefined ? { state: 'stopped' } : { ...stateOfQemu(qemu.status), ...qemu }
}

/** Throws not-found. A machine without a definition can still run: it may have been deleted by hand. */
export function getState(app: App, name: string): LiveState {
  if (!app.machines.isRunning(name)) getVm(app, name)
  return stateOf(app, name)
}

function summarize(app: App, spec: VmSpec): VmSummary {
  const { state, because } = stateOf(app, spec.name)
  return { spec, state, because, pid: app.machines.pid(spec.name) }
}
