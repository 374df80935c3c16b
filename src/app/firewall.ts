/** Who may talk to whom on a network: rules, groups and what becomes of the rest, changed while guests run. */
import { WeftError } from '../core/errors.ts'
import {
  addMembers,
  addRule,
  describeOwner,
  isNothing,
  listOf,
  NO_FIREWALL,
  removeMembers,
  removeRule,
  setList,
  unknownGroup,
  type ListOwner,
  type ListSettings,
} from '../core/network/guard/edit-firewall.ts'
import type { FirewallSpec, IpCidr } from '../core/network/guard/firewall-spec.ts'
import { guestOf } from '../core/network/guard/network-guard.ts'
import { formatRule, parseCidr, parseRule } from '../core/network/guard/rule-text.ts'
import { portsOf } from '../core/network/port.ts'
import { networkProblems } from '../core/network/problems/problems.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { planNetworkUpdate } from '../core/network/update/plan-update.ts'
import { lastingPlan, type Plan } from '../core/plan/plan.ts'
import { invalidDefinition } from '../core/errors.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { planDefinition } from './definitions.ts'
import { HOST_QUEUE, unknownNetwork } from './find-network.ts'
import { liveNetwork, lookAtNetworks, otherLiveNetworks } from './live-network.ts'
import type { App } from './ports.ts'

export interface RuleRequest extends ListOwner {
  /** As `rule-text.ts` reads it. */
  readonly rule: string
  readonly before?: number
}

export function addNetworkRule(
  app: App,
  name: string,
  wanted: RuleRequest,
  request: ChangeRequest,
): Promise<Changed<'added'>> {
  const parsed = parseRule(wanted.rule)
  if ('problem' in parsed) {
    const { message, hint } = parsed.problem
    return Promise.reject(new WeftError('invalid-argument', message, { hint }))
  }
  const { rule } = parsed
  return app.queue.run(HOST_QUEUE, async () => {
    const scene = await look(app, name)
    refuseUnknown(app, scene, wanted)
    if (rule.peer?.kind === 'guest') refuseUnknown(app, scene, { guest: rule.peer.name })
    if (rule.peer?.kind === 'group') refuseUnknown(app, scene, { group: rule.peer.name })
    const firewall = addRule(scene.firewall, wanted, rule, wanted.before)
    const title = `add the rule '${formatRule(rule)}' to ${describeOwner(wanted, name)}`
    const idle = rule.verdict === 'allow' && deniesNothing(firewall)
    const notes = idle ? [`nothing is denied on network '${name}': weft rule set ${name} --in deny`] : []
    return carryOutFirewall(app, scene, { firewall, title, result: 'added', notes }, request)
  })
}

/** `which`: its number, or the rule itself. */
export function removeNetworkRule(
  app: App,
  name: string,
  { which, ...owner }: ListOwner & { readonly which: string },
  request: ChangeRequest,
): Promise<Changed<'removed'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const scene = await look(app, name)
    if (owner.group !== undefined) refuseUnknown(app, scene, { group: owner.group })
    const firewall = removeRule(scene.firewall, owner, which)
    const what = /^\d+$/.test(which) ? `rule ${which}` : `the rule '${which}'`
    const title = `remove ${what} from ${describeOwner(owner, name)}`
    return carryOutFirewall(app, scene, { firewall, title, result: 'removed' }, request)
  })
}

export interface RulesSettings extends ListOwner, Omit<ListSettings, 'addresses'> {
  readonly addresses?: readonly string[]
}

export function setNetworkRules(
  app: App,
  name: string,
  { guest, group, addresses, ...settings }: RulesSettings,
  request: ChangeRequest,
): Promise<Changed<'set' | 'already-set'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const scene = await look(app, name)
    const owner = { guest, group }
    refuseUnknown(app, scene, owner)
    refuseMisplaced(owner, { ...settings, ...(addresses === undefined ? {} : { addresses }) })
    const cidrs = addresses === undefined ? {} : { addresses: addresses.map(readCidr) }
    const firewall = setList(scene.firewall, owner, { ...settings, ...cidrs })
    const title = `set what becomes of packets of ${describeOwner(owner, name)}`
    const isSame = JSON.stringify(firewall) === JSON.stringify(scene.firewall)
    return carryOutFirewall(app, scene, { firewall, title, result: isSame ? 'already-set' : 'set' }, request)
  })
}

export function addToGroup(
  app: App,
  name: string,
  group: string,
  members: readonly string[],
  request: ChangeRequest,
): Promise<Changed<'added'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const scene = await look(app, name)
    for (const guest of members) refuseUnknown(app, scene, { guest })
    const firewall = addMembers(scene.firewall, group, members)
    const title =
      members.length === 0
        ? `add the group '${group}' to network '${name}'`
        : `add ${members.join(', ')} to the group '${group}' of network '${name}'`
    return carryOutFirewall(app, scene, { firewall, title, result: 'added' }, request)
  })
}

/** Without members: the group itself. */
export function removeFromGroup(
  app: App,
  name: string,
  group: string,
  members: readonly string[],
  request: ChangeRequest,
): Promise<Changed<'removed'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const scene = await look(app, name)
    const firewall = removeMembers(scene.firewall, group, members)
    const title =
      members.length === 0
        ? `remove the group '${group}' from network '${name}'`
        : `remove ${members.join(', ')} from the group '${group}' of network '${name}'`
    return carryOutFirewall(app, scene, { firewall, title, result: 'removed' }, request)
  })
}

/** A network as a change of its firewall finds it. */
interface Scene {
  readonly name: string
  readonly seen: SeenHost
  readonly stored: NetworkSpec | undefined
  /** What runs. */
  readonly live: NetworkSpec | undefined
  readonly firewall: FirewallSpec
}

async function look(app: App, name: string): Promise<Scene> {
  const seen = await lookAtNetworks(app, [name])
  const stored = app.networks.find(name)?.spec
  const live = isActive(seen, name) ? liveNetwork(app, seen, name) : undefined
  const spec = stored ?? live
  if (spec === undefined) throw unknownNetwork(app, name)
  return { name, seen, stored, live, firewall: spec.firewall ?? NO_FIREWALL }
}

interface FirewallChange<Result extends string> {
  readonly firewall: FirewallSpec
  readonly title: string
  readonly result: Result
  readonly notes?: readonly string[]
}

/** The definition and what runs get the same firewall, in one plan. */
async function carryOutFirewall<Result extends string>(
  app: App,
  scene: Scene,
  { firewall, title, result, notes = [] }: FirewallChange<Result>,
  request: ChangeRequest,
): Promise<Changed<Result>> {
  const { name, stored, live } = scene
  const wanted = (spec: NetworkSpec): NetworkSpec => withFirewall(spec, firewall)
  const problems = networkProblems(wanted(stored ?? live ?? refuseMissing(app, name)), [])
  if (problems.length > 0) throw invalidDefinition(`the firewall of network '${name}'`, problems)
  const keep = stored === undefined ? [] : await definitionSteps(app, wanted(stored))
  const update = live === undefined ? [] : updateSteps(app, scene, { live, wanted: wanted(live) })
  const changed = await carryOut(app, request, lastingPlan(title, [...keep, ...update]), result, notes)
  if (request.dryRun || changed.number === null) return changed
  await app.networks.refresh(name)
  app.liveNetworks.delete(name)
  app.events.emit({ kind: 'network', name, what: 'rules-changed' })
  return changed
}

const refuseMissing = (app: App, name: string): never => {
  throw unknownNetwork(app, name)
}

async function definitionSteps(app: App, spec: NetworkSpec): Promise<Plan['steps']> {
  const autostart = app.networks.find(spec.name)?.autostart ?? false
  return (await planDefinition(app, app.networks, { spec, autostart }, '')).steps
}

function updateSteps(
  app: App,
  { seen, name }: Scene,
  change: { readonly live: NetworkSpec; readonly wanted: NetworkSpec },
): Plan['steps'] {
  return planNetworkUpdate(change, seen, app.facts, otherLiveNetworks(app, seen, name)).steps
}

/** One that says nothing is none. */
function withFirewall(spec: NetworkSpec, firewall: FirewallSpec): NetworkSpec {
  if (!isNothing(firewall)) return { ...spec, firewall }
  const without: { -readonly [Key in keyof NetworkSpec]: NetworkSpec[Key] } = { ...spec }
  delete without.firewall
  return without
}

function deniesNothing(firewall: FirewallSpec): boolean {
  const lists = [firewall, ...firewall.groups, ...firewall.guests]
  return lists.every(
    (list) =>
      list.in !== 'deny' && list.out !== 'deny' && list.rules.every(({ verdict }) => verdict === 'allow'),
  )
}

/** Guests are known by what is plugged in, by the machines that are defined, and by reservations. */
function refuseUnknown(
  app: App,
  { name, seen, firewall, stored, live }: Scene,
  { guest, group }: ListOwner,
): void {
  if (guest !== undefined && group !== undefined)
    throw new WeftError('invalid-argument', 'a list of rules is of a guest or of a group, not of both')
  if (group !== undefined && listOf(firewall, { group }) === undefined) throw unknownGroup(firewall, group)
  if (guest === undefined) return
  const hosts = (stored ?? live)?.ips.map((ip): readonly { readonly name?: string }[] => ip.dhcp?.hosts ?? [])
  const reserved = hosts?.flat() ?? []
  const known = new Set([
    ...portsOf(name, seen, app.facts).flatMap((port) => guestOf(port) ?? []),
    ...app.vms.list().flatMap((vm) => (vm.nics.some((nic) => nic.network === name) ? [vm.name] : [])),
    ...reserved.flatMap((host) => host.name ?? []),
    ...firewall.guests.map((each) => each.name),
  ])
  if (known.has(guest)) return
  const names = [...known].sort().slice(0, 5).join(', ')
  throw new WeftError('not-found', `network '${name}' has no guest named '${guest}'`, {
    hint: names === '' ? `weft port list ${name}` : `it has: ${names}; a group is written @${guest}`,
  })
}

function refuseMisplaced({ guest, group }: ListOwner, settings: Omit<RulesSettings, keyof ListOwner>): void {
  const { antiSpoofing, addresses } = settings
  if (Object.keys(settings).length === 0)
    throw new WeftError('invalid-argument', 'nothing was said to be changed', {
      hint: 'weft rule set NETWORK --in deny, --out allow, --anti-spoofing mac',
    })
  if (antiSpoofing !== undefined && group !== undefined)
    throw new WeftError('invalid-argument', 'anti-spoofing is of a network or of a guest, not of a group')
  if (addresses !== undefined && guest === undefined)
    throw new WeftError('invalid-argument', 'addresses are of a guest: name it', { hint: '--guest NAME' })
}

function readCidr(text: string): IpCidr {
  const cidr = parseCidr(text)
  if (cidr !== undefined) return cidr
  throw new WeftError('invalid-argument', `'${text}' is not an address or a subnet`, {
    hint: 'such as 10.90.0.0/16',
  })
}
