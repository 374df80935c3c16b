/** NICs of a machine come, go and move to another network, also while it runs: definition and machine together, or neither. */
import { invalidDefinition, WeftError } from '../core/errors.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import type { MacAddress } from '../core/address/mac.ts'
import { lastingPlan, type Step } from '../core/plan/plan.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { nicOf } from '../core/vm/draft.ts'
import { parseNet } from '../core/vm/net-word.ts'
import { networksOf } from '../core/vm/nics.ts'
import { nicId } from '../core/vm/qemu-nic.ts'
import { freeSlotOf, withSlots } from '../core/vm/slots.ts'
import type { NicDevice, VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed } from './change.ts'
import { chooseMacs, refuseVmProblems } from './create-vm.ts'
import { inTurnOf } from './vm-turn.ts'
import { addressProblems, keepAddresses, tellSteps } from './keep-addresses.ts'
import { portHooks } from './hooks.ts'
import { attachLive, detachLive, moveLive } from './live-nics.ts'
import { liveOf } from './live-disks.ts'
import { lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import { publishedSteps } from './published-steps.ts'
import { refusePublished } from './refuse-published.ts'
import { definedInScope, type DeviceNews, toldInScope, type ScopedRequest } from './scope.ts'
import { pluggedNics } from './vm-nics.ts'
import { getVm } from './vm-state.ts'

export function attachNic(
  app: App,
  name: string,
  net: string | NewNic,
  request: ScopedRequest,
): Promise<Changed<'attached'>> {
  return changeNics(app, name, request, ({ spec, live, seen, others }) => {
    const nic = newNic(app, net)
    const isChosen = typeof net === 'string' ? parseNet(net).mac === undefined : net.mac === undefined
    const placed = { ...nic, slot: freeSlotOf(others) }
    return {
      result: 'attached',
      title: `attach a NIC on network '${nic.network}' to machine '${name}'`,
      wanted: { ...spec, nics: [...spec.nics, placed] },
      notes: isChosen ? [`MAC on network '${nic.network}': ${nic.mac}`] : [],
      live: (after) => (live === undefined ? [] : attachLive(app, live, placed, after ?? seen)),
      news: { device: nicId({ nics: [placed] }, 0), what: 'added' },
    }
  })
}

/** As somebody describes it: without a MAC it gets one. */
export type NewNic = Omit<NicDevice, 'mac' | 'slot'> & { readonly mac?: MacAddress }

function newNic(app: App, net: string | NewNic): NicDevice {
  if (typeof net === 'string') return nicOf(net, chooseMacs(app, [net])[0])
  const { mac = chooseMacs(app, [net.network])[0], ...nic } = net
  if (mac === undefined) throw new WeftError('internal', `no MAC was chosen for the NIC on '${net.network}'`)
  return { ...nic, mac }
}

/** `which` is a MAC, a network or the host's end. */
export function detachNic(
  app: App,
  name: string,
  which: string,
  request: ScopedRequest,
): Promise<Changed<'detached'>> {
  return changeNics(app, name, request, ({ spec, live, seen }) => {
    const nic = findNic(spec, live, which)
    return {
      result: 'detached',
      title: `detach the NIC ${nic.mac} from machine '${name}'`,
      wanted: { ...spec, nics: spec.nics.filter(({ mac }) => mac !== nic.mac) },
      notes: [],
      live: (after) => (live === undefined ? [] : detachLive(app, live, nic.mac, after ?? seen)),
      news: newsOf(live, nic),
    }
  })
}

/** Its MAC stays; addresses asked for belong to the network it leaves. */
export function moveNic(
  app: App,
  name: string,
  which: string,
  { network, ...request }: ScopedRequest & { readonly network: string },
): Promise<Changed<'moved' | 'already-there'>> {
  return changeNics(app, name, request, ({ spec, live, seen }) => {
    const { ip, ip6, portgroup, ...nic } = findNic(spec, live, which)
    const moved: NicDevice = { ...nic, network }
    const isThere = nic.network === network
    const same = { ...nic, ...(ip && { ip }), ...(ip6 && { ip6 }), ...(portgroup && { portgroup }) }
    return {
      result: isThere ? 'already-there' : 'moved',
      title: `move the NIC ${nic.mac} of machine '${name}' to network '${network}'`,
      wanted: {
        ...spec,
        nics: spec.nics.map((each) => (each.mac === nic.mac ? (isThere ? same : moved) : each)),
      },
      notes: [],
      live: (after) => (live === undefined || isThere ? [] : moveLive(app, live, moved, after ?? seen)),
    }
  })
}

interface Ground {
  readonly spec: VmSpec
  /** What the machine runs with; undefined when it does not run. */
  readonly live: LiveVm | undefined
  readonly seen: SeenHost
  /** Whose slots are taken: the machine as it is defined, and as it runs. */
  readonly others: readonly VmSpec[]
}

interface NicChange<Result extends string> {
  readonly result: Result
  readonly title: string
  readonly wanted: VmSpec
  readonly notes: readonly string[]
  /** What the running machine needs, planned on what will be seen once addresses are chosen. */
  readonly live: (after?: SeenHost) => readonly Step[]
  readonly news?: DeviceNews | undefined
}

/** The definition first: it is what can be refused by a full disk. */
function changeNics<Result extends string>(
  app: App,
  name: string,
  request: ScopedRequest,
  choose: (ground: Ground) => NicChange<Result>,
): Promise<Changed<Result>> {
  return inTurnOf(app, name, async () => {
    const stored = withSlots(getVm(app, name))
    const running = await liveOf(app, name)
    const live = request.scope === 'definition' ? undefined : running
    const spec = request.scope === 'running' && live !== undefined ? live.spec : stored
    const others = running === undefined ? [stored] : [stored, running.spec]
    const everything = app.networks.list().map((stored) => stored.spec.name)
    const seen = await lookAtNetworks(app, everything)
    const { result, title, wanted, notes, live: liveSteps, news } = choose({ spec, live, seen, others })
    await refuseVmProblems(app, wanted, `machine '${name}'`)
    const problems = addressProblems(app, wanted, seen)
    if (problems.length > 0) throw invalidDefinition(`machine '${name}'`, problems)
    if (live !== undefined) refuseInactive(wanted, spec, seen)
    await refusePublished(app, wanted, seen)

    const keeping = keepAddresses(app, wanted, seen, networksOf(spec))
    const define = await definedInScope(app, wanted, request)
    const plugs = live === undefined ? NO_HOOKS : await plugHooks(app, [spec, wanted], keeping.seen)
    const moving = [...plugs.created, ...liveSteps(keeping.seen), ...plugs.deleted]
    const steps = [...define, ...keeping.steps, ...moving]
    const tell = live === undefined ? tellSteps(app, networksOf(spec), keeping.seen) : []
    const publishing = publishedSteps(app, keeping.seen, { wanted }, everything)
    const plan = lastingPlan(title, [...steps, ...tell, ...publishing])
    const said = [...notes, ...keeping.notes]
    const changed = await carryOut(app, request, plan, result, said)
    return toldInScope(app, name, changed, request, live && news)
  })
}

function newsOf(live: LiveVm | undefined, { mac }: NicDevice): DeviceNews | undefined {
  const place = live?.spec.nics.findIndex((nic) => nic.mac === mac) ?? -1
  return live === undefined || place < 0 ? undefined : { device: nicId(live.spec, place), what: 'removed' }
}

const NO_HOOKS = { created: [], deleted: [] }

/** Plugs that are only in the one or the other. */
async function plugHooks(
  app: App,
  [before, after]: readonly [VmSpec, VmSpec],
  seen: SeenHost,
): Promise<{ created: readonly Step[]; deleted: readonly Step[] }> {
  const missingIn = ({ nics }: VmSpec, nic: NicDevice): boolean =>
    !nics.some(({ mac, network }) => mac === nic.mac && network === nic.network)
  const only = (spec: VmSpec, other: VmSpec): VmSpec => ({
    ...spec,
    nics: spec.nics.filter((nic) => missingIn(other, nic)),
  })
  const { created } = await portHooks(app, pluggedNics(app, only(after, before), seen))
  const { deleted } = await portHooks(app, pluggedNics(app, only(before, after), seen))
  return { created, deleted }
}

function refuseInactive(wanted: VmSpec, spec: VmSpec, seen: SeenHost): void {
  const before = new Set(networksOf(spec))
  const inactive = networksOf(wanted).find((network) => !before.has(network) && !isActive(seen, network))
  if (inactive === undefined) return
  throw new WeftError('wrong-state', `machine '${spec.name}' runs, and network '${inactive}' is not active`, {
    hint: `weft net start ${inactive}`,
  })
}

function findNic(spec: VmSpec, live: LiveVm | undefined, which: string): NicDevice {
  const place = live?.taps.findIndex((tap) => tap === which) ?? -1
  const mac = live?.spec.nics[place]?.mac ?? which.toLowerCase()
  const found = spec.nics.filter((nic) => nic.mac === mac || nic.network === which)
  const [nic] = found
  if (nic !== undefined && found.length === 1) return nic
  const known = spec.nics.map((each) => `${each.mac} on ${each.network}`).join(', ')
  const hint = known === '' ? 'it has no NIC' : `say which by its MAC: ${known}`
  throw found.length > 1
    ? new WeftError(
        'invalid-argument',
        `machine '${spec.name}' has ${String(found.length)} NICs on network '${which}'`,
        { hint },
      )
    : new WeftError('not-found', `machine '${spec.name}' has no NIC '${which}'`, { hint })
}
