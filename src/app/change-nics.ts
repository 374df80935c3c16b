/** NICs of a machine come, go and move to another network, also while it runs: definition and machine together, or neither. */
import { invalidDefinition, WeftError } from '../core/errors.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import { lastingPlan, type Step } from '../core/plan/plan.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { nicOf } from '../core/vm/draft.ts'
import { parseNet } from '../core/vm/net-word.ts'
import { networksOf } from '../core/vm/nics.ts'
import { withSlots } from '../core/vm/slots.ts'
import type { NicDevice, VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed, type ChangeRequest, toldOfDefinition } from './change.ts'
import { chooseMacs, refuseVmProblems } from './create-vm.ts'
import { planDefinition } from './definitions.ts'
import { inTurnOf } from './vm-turn.ts'
import { addressProblems, keepAddresses, tellSteps } from './keep-addresses.ts'
import { attachLive, detachLive, moveLive } from './live-nics.ts'
import { lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import { publishedSteps } from './published-steps.ts'
import { refusePublished } from './refuse-published.ts'
import { getVm, readLive } from './vm-state.ts'

export function attachNic(
  app: App,
  name: string,
  net: string,
  request: ChangeRequest,
): Promise<Changed<'attached'>> {
  return changeNics(app, name, request, ({ spec, live, seen }) => {
    const nic = nicOf(net, chooseMacs(app, [net])[0])
    const wanted = withSlots({ ...spec, nics: [...spec.nics, nic] })
    const [placed = nic] = wanted.nics.slice(-1)
    return {
      result: 'attached',
      title: `attach a NIC on network '${nic.network}' to machine '${name}'`,
      wanted,
      notes: parseNet(net).mac === undefined ? [`MAC on network '${nic.network}': ${nic.mac}`] : [],
      live: (after) => (live === undefined ? [] : attachLive(app, live, placed, after ?? seen)),
    }
  })
}

/** `which` is a MAC, a network or the host's end. */
export function detachNic(
  app: App,
  name: string,
  which: string,
  request: ChangeRequest,
): Promise<Changed<'detached'>> {
  return changeNics(app, name, request, ({ spec, live, seen }) => {
    const nic = findNic(spec, live, which)
    return {
      result: 'detached',
      title: `detach the NIC ${nic.mac} from machine '${name}'`,
      wanted: { ...spec, nics: spec.nics.filter(({ mac }) => mac !== nic.mac) },
      notes: [],
      live: (after) => (live === undefined ? [] : detachLive(app, live, nic.mac, after ?? seen)),
    }
  })
}

/** Its MAC stays; addresses asked for belong to the network it leaves. */
export function moveNic(
  app: App,
  name: string,
  which: string,
  { network, ...request }: ChangeRequest & { readonly network: string },
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
}

interface NicChange<Result extends string> {
  readonly result: Result
  readonly title: string
  readonly wanted: VmSpec
  readonly notes: readonly string[]
  /** What the running machine needs, planned on what will be seen once addresses are chosen. */
  readonly live: (after?: SeenHost) => readonly Step[]
}

/** The definition first: it is what can be refused by a full disk. */
function changeNics<Result extends string>(
  app: App,
  name: string,
  request: ChangeRequest,
  choose: (ground: Ground) => NicChange<Result>,
): Promise<Changed<Result>> {
  return inTurnOf(app, name, async () => {
    const spec = withSlots(getVm(app, name))
    const live = app.machines.isRunning(name) ? await readLive(app, name) : undefined
    const everything = app.networks.list().map((stored) => stored.spec.name)
    const seen = await lookAtNetworks(app, everything)
    const { result, title, wanted, notes, live: liveSteps } = choose({ spec, live, seen })
    await refuseVmProblems(app, wanted, `machine '${name}'`)
    const problems = addressProblems(app, wanted, seen)
    if (problems.length > 0) throw invalidDefinition(`machine '${name}'`, problems)
    if (live !== undefined) refuseInactive(wanted, spec, seen)
    await refusePublished(app, wanted, seen)

    const keeping = keepAddresses(app, wanted, seen, networksOf(spec))
    const define = await planDefinition(app, app.vms, wanted, title)
    const steps = [...define.steps, ...keeping.steps, ...liveSteps(keeping.seen)]
    const tell = live === undefined ? tellSteps(app, networksOf(spec), keeping.seen) : []
    const publishing = publishedSteps(app, keeping.seen, { wanted }, everything)
    const plan = lastingPlan(title, [...steps, ...tell, ...publishing])
    const said = [...notes, ...keeping.notes]
    return toldOfDefinition(app, name, await carryOut(app, request, plan, result, said))
  })
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
