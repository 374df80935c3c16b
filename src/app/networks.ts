/** Networks: define, start, stop, forget. Each use case reads as find, refuse, look, plan, execute, report. */
import { invalidDefinition, WeftError } from '../core/errors.ts'
import { PROGRAMS } from '../core/host/facts.ts'
import { otherSubnetNote } from '../core/network/addresses/pick-subnet.ts'
import { keptProblems } from '../core/network/problems/address-problems.ts'
import { keptAddresses } from '../core/network/addresses/kept-addresses.ts'
import type { NetworkDraft } from '../core/network/draft.ts'
import { locateProblems } from '../core/network/draft.ts'
import { blockedSentences } from '../core/network/firewall/foreign-chains.ts'
import { isServed } from '../core/network/dnsmasq/plan-dnsmasq.ts'
import { withoutAnswered } from '../core/network/neighbours/answered.ts'
import { planNetworkStart } from '../core/network/plan-start.ts'
import { planNetworkStop } from '../core/network/plan-stop.ts'
import { pluggedLinks } from '../core/network/port.ts'
import { networkProblems, startProblems } from '../core/network/problems/problems.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import { isSameNetwork, type NetworkSpec, type StoredNetwork } from '../core/network/spec.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { leaseNotes, planWanted, refuseWhileRunning, rememberWanted } from './change-running.ts'
import { completeDraft } from './complete-network.ts'
import { planDefinition, planForget } from './definitions.ts'
import { refuseWithoutKernel } from './refuse-queue.ts'
import { askedToStart, networkStopHooks } from './hooks.ts'
import { getNetwork, HOST_QUEUE, knownNetworks, unknownNetwork } from './find-network.ts'
import { forgetLive, isMeantToRun, liveNetwork, lookAtNetworks, otherLiveNetworks } from './live-network.ts'
import type { App } from './ports.ts'

/**
 * Stores a definition. A running network goes on as it was started until it is stopped and started again, or becomes as defined at once:
 * `live`.
 */
export function defineNetwork(
  app: App,
  draft: NetworkDraft,
  request: ChangeRequest & { readonly live?: boolean },
): Promise<Changed<'defined' | 'updated' | 'unchanged'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const seen = await lookAtNetworks(app, [draft.name])
    const { spec, notes } = completeDraft(app, draft, seen)
    refuseProblems(app, seen, spec, draft)
    const stored: StoredNetwork = { spec, autostart: app.networks.find(spec.name)?.autostart ?? false }
    const live = isActive(seen, spec.name) ? liveNetwork(app, seen, spec.name) : undefined
    const running = request.live === true && live !== undefined ? { live, wanted: spec } : undefined
    if (running !== undefined)
      refuseWhileRunning(app, seen, running, `weft net define FILE, or weft net edit ${spec.name} --config,`)

    const plan = await planWanted(app, seen, { running, stored }, `define network '${spec.name}'`)
    if (plan.steps.length === 0) return carryOut(app, request, plan, 'unchanged', notes)
    const more =
      running === undefined
        ? live !== undefined && !isSameNetwork(live, spec)
          ? [restartNote(spec.name)]
          : []
        : await leaseNotes(app, running)
    const result = running === undefined ? 'defined' : 'updated'
    const changed = await carryOut(app, request, plan, result, [...notes, ...more])
    if (!request.dryRun) await rememberWanted(app, seen, { running, stored })
    return changed
  })
}

/** Starts a network from a definition that is not kept: it is gone when it stops. */
export function createNetwork(
  app: App,
  draft: NetworkDraft,
  request: ChangeRequest,
): Promise<Changed<'started'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const seen = await lookAtNetworks(app, [draft.name])
    if (isActive(seen, draft.name) || app.networks.find(draft.name) !== undefined) {
      throw new WeftError('already-exists', `a network named '${draft.name}' exists already`, {
        hint: `weft net show ${draft.name}`,
      })
    }
    const { spec, notes } = completeDraft(app, draft, seen)
    refuseProblems(app, seen, spec, draft)
    refuseStart(app, spec, seen)
    await refuseWithoutKernel(app, spec)

    const start = planNetworkStart(spec, seen, app.facts, otherLiveNetworks(app, seen, spec.name))
    const plan = await askedToStart(app, start, [spec])
    const changed = await carryOut(app, request, plan, 'started', notes)
    await report(app, request, spec.name, 'started')
    return changed
  })
}

export function startNetwork(
  app: App,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'started' | 'already-active'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const { spec } = getNetwork(app, name)
    const seen = await lookAtNetworks(app, [name])
    const isRunning = isActive(seen, name)
    const wanted = isRunning ? (liveNetwork(app, seen, name) ?? spec) : spec
    if (!isRunning) {
      refuseStart(app, wanted, seen)
      await refuseWithoutKernel(app, wanted)
    }

    const start = planNetworkStart(wanted, seen, app.facts, otherLiveNetworks(app, seen, name))
    const plan = isRunning ? start : await askedToStart(app, start, [wanted])
    // Only the built-in network is known by its subnet; to ask all others about it takes a while.
    const taken = name === 'default' ? knownNetworks(app, seen) : []
    const note = otherSubnetNote(wanted, { seen, taken, facts: app.facts })
    const notes = [
      ...(note === undefined ? [] : [note]),
      ...blockedSentences(withoutAnswered(wanted, seen, { isStarting: true }), wanted),
    ]
    const changed = await carryOut(app, request, plan, isRunning ? 'already-active' : 'started', notes)
    if (!isRunning) await report(app, request, name, 'started')
    return changed
  })
}

/** Stops a network. With guests plugged in it is refused unless forced: they would lose their link. */
export function stopNetwork(
  app: App,
  name: string,
  request: ChangeRequest & { readonly force?: boolean },
): Promise<Changed<'stopped' | 'not-active'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const seen = await lookAtNetworks(app, [name])
    const isRunning = isActive(seen, name) || isMeantToRun(app, seen, name)
    const live = liveNetwork(app, seen, name)
    if (live === undefined) throw unknownNetwork(app, name)

    const guests = isRunning ? pluggedLinks(live, seen, app.facts) : []
    if (guests.length > 0 && request.force !== true)
      throw stillPlugged(
        name,
        guests.map((link) => link.name),
      )

    const stop = planNetworkStop(live, seen, app.facts, otherLiveNetworks(app, seen, name))
    const told = isRunning ? await networkStopHooks(app, live) : []
    const plan = { ...stop, steps: [...stop.steps, ...told] }
    const changed = await carryOut(app, request, plan, isRunning ? 'stopped' : 'not-active')
    if (!request.dryRun) forgetLive(app, name)
    if (isRunning) await report(app, request, name, 'stopped')
    return changed
  })
}

/** Forgets the definition. A running network goes on, and is gone when it stops. */
export function undefineNetwork(
  app: App,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'undefined'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const stored = getNetwork(app, name)
    const isRunning = isActive(await app.host.look([]), name)
    const plan = await planForget(app, app.networks, stored, `undefine network '${name}'`)
    const notes = isRunning ? [`network '${name}' goes on running until it is stopped`] : []
    const changed = await carryOut(app, request, plan, 'undefined', notes)
    await report(app, request, name, 'undefined')
    return changed
  })
}

export function autostartNetwork(
  app: App,
  name: string,
  autostart: boolean,
  request: ChangeRequest,
): Promise<Changed<'autostart-on' | 'autostart-off' | 'unchanged'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const stored = getNetwork(app, name)
    const result = autostart ? 'autostart-on' : 'autostart-off'
    const title = `${autostart ? 'start' : 'no longer start'} network '${name}' when weft starts`
    const plan = await planDefinition(app, app.networks, { ...stored, autostart }, title)
    const changed = await carryOut(app, request, plan, plan.steps.length === 0 ? 'unchanged' : result)
    if (!request.dryRun) await app.networks.refresh(name)
    return changed
  })
}

/** With the places in the text where there is one. */
export function refuseProblems(app: App, seen: SeenHost, spec: NetworkSpec, draft?: NetworkDraft): void {
  const kept = keptAddresses(spec.name, seen, app.facts)
  const problems = [...networkProblems(spec, knownNetworks(app, seen)), ...keptProblems(spec, kept)]
  if (problems.length === 0) return
  const placed = draft === undefined ? problems : locateProblems(problems, draft)
  throw invalidDefinition(`network '${spec.name}'`, placed)
}

/** Throws what would keep the network from running. */
export function refuseStart(app: App, spec: NetworkSpec, seen: SeenHost): void {
  refuseConflicts(spec, seen)
  refuseWithoutDnsmasq(app, spec)
}

function refuseConflicts(spec: NetworkSpec, seen: SeenHost): void {
  const problems = startProblems(spec, seen)
  if (problems.length === 0) return
  throw new WeftError(
    'conflict',
    `could not start network '${spec.name}': something on this host is in the way`,
    {
      problems,
    },
  )
}

/** It starts with the first guest only; by then it would be too late to hear of it. */
function refuseWithoutDnsmasq(app: App, network: NetworkSpec): void {
  const { name } = network
  if (!isServed(network) || app.facts.programs.dnsmasq !== undefined) return
  const message = `cannot start network '${name}': 'dnsmasq', which gives its guests addresses and names, is not installed`
  throw new WeftError('missing-program', message, { hint: `apt-get install ${PROGRAMS.dnsmasq}` })
}

function restartNote(name: string): string {
  return `network '${name}' is running and goes on as it is; the new definition holds from its next start, or at once with --live`
}

function stillPlugged(name: string, interfaces: readonly string[]): WeftError {
  return new WeftError('in-use', `network '${name}' has guests plugged in: ${interfaces.join(', ')}`, {
    hint: `stop them first, or cut them off with: weft net stop ${name} --force`,
  })
}

/** Reads the definition back after a plan has changed it, and tells everybody who listens. */
async function report(
  app: App,
  request: ChangeRequest,
  name: string,
  what: 'undefined' | 'started' | 'stopped',
): Promise<void> {
  if (request.dryRun) return
  if (what === 'undefined') await app.networks.refresh(name)
  app.events.emit({ kind: 'network', name, what })
}
