/**
 * Looking after running networks: whatever somebody else took away is planned anew from what is seen and put back, where something was
 * touched and nowhere else. The same planners as at start: an empty plan means all is as wanted.
 */
import { dnsmasqFiles } from '../core/host/paths.ts'
import { isReached, shimName } from '../core/network/bridge/plan-reach.ts'
import { bridgeNameOf } from '../core/network/ips.ts'
import { wantedMtu, waysOut } from '../core/network/mtu.ts'
import { planLeftovers } from '../core/network/plan-leftovers.ts'
import { planNeighbours } from '../core/network/neighbours/plan-neighbours.ts'
import { planNetworkRepair, planServing, planSharedRepair } from '../core/network/plan-repair.ts'
import { startProblems } from '../core/network/problems/problems.ts'
import { activeNetworks, isActive, switchOf, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { executePlan } from './execute-plan.ts'
import { HOST_QUEUE } from './find-network.ts'
import {
  forgetLive,
  isMeantToRun,
  liveNetwork,
  lookAtNetworks,
  meantToRun,
  missingNetworks,
  otherLiveNetworks,
} from './live-network.ts'
import type { App } from './ports.ts'
import type { Repair } from './repairs.ts'
import { EVERYTHING, type Touched } from './touched.ts'

/** Repairs what is not as it was started; returns the titles of what was done. Touches nothing that is as wanted. */
export function repairNetworks(app: App, touched: Touched = EVERYTHING): Promise<string[]> {
  return app.queue.run(HOST_QUEUE, async () => {
    const seen = await app.host.look([])
    const missing = await missingNetworks(app, activeNetworks(seen))
    const names = [...missing, ...concernedNetworks(app, seen, touched)]
    const gone = goneNetworks(app, seen, touched, missing)
    const isShared = touched.isLost || touched.isForwarding || touched.tableBy !== undefined
    const mayNeedOthers = seen.neighbours !== undefined || touched.neighbourBy !== undefined
    if (names.length === 0 && gone.length === 0 && !isShared && !mayNeedOthers) return []

    const work: Work = { app, missing, names, done: [], seen: await lookAtNetworks(app, names) }
    if (isShared) await repairShared(work, touched)
    for (const name of names) if (isMeantToRun(app, work.seen, name)) await repairNetwork(work, name)
    if (mayNeedOthers) await repairNeighbours(work)
    for (const name of gone) forgetLive(app, name)
    if (touched.isLost || gone.length > 0) await removeLeftovers(work)
    return work.done
  })
}

interface Work {
  readonly app: App
  /** Meant to run, and without a bridge. */
  readonly missing: readonly string[]
  /** All that are looked at. */
  readonly names: readonly string[]
  /** Titles of what was done. */
  readonly done: string[]
  seen: SeenHost
}

/** Those whose bridge, or something plugged into it, was touched: three hundred idle ones are not looked at for one. */
function concernedNetworks(app: App, seen: SeenHost, touched: Touched): string[] {
  const active = activeNetworks(seen)
  if (touched.isLost) return active
  const mayGrow = touched.isWayOut || [...waysOut(seen)].some((link) => touched.links.has(link))
  return active.filter((name) => {
    const spec = app.liveNetworks.get(name)?.spec ?? app.networks.find(name)?.spec
    // What runs without being defined and was never looked at before is looked at now.
    if (spec === undefined || touched.networks.has(name)) return true
    const isGuarded = touched.tableBy !== undefined && (spec.firewall !== undefined || hasFilters(app, name))
    const mtu = mayGrow ? wantedMtu(spec, seen) : undefined
    if (mtu !== undefined && mtu !== switchOf(seen, spec)?.mtu) return true
    if (isReached(spec) && [shimName(spec), ...spec.devices].some((link) => touched.links.has(link)))
      return true
    return isGuarded || touched.links.has(bridgeNameOf(spec) ?? '')
  })
}

/** Some machine's NIC on it is held to a filter, or may be. */
function hasFilters(app: App, network: string): boolean {
  const isFiltered = ({ nics }: Pick<VmSpec, 'nics'>): boolean =>
    nics.some((nic) => nic.filter !== undefined && nic.network === network)
  const running = app.machines.names().flatMap((name) => app.machines.spec(name) ?? [])
  return [...app.vms.list(), ...running].some(isFiltered)
}

/** Known to have been running, and stopped by somebody else's hand: a script, for instance. */
function goneNetworks(app: App, seen: SeenHost, touched: Touched, missing: readonly string[]): string[] {
  return [...app.liveNetworks].flatMap(([name, { spec }]) => {
    const isTouched = touched.isLost || touched.links.has(bridgeNameOf(spec) ?? '')
    return isTouched && !isActive(seen, name) && !missing.includes(name) ? [name] : []
  })
}

async function repairShared(work: Work, { tableBy }: Touched): Promise<void> {
  const { app, seen } = work
  const meant = new Set(await meantToRun(app, app.host.started()))
  const live = allLive(work).filter(({ name }) => meant.has(name))
  const plan = planSharedRepair(live, seen, app.facts)
  const who = tableBy === undefined ? 'somebody' : `'${tableBy}'`
  const repair = { plan, network: null, again: `${who} changes weft's firewall table again and again` }
  if (await attempt(work, repair)) app.events.emit({ kind: 'firewall', what: 'repaired' })
}

/** Another firewall has made its rules anew, or came with new ones. */
async function repairNeighbours(work: Work): Promise<void> {
  const { app, seen } = work
  const meant = new Set(await meantToRun(app, app.host.started()))
  const live = allLive(work).filter(({ name }) => meant.has(name))
  const again = 'another firewall takes away again and again what lets guests through it'
  const repair = { plan: planNeighbours(live, seen), network: null, again }
  if (await attempt(work, repair)) app.events.emit({ kind: 'firewall', what: 'repaired' })
}

/** First the switch with its ports; then, after another look, who serves them. */
async function repairNetwork(work: Work, name: string): Promise<void> {
  const { app } = work
  const live = liveNetwork(app, work.seen, name)
  if (live === undefined) return
  const plan = planNetworkRepair(live, work.seen, app.facts)
  const again = 'somebody takes away again and again what weft puts back'
  const repair = { plan, network: name, again }
  const problem = isActive(work.seen, name) ? undefined : startProblems(live, work.seen)[0]
  if (problem !== undefined) {
    app.repairs.leave(repair, `its bridge has gone and cannot be made again: ${problem.message}`)
    return
  }
  if (await attempt(work, repair)) app.events.emit({ kind: 'network', name, what: 'repaired' })
  sayWhatIsLeft(work, live, repair)
  if (switchOf(work.seen, live) !== undefined) await repairServing(work, live)
}

async function repairServing(work: Work, live: NetworkSpec): Promise<void> {
  const { app, seen } = work
  const { name } = live
  const plan = planServing(live, seen, app.facts)
  // Its configuration is there as long as it is meant to run.
  const isMeantToRun = seen.files.has(dnsmasqFiles(app.facts.paths, name).conf)
  if (plan.steps.length > 0 && isMeantToRun && !seen.dnsmasqRunning.has(name)) {
    app.log?.(`dnsmasq of network '${name}' has ended`)
    app.events.emit({ kind: 'network', name, what: 'dnsmasq-ended' })
  }
  const repair = { plan, network: name, again: 'dnsmasq ends again and again' }
  if (await attempt(work, repair)) app.events.emit({ kind: 'network', name, what: 'repaired' })
  if (work.seen.dnsmasqRunning.has(name)) app.host.hearDnsmasq(name)
}

/** Somebody may have moved a plug on purpose: that is told, and taken back when a person asks. */
function sayWhatIsLeft({ app, seen }: Work, live: NetworkSpec, repair: Repair): void {
  if (planNetworkRepair(live, seen, app.facts).steps.length > 0) return
  const [first] = planNetworkRepair(live, seen, app.facts, { isAsked: true }).steps
  if (first !== undefined) app.repairs.leave(repair, `${first.reason}: weft leaves it there`)
}

/** Whether something was done. What fails, or would be done too often, becomes a condition and keeps nobody else waiting. */
async function attempt(work: Work, repair: Repair): Promise<boolean> {
  const { app } = work
  const { plan } = repair
  if (plan.steps.length === 0) {
    app.repairs.isWell(repair)
    return false
  }
  if (!app.repairs.mayAct(repair)) return false
  try {
    await executePlan(app, plan, 'weftd')
    app.repairs.acted(repair)
    app.repairs.isWell(repair)
    work.done.push(plan.title)
    return true
  } catch (error) {
    app.repairs.acted(repair, error)
    return false
  } finally {
    // One repair may have mended others too.
    work.seen = await lookAtNetworks(app, work.names)
  }
}

async function removeLeftovers(work: Work): Promise<void> {
  const { app, seen } = work
  const plan = planLeftovers(allLive(work), seen, app.facts)
  if (plan.steps.length === 0) return
  await executePlan(app, plan, 'weftd')
  work.done.push(plan.title)
}

/** With those that are there again in a moment. */
function allLive({ app, seen, missing }: Work): NetworkSpec[] {
  const again = missing.filter((name) => !isActive(seen, name))
  return [...otherLiveNetworks(app, seen, ''), ...again.flatMap((name) => liveNetwork(app, seen, name) ?? [])]
}
