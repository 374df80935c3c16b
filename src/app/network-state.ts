/** Networks as they are now: definitions, and what the kernel shows of them. */
import { describeOwner } from '../core/host/mark.ts'
import { otherSubnetNote } from '../core/network/addresses/pick-subnet.ts'
import { isLeaseCurrent, parseLeases, type Lease } from '../core/network/addresses/leases.ts'
import { leaseFile, networkRunDirectory } from '../core/host/paths.ts'
import { madeOnce, readOnce } from '../core/host/read-once.ts'
import type { SeenLink } from '../core/host/link.ts'
import { bridgeNameOf } from '../core/network/ips.ts'
import { blockedAnywhere, blockedSentences } from '../core/network/firewall/foreign-chains.ts'
import { isServed } from '../core/network/dnsmasq/plan-dnsmasq.ts'
import { needsFirewall } from '../core/network/firewall/plan-firewall.ts'
import { unansweredChains, withoutAnswered } from '../core/network/neighbours/answered.ts'
import { portsOf, pluggedLinks, type PortSpec } from '../core/network/port.ts'
import { shadowSentences } from '../core/network/addresses/shadows.ts'
import { activeNetworks, isActive, type SeenHost } from '../core/network/seen.ts'
import { isSameNetwork, type NetworkSpec, type StoredNetwork } from '../core/network/spec.ts'
import type { Step } from '../core/plan/plan.ts'
import { conditionsOf } from './conditions.ts'
import { knownNetworks, unknownNetwork } from './find-network.ts'
import {
  isMeantToRun,
  isRunning,
  liveNetwork,
  lookAtNetworks,
  missingNetworks,
  otherLiveNetworks,
} from './live-network.ts'
import type { App } from './ports.ts'
import { driftSteps } from './repair-network.ts'

export interface NetworkState {
  /** The stored definition, or for one that is not kept, what it was started with. */
  readonly spec: NetworkSpec
  readonly isActive: boolean
  readonly isPersistent: boolean
  readonly autostart: boolean
  /** What is not as wanted, in sentences. */
  readonly conditions: readonly string[]
}

export interface NetworkDetail extends NetworkState {
  readonly live: NetworkSpec | undefined
  readonly ports: readonly PortState[]
  /** What would make it again what it was started as. */
  readonly drift: readonly Step[]
}

export interface PortState {
  readonly link: SeenLink
  readonly owner: string
  readonly port: PortSpec | undefined
  readonly ip: string | undefined
  readonly hostName: string | undefined
}

/** Made once: it takes longer than to compare with it. */
const byName = new Intl.Collator('en')

const inOrder = (a: NetworkState, b: NetworkState): number => byName.compare(a.spec.name, b.spec.name)

/** All of them, by name. One look at the links, no file read for networks that are defined. */
export async function listNetworks(app: App): Promise<readonly NetworkState[]> {
  const seen = { links: await app.host.links(), borrowed: app.host.borrowed() }
  const active = activeNetworks(seen)
  const missing = await missingNetworks(app, active)
  const stored = storedStates(app.networks.list(), seen.links, seen.borrowed.join(' '))
  const transient = [...active, ...missing].filter((name) => app.networks.find(name) === undefined)
  const files = transient.length === 0 ? undefined : await lookAtNetworks(app, transient)
  const unstored = transient.flatMap((name): NetworkState[] => {
    const spec = files === undefined ? undefined : liveNetwork(app, files, name)
    if (spec === undefined) return []
    return [{ spec, isActive: isActive(seen, name), isPersistent: false, autostart: false, conditions: [] }]
  })
  const all = unstored.length === 0 ? stored : [...stored, ...unstored].sort(inOrder)
  return withConditions(app, all, new Set(missing))
}

/** The list of definitions is the same until one changes, and so is what is told of them until a link does; without conditions. */
const storedStates = madeOnce(
  (stored: readonly StoredNetwork[], links: readonly SeenLink[], borrowed: string): NetworkState[] => {
    const active = new Set(activeNetworks({ links, borrowed: borrowed.split(' ') }))
    return byNames(stored).map(({ spec, autostart }) => ({
      spec,
      isActive: active.has(spec.name),
      isPersistent: true,
      autostart,
      conditions: [],
    }))
  },
)
const byNames = readOnce((stored: readonly StoredNetwork[]) =>
  stored.toSorted((a, b) => byName.compare(a.spec.name, b.spec.name)),
)

function withConditions(
  app: App,
  states: readonly NetworkState[],
  missing: ReadonlySet<string>,
): readonly NetworkState[] {
  const told = app.conditions.list()
  if (told.length === 0 && missing.size === 0) return states
  return states.map((state) => ({
    ...state,
    conditions: [
      ...(missing.has(state.spec.name) ? [goneSentence(state.spec)] : []),
      ...told.flatMap((each) => (each.network === state.spec.name ? [each.message] : [])),
    ],
  }))
}

/** One of them, without a look at the others. */
export async function networkState(app: App, name: string): Promise<NetworkState | undefined> {
  const stored = app.networks.find(name)
  const runs = isRunning(app, await app.host.links(), name)
  // Of what is not kept, and of what ought to run and does not, the list knows more.
  if (stored === undefined || (!runs && app.host.isThere(networkRunDirectory(app.facts.paths, name))))
    return (await listNetworks(app)).find(({ spec }) => spec.name === name)
  return {
    ...stored,
    isActive: runs,
    isPersistent: true,
    conditions: conditionsOf(app.conditions, name),
  }
}

export async function showNetwork(app: App, name: string): Promise<NetworkDetail> {
  return networkDetail(app, await app.host.look([name]), name)
}

/** `seen` has the files of the network. */
export async function networkDetail(app: App, seen: SeenHost, name: string): Promise<NetworkDetail> {
  const stored = app.networks.find(name)
  const isMissing = !isActive(seen, name) && isMeantToRun(app, seen, name)
  const live = isActive(seen, name) ? liveNetwork(app, seen, name) : undefined
  const spec = stored?.spec ?? live ?? (isMissing ? liveNetwork(app, seen, name) : undefined)
  if (spec === undefined) throw unknownNetwork(app, name)
  const ports = live === undefined ? [] : await portStates(app, seen, live)
  const subnetNote = otherSubnetNote(spec, { seen, taken: knownNetworks(app, seen), facts: app.facts })
  return {
    spec,
    isActive: live !== undefined,
    isPersistent: stored !== undefined,
    autostart: stored?.autostart ?? false,
    live,
    ports,
    drift: driftSteps(app, seen, name),
    conditions: unique([
      ...(subnetNote === undefined ? [] : [subnetNote]),
      ...(isMissing ? [goneSentence(spec)] : []),
      ...(live === undefined ? [] : seenConditions(seen, spec, live, ports.length)),
      ...conditionsOf(app.conditions, name),
    ]),
  }
}

/** Of IPv4, those that have not ended, by MAC. */
export async function readLeases(app: App, name: string): Promise<Lease[]> {
  const text = (await app.host.readTextFile(leaseFile(app.facts.paths, name))) ?? ''
  const now = app.chance.now().getTime() / 1000
  return parseLeases(text)
    .filter((lease) => isLeaseCurrent(lease, now))
    .sort((a, b) => a.mac.localeCompare(b.mac))
}

/** What firewalls of others may take away from running networks. */
export async function foreignFirewalls(app: App): Promise<string[]> {
  const seen = await lookAtNetworks(app)
  const live = otherLiveNetworks(app, seen, '')
  const unanswered = new Set(live.flatMap((network) => unansweredChains(network, seen)))
  const foreignChains = seen.foreignChains.filter((chain) => unanswered.has(chain))
  return blockedAnywhere({ ...seen, foreignChains }, live)
}

/** Needs a look with the files of the network. */
export async function portStates(app: App, seen: SeenHost, live: NetworkSpec): Promise<PortState[]> {
  const recorded = portsOf(live.name, seen, app.facts)
  const leases = await readLeases(app, live.name)
  return pluggedLinks(live, seen, app.facts).map((link) => {
    const port = recorded.find((each) => each.interface === link.name)
    const lease = leases.find((each) => each.mac === port?.mac)
    return {
      link,
      owner: describeOwner(link.alias),
      port,
      ip: port?.ip ?? lease?.ip,
      hostName: port?.hostName ?? lease?.hostName,
    }
  })
}

/** Said of one that is meant to run; weftd makes it again, unless something is in the way. */
function goneSentence(spec: NetworkSpec): string {
  const name = bridgeNameOf(spec)
  return name === undefined ? 'the mark that it runs has gone' : `its bridge '${name}' has gone`
}

const unique = (sentences: readonly string[]): string[] => [...new Set(sentences)]

function seenConditions(
  seen: SeenHost,
  spec: NetworkSpec,
  live: NetworkSpec | undefined,
  portCount: number,
): string[] {
  const running = live ?? spec
  const isAnswered = !isServed(running) || portCount === 0 || seen.dnsmasqRunning.has(spec.name)
  return [
    ...(live === undefined ? [] : shadowSentences(live, seen)),
    ...(isAnswered ? [] : ['dnsmasq does not run: guests get neither addresses nor names']),
    ...(seen.firewall === undefined && needsFirewall(running) ? ["weft's firewall table is missing"] : []),
    ...blockedSentences(withoutAnswered(running, seen), running),
    ...(live !== undefined && !isSameNetwork(live, spec)
      ? ['the definition was changed since it was started; the change holds from its next start']
      : []),
  ]
}
