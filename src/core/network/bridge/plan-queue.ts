/**
 * How fast, how late and how surely packets go through a link, either way. What this host sends waits in the link's own queue; for what
 * comes in the kernel has none, so it takes a detour over a link that exists for nothing but its queue.
 */
import { parseInterfaceName, type InterfaceName } from '../../address/interface-name.ts'
import { queueAlias } from '../../host/mark.ts'
import { run, type Action, type RunAction } from '../../plan/action.ts'
import { cannotUndo, invert, type Step } from '../../plan/plan.ts'
import {
  impairmentOf,
  impairmentSteps,
  isUnimpaired,
  UNIMPAIRED,
  type Impairment,
  type SeenQueue,
} from './impairment.ts'
import type { BandwidthSpec } from '../spec.ts'
import type { SeenHost } from '../seen.ts'

/** As the guests at the other end see it. */
export type Direction = 'to-guest' | 'from-guest'
export const DIRECTIONS = ['to-guest', 'from-guest'] as const

/** The end of a cable that this host holds. A macvtap is the guest's own NIC: what this host sends through it is what the guest sends. */
export interface CableEnd {
  readonly interface: InterfaceName
  readonly isGuestsOwn?: boolean
  /** Who is at the other end, for people. */
  readonly guest: string
}

/** Nobody ever asks for it; the kernel would roll dice, and no two starts would be alike. */
const NOBODYS_MAC = '02:00:00:00:00:01'

type Seen = Pick<SeenHost, 'links' | 'queues'>

export function queueSteps(end: CableEnd, direction: Direction, wanted: Impairment, seen: Seen): Step[] {
  const { interface: name } = end
  const queues = seen.queues ?? []
  const queueAt = (link: string): SeenQueue | undefined => queues.find((each) => each.interface === link)
  const what = direction === 'to-guest' ? `packets reach ${end.guest}` : `packets of ${end.guest} go on`
  if (!needsDetour(end, direction)) return impairmentSteps(name, wanted, queueAt(name), what)
  const detour = detourName(name)
  const set = (to: Impairment, from: SeenQueue | undefined): Step[] => impairmentSteps(detour, to, from, what)
  const isThere = seen.links.some((link) => link.name === detour)
  if (isThere && !isUnimpaired(wanted)) return set(wanted, queueAt(detour))
  if (!isThere && isUnimpaired(wanted)) return []
  const made = [
    ...makeSteps(name, detour),
    ...set(isThere ? impairmentOf(queueAt(detour)) : wanted, undefined),
  ]
  const steps = [...made, ...leadSteps(name, detour)]
  return isThere ? invert(steps, () => `${what} straight again`) : steps
}

/** What is done to packets that way. */
export function queueOf(end: CableEnd, direction: Direction, seen: Seen): Impairment {
  const name = queueLink(end.interface, end.isGuestsOwn === true, direction)
  return impairmentOf(seen.queues?.find((queue) => queue.interface === name))
}

/** Where packets that go that way wait. */
export function queueLink(name: InterfaceName, isGuestsOwn: boolean, direction: Direction): InterfaceName {
  return needsDetour({ isGuestsOwn }, direction) ? detourName(name) : name
}

/** Both ways at once; a direction that is not limited is freed of limits. What a link of that name has left is not taken for its own. */
export function bandwidthSteps(end: CableEnd, wanted: BandwidthSpec | undefined, seen: Seen): Step[] {
  const isThere = seen.links.some((link) => link.name === end.interface)
  const now = isThere ? seen : { links: [], queues: [] }
  return [
    ...(isThere ? [] : detourLeftoverSteps(end.interface, seen)),
    ...DIRECTIONS.flatMap((direction) => queueSteps(end, direction, limitOf(wanted, direction), now)),
  ]
}

/** tc counts bits, libvirt kilobytes and kibibytes. A peak that is no more than the average says nothing. */
export function limitOf(bandwidth: BandwidthSpec | undefined, direction: Direction): Impairment {
  const rate = direction === 'to-guest' ? bandwidth?.inbound : bandwidth?.outbound
  if (rate === undefined) return UNIMPAIRED
  const { average, peak = 0, burst = 0 } = rate
  return {
    ...UNIMPAIRED,
    rateBits: average * 8000,
    ...(peak > average ? { peakBits: peak * 8000 } : {}),
    ...(burst > 0 ? { burstBytes: burst * 1024 } : {}),
  }
}

/** The detour of a link that has gone leads nowhere. */
export function detourLeftoverSteps(name: string, seen: Seen): Step[] {
  const detour = detourName(name)
  if (!seen.links.some((link) => link.name === detour && link.kind === 'ifb')) return []
  return [
    {
      reason: `nothing that came from ${name} waits its turn any more`,
      do: deleteLink(detour),
      undo: cannotUndo('a cable is made anew when its guest is plugged in again'),
    },
  ]
}

export function needsDetour(
  { isGuestsOwn = false }: Pick<CableEnd, 'isGuestsOwn'>,
  direction: Direction,
): boolean {
  return isGuestsOwn === (direction === 'to-guest')
}

/** `vnet0-in`; a name without room for that keeps its beginning, and what is cut off is told by a number. */
export function detourName(name: string): InterfaceName {
  const whole = `${name}-in`
  if (parseInterfaceName(whole) !== undefined) return whole as InterfaceName
  const sum = Array.from(name).reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) % 0x10000, 7)
  return `${name.slice(0, 8)}${sum.toString(16).padStart(4, '0')}-in` as InterfaceName
}

function makeSteps(name: string, detour: string): Step[] {
  const mark = ['alias', queueAlias(name), 'addrgenmode', 'none', 'up'] as const
  return [
    {
      reason: `what comes from ${name} gets a place to wait for its turn`,
      do: run('ip', 'link', 'add', 'name', detour, 'address', NOBODYS_MAC, 'type', 'ifb'),
      undo: deleteLink(detour),
    },
    {
      reason: `${detour} is marked and switched on`,
      do: run('ip', 'link', 'set', 'dev', detour, ...mark),
      undo: { ...run('ip', 'link', 'set', 'dev', detour, 'down'), accept: [1] },
    },
  ]
}

/** Last: until here packets go straight. */
function leadSteps(name: string, detour: string): Step[] {
  return [
    {
      reason: `packets that come in at ${name} can be told where to go`,
      do: run('tc', 'qdisc', 'add', 'dev', name, 'ingress'),
      undo: deleteIngress(name),
    },
    {
      reason: `all of them, IPv4 and IPv6, go over ${detour} and come back`,
      do: leadOver(name, detour),
      undo: { ...run('tc', 'filter', 'delete', 'dev', name, 'parent', 'ffff:'), accept: [1, 2] },
    },
  ]
}

function leadOver(name: string, detour: string): RunAction {
  const all = ['protocol', 'all', 'u32', 'match', 'u32', '0', '0'] as const
  const action = ['action', 'mirred', 'egress', 'redirect', 'dev', detour] as const
  return run('tc', 'filter', 'add', 'dev', name, 'parent', 'ffff:', ...all, ...action)
}

/** The link may have gone (1), or what is on it (2). */
function deleteIngress(name: string): Action {
  return { ...run('tc', 'qdisc', 'delete', 'dev', name, 'ingress'), accept: [1, 2] }
}

function deleteLink(name: string): Action {
  return { ...run('ip', 'link', 'delete', 'dev', name), accept: [1] }
}
