/** What to do so that nothing of a running network is left: the start's steps turned round, for what is really there. */
import type { HostFacts } from '../host/facts.ts'
import type { SeenLink } from '../host/link.ts'
import { networkLiveFile, networkRunDirectory } from '../host/paths.ts'
import { run, type Action } from '../plan/action.ts'
import { disrupts } from '../plan/disruption.ts'
import { invert, stopPlan, type NoUndo, type Plan, type Step } from '../plan/plan.ts'
import { guardSteps } from './guard/plan-guard.ts'
import { bridgeNameOf, isSwitched } from './ips.ts'
import { bridgeSteps, switchLimitSteps } from './bridge/plan-bridge.ts'
import { dnsmasqStopSteps } from './dnsmasq/plan-dnsmasq.ts'
import { fastPathStopSteps } from './firewall/plan-fast-path.ts'
import { firewallStopSteps } from './firewall/plan-firewall.ts'
import { localnetStopSteps } from './firewall/plan-publish.ts'
import { forwardingStopSteps } from './firewall/plan-forwarding.ts'
import { isInside, switchInside } from './bridge/plan-macvtap.ts'
import { proxyStopSteps } from './bridge/plan-proxy.ts'
import { reachStopSteps } from './bridge/plan-reach.ts'
import { neighbourStopSteps } from './neighbours/plan-neighbours.ts'
import { liveSteps, runDirectorySteps } from './dnsmasq/plan-run-directory.ts'
import { unmarkSteps } from './bridge/plan-borrow.ts'
import { forgetPortSteps, guestNames, pluggedLinks, portsOf, type PortSpec } from './port.ts'
import { bridgeOf, type SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** `live` is the definition it was started with; `others` those of the networks that stay active. */
export function planNetworkStop(
  live: NetworkSpec,
  seen: SeenHost,
  facts: HostFacts,
  others: readonly NetworkSpec[],
): Plan {
  return stopPlan(`stop network '${live.name}'`, [
    ...noLongerLiveSteps(live, seen, facts),
    ...pulledPortSteps(live, seen, facts),
    ...guardSteps(live, [], seen),
    ...dnsmasqStopSteps(live, seen, facts),
    ...fastPathStopSteps(live, seen, others),
    ...neighbourStopSteps(live, seen, others), // before the guard behind which they stand
    ...proxyStopSteps(live, seen, facts, others),
    ...forwardingStopSteps(live, seen, facts, others), // before the firewall: nothing is ever forwarded unguarded
    ...localnetStopSteps(live, seen),
    ...firewallStopSteps(live, seen, others),
    ...bridgeStopSteps(live, seen),
    ...reachStopSteps(live, seen),
    ...unmarkSteps(live, seen, facts),
    ...runDirectoryStopSteps(live, seen, facts),
  ])
}

/** First: nobody repairs what is being taken away. */
function noLongerLiveSteps(live: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  if (!seen.files.has(networkLiveFile(facts.paths, live.name))) return []
  const steps = liveSteps(live, { ...seen, files: new Map() }, facts)
  return invert(steps, () => `${live.name} is not meant to run any more`)
}

/** Guests that are still plugged in keep their end of the cable; it leads nowhere. */
function pulledPortSteps(live: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  const ports = portsOf(live.name, seen, facts)
  const plugged = pluggedLinks(live, seen, facts).filter(
    ({ master, sitsOn }) => master !== undefined || sitsOn !== undefined,
  )
  return plugged.flatMap((link) => {
    const port = ports.find((each) => each.interface === link.name)
    const pull: Step = {
      reason: `${link.name} is pulled out: its guest stays, without a network`,
      ...(link.sitsOn === undefined ? pullOut(link, live) : switchOff(link, port)),
      ...disrupts('cut-off', guestNames([link])),
    }
    return [pull, ...forgetPortSteps(live.name, link.name, seen, facts)]
  })
}

function pullOut({ name }: SeenLink, live: NetworkSpec): Pick<Step, 'do' | 'undo'> {
  return {
    do: run('ip', 'link', 'set', 'dev', name, 'nomaster'),
    undo: run('ip', 'link', 'set', 'dev', name, 'master', bridgeNameOf(live) ?? ''),
  }
}

function switchOff({ name }: SeenLink, port: PortSpec | undefined): Pick<Step, 'do' | 'undo'> {
  if (isInside(port)) return { do: switchInside(port, 'down'), undo: switchInside(port, 'up') }
  const set = (state: string): Action => ({ ...run('ip', 'link', 'set', 'dev', name, state), accept: [1] })
  return { do: set('down'), undo: set('up') }
}

function bridgeStopSteps(live: NetworkSpec, seen: SeenHost): Step[] {
  if (!isSwitched(live) || bridgeOf(seen, live.name) === undefined) return []
  const nothing = { ...seen, links: [], queues: [], routes: [], routes6: [] }
  return [
    ...invert(switchLimitSteps(live, nothing), () => `packets of ${live.name} wait for nothing any more`),
    ...invert(bridgeSteps(live, nothing), ({ undo }) => wayBack(live, undo)),
  ]
}

function wayBack({ name }: NetworkSpec, undo: Action | NoUndo): string {
  if (undo.kind !== 'run') return 'the bridge is given back as the kernel made it'
  const [, object, , what = ''] = undo.argv
  if (undo.argv.includes('down')) return `the switch of ${name} is switched off`
  if (object === 'route') return `nobody of ${name} leads to ${what} any more`
  if (object === 'address') return `this host is no longer ${what.replace(/\/.*/, '')} to anybody`
  return `nobody is plugged into ${name} any more: its bridge goes`
}

function runDirectoryStopSteps(live: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  const directory = networkRunDirectory(facts.paths, live.name)
  if (![...seen.files.keys()].some((path) => path.startsWith(`${directory}/`))) return []
  const steps = runDirectorySteps(live, { ...seen, files: new Map() }, facts)
  return invert(steps, () => `nothing generated for ${live.name} is left`)
}
