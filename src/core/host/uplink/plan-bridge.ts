/** A bridge over the host's NIC: the host, with all its addresses and routes, moves onto it in one step, and back unless that is confirmed. */
import type { InterfaceName } from '../../address/interface-name.ts'
import { run } from '../../plan/action.ts'
import { lastingPlan, noUndo, type Plan, type Step } from '../../plan/plan.ts'
import { shellJoin, shellQuote } from '../../plan/shell-quote.ts'
import { UNTOLD, type Handing } from '../keeper/seen-keeper.ts'
import type { Paths } from '../paths.ts'
import { guardFiles } from './guard-files.ts'
import { leftAt, type Again } from './guard-script.ts'
import {
  arriveRuleSteps,
  BY_GUARD,
  guardSteps,
  leaveRuleSteps,
  moveStep,
  tellFirstSteps,
  ruleLines,
  tellSteps,
  twice,
  type LinkGuard,
} from './guard-steps.ts'
import { atOnce, backToNicLines, onBridgeLines, toBridgeLines } from './move.ts'
import { keptSteps, probeSteps, type Watched } from './probe.ts'
import {
  arrivalOf,
  formerAddressing,
  freeSteps,
  goneOf,
  leasedSteps,
  namedSteps,
  type Addressing,
  type Arrival,
} from './readdress.ts'
import { ruleWords } from './rule-words.ts'
import { FOREVER, type Family, type SeenUplink } from './seen-uplink.ts'
import { ACCEPT_DAD, ACCEPT_RA, habits, hasIpv6, ownSettings, settingFile, settingKey } from './settings.ts'

export interface BridgeWish {
  readonly bridge: InterfaceName
  /** Seconds until it is taken back. */
  readonly confirmWithin: number
  /** Who is asked afterwards, besides gateways. */
  readonly watched?: readonly Watched[]
  /** Other addresses than those that the link has which the host leaves. */
  readonly addressing?: Addressing
}

const WITH_BRIDGE = noUndo('it goes with the bridge')

/** `seen` is the NIC's; empty when it is in that bridge already. `handing`: how whoever keeps the NIC is told. */
export function planBridgeAdd(
  { bridge, confirmWithin, watched, addressing }: BridgeWish,
  seen: SeenUplink,
  paths: Paths,
  handing: Handing = UNTOLD,
): Plan {
  const title = `put bridge '${bridge}' over '${seen.name}'`
  if (seen.master === bridge) return lastingPlan(title, [])
  const files = guardFiles(paths, bridge)
  const arrival = arrivalOf(seen, addressing)
  const former = addressing === undefined ? {} : { former: formerAddressing(seen, addressing.families) }
  const { keeper, changes, idle } = handing
  return lastingPlan(title, [
    ...freeSteps(seen, arrival),
    ...bridgeSteps(arrival.seen, bridge),
    ...arriveRuleSteps(seen, bridge),
    ...guardSteps(
      files,
      {
        ...guardOf(seen, bridge, addressing),
        ...(keeper === UNTOLD.keeper ? { again: againOf(arrival, bridge) } : {}),
      },
      {
        uplink: seen.name,
        confirmWithin,
        keeper,
        changes,
        ...former,
        ...(idle === undefined ? {} : { idle }),
      },
      handing,
    ),
    ...tellFirstSteps(handing, files),
    moveStep(`the host moves from ${seen.name} to ${bridge}`, files, {
      lines: toBridgeLines({ ...arrival, nic: seen.name, bridge, seconds: atOnce, leaves: seen }),
      isBeside: false,
      wayBack: `weft host bridge remove ${bridge}`,
    }),
    ...leaveRuleSteps(seen, bridge),
    ...habits(arrival.seen, bridge).map(({ key, value, on }) =>
      settingStep(on, settingKey(key, bridge), value),
    ),
    ...tellSteps(handing, files),
    ...arrivedSteps(arrival, bridge, { watched, addressing, isTold: handing.tell !== undefined }),
  ])
}

export interface Arrived {
  readonly watched: readonly Watched[] | undefined
  readonly addressing: Addressing | undefined
  readonly isTold: boolean
}

/** That the host is there, and not alone. */
export function arrivedSteps(
  arrival: Arrival,
  link: InterfaceName,
  { watched, addressing, isTold }: Arrived,
): Step[] {
  return [
    ...(isTold || arrival.fresh.length > 0 ? keptSteps(arrival.seen, link, arrival.fresh) : []),
    ...leasedSteps(link, addressing),
    ...namedSteps(arrival.seen, link, addressing),
    ...probeSteps(arrival.seen, link, watched),
  ]
}

/** Nothing of this is noticed by anybody. */
function bridgeSteps(seen: SeenUplink, bridge: InterfaceName): Step[] {
  const none = run('ip', 'link', 'set', 'dev', bridge, 'addrgenmode', 'none')
  return [
    {
      reason: `a bridge with the MAC of ${seen.name}, so that the address from DHCP stays the same; it passes packets on at once`,
      do: run('ip', 'link', ...bridgeWords(seen, bridge)),
      undo: { ...run('ip', 'link', 'delete', 'dev', bridge), accept: [1] },
    },
    ...(hasIpv6(seen)
      ? [
          {
            reason: `${bridge} is given the link-local address of ${seen.name}, and makes none of its own`,
            do: none,
            undo: WITH_BRIDGE,
          },
        ]
      : []),
    ...settingSteps(seen, bridge),
    { reason: `${bridge} is ready`, do: run('ip', 'link', 'set', 'dev', bridge, 'up'), undo: WITH_BRIDGE },
  ]
}

/** Without spanning tree, and without listening for half a minute first. */
export function bridgeWords({ mac, mtu }: SeenUplink, bridge: InterfaceName): string[] {
  const kind = ['type', 'bridge', 'stp_state', '0', 'forward_delay', '0']
  return ['add', 'name', bridge, 'address', mac, 'mtu', String(mtu), ...kind]
}

function settingSteps(seen: SeenUplink, bridge: InterfaceName): Step[] {
  const step = (reason: string, key: string, value: string): Step => ({
    reason,
    do: { kind: 'sysctl', key: settingKey(key, bridge), value },
    undo: WITH_BRIDGE,
  })
  return [
    ...ownSettings(seen)
      .filter(([key, value]) => key !== ACCEPT_RA || value === '0')
      .map(([key, value]) => step(`${bridge} has ${key} = ${value}, as ${seen.name} has`, key, value)),
    ...habits(seen, bridge).map(({ key, off }) => step(off, key, '0')),
  ]
}

function guardOf(seen: SeenUplink, bridge: InterfaceName, addressing: Addressing | undefined): LinkGuard {
  const fresh = goneOf(seen, addressing)
  const lines = backToNicLines({ seen, fresh, nic: seen.name, bridge, seconds: leftAt(seen.atUptime) })
  return {
    what: `bridge '${bridge}' over '${seen.name}'`,
    before: [],
    link: seen.name,
    lines: [...ruleLines(4, seen, bridge), ...lines],
    lines6: ruleLines(6, seen, bridge),
    acceptDad: seen.settings[ACCEPT_DAD],
    check: `[ ! -e /sys/class/net/${shellQuote(bridge)} ]`,
  }
}

/** What does not run out. The rest comes from routers and servers by itself. */
function againOf({ seen, fresh }: Arrival, bridge: InterfaceName): Again {
  const nic = seen.name
  const lasting: SeenUplink = {
    ...seen,
    addresses: seen.addresses.filter(({ valid_life_time: valid }) => valid === FOREVER),
    routes: seen.routes.filter(({ expires, protocol }) => expires === undefined && protocol !== 'ra'),
    neighbours: seen.neighbours.filter(({ isPermanent }) => isPermanent),
  }
  const rules = (family: Family): string[] =>
    seen.rules
      .filter((rule) => rule.family === family)
      .map((rule) => `rule add ${ruleWords(rule, nic, bridge).join(' ')}`)
  const ip = (...words: string[]): string => shellJoin(['ip', 'link', ...words])
  return {
    nic,
    before: [
      ip(...bridgeWords(seen, bridge)),
      ...(hasIpv6(seen) ? [bridge, nic].map((link) => ip('set', 'dev', link, 'addrgenmode', 'none')) : []),
      ...ownSettings(seen).map(
        ([key, value]) => `echo ${shellQuote(value)} >${shellQuote(settingFile(key, bridge))}`,
      ),
      ip('set', 'dev', nic, 'mtu', String(seen.mtu), 'up'),
      ip('set', 'dev', bridge, 'up'),
    ],
    // Nothing has an address yet: routes that name one are refused the first time.
    lines: [...rules(4), ...twice(onBridgeLines({ seen: lasting, fresh, nic, bridge, seconds: atOnce }))],
    lines6: rules(6),
  }
}

/** Once the host has moved. */
export const settingStep = (reason: string, key: string, value: string): Step => ({
  reason,
  do: { kind: 'sysctl', key, value },
  undo: BY_GUARD,
})
