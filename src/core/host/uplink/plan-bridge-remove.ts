/** The way back from a bridge to the NIC under it, with the same care: one step, and a guard that puts the bridge there again unless that is confirmed. */
import type { InterfaceName } from '../../address/interface-name.ts'
import { lastingPlan, type Plan, type Step } from '../../plan/plan.ts'
import { shellJoin, shellQuote } from '../../plan/shell-quote.ts'
import { UNTOLD, type Handing } from '../keeper/seen-keeper.ts'
import type { Paths } from '../paths.ts'
import { removalFiles } from './guard-files.ts'
import { leftAt } from './guard-script.ts'
import {
  arriveRuleSteps,
  BY_GUARD,
  guardSteps,
  leaveRuleSteps,
  moveStep,
  ruleLines,
  tellFirstSteps,
  tellSteps,
  type LinkGuard,
} from './guard-steps.ts'
import { atOnce, backToNicLines, toBridgeLines } from './move.ts'
import { arrivedSteps, bridgeWords, type BridgeWish } from './plan-bridge.ts'
import { allOf, arrivalOf, goneOf } from './readdress.ts'
import type { SeenUplink, UplinkAddress } from './seen-uplink.ts'
import { ACCEPT_DAD, hasIpv6, ownSettings, settingFile, settingKey } from './settings.ts'

export interface RemovedBridge {
  /** The bridge's. */
  readonly seen: SeenUplink
  /** As it is now, plugged into it. */
  readonly nic: SeenUplink
  /** How whoever keeps the NIC is told. */
  readonly handing?: Handing
}

export function planBridgeRemove(
  { bridge, confirmWithin, watched, addressing }: BridgeWish,
  { seen, nic, handing = UNTOLD }: RemovedBridge,
  paths: Paths,
): Plan {
  const files = removalFiles(paths, bridge)
  const arrival = arrivalOf(seen, addressing)
  const lines = backToNicLines({ ...arrival, nic: nic.name, bridge, seconds: atOnce })
  return lastingPlan(`take bridge '${bridge}' from over '${nic.name}'`, [
    ...arriveRuleSteps(seen, nic.name),
    ...dadStep(nic),
    ...guardSteps(
      files,
      guardOf(seen, bridge, { nic, leaves: allOf(arrival), fresh: goneOf(seen, addressing) }),
      { uplink: nic.name, confirmWithin },
      handing,
    ),
    ...tellFirstSteps(handing),
    moveStep(`the host moves from ${bridge} to ${nic.name}`, files, {
      lines,
      isBeside: handing.tell !== undefined,
      wayBack: `weft host bridge add ${bridge} --uplink ${nic.name}`,
    }),
    ...leaveRuleSteps(seen, nic.name, handing.tell !== undefined),
    ...dadStep(nic).map(({ undo, ...step }): Step => ({
      ...step,
      reason: `whether somebody has an address that ${nic.name} gets later is asked as usual`,
      do: undo.kind === 'none' ? step.do : undo,
      undo: BY_GUARD,
    })),
    ...tellSteps(handing),
    ...arrivedSteps(arrival, nic.name, { watched, addressing, isTold: handing.tell !== undefined }),
  ])
}

function dadStep({ name, settings }: SeenUplink): Step[] {
  const value = settings[ACCEPT_DAD]
  if (value === undefined || value === '0') return []
  const action = { kind: 'sysctl', key: settingKey(ACCEPT_DAD, name) } as const
  return [
    {
      reason: `nobody else has the addresses that ${name} is about to get: it need not ask for a second before it uses them`,
      do: { ...action, value: '0' },
      undo: { ...action, value },
    },
  ]
}

function guardOf(
  seen: SeenUplink,
  bridge: InterfaceName,
  {
    nic,
    leaves,
    fresh,
  }: {
    readonly nic: SeenUplink
    readonly leaves: SeenUplink
    readonly fresh: readonly UplinkAddress[]
  },
): LinkGuard {
  const seconds = leftAt(seen.atUptime)
  const lines = toBridgeLines({ seen, fresh, nic: nic.name, bridge, seconds, leaves })
  const dad = nic.settings[ACCEPT_DAD]
  return {
    what: `the end of bridge '${bridge}' over '${nic.name}'`,
    before: [
      shellJoin(['ip', 'link', ...bridgeWords(seen, bridge)]),
      ...(hasIpv6(seen) ? [shellJoin(['ip', 'link', 'set', 'dev', bridge, 'addrgenmode', 'none'])] : []),
      ...ownSettings(seen).map(([key, value]) => write(value, settingFile(key, bridge))),
      shellJoin(['ip', 'link', 'set', 'dev', bridge, 'up']),
      ...(dad === undefined ? [] : [write(dad, settingFile(ACCEPT_DAD, nic.name))]),
    ],
    link: bridge,
    lines: [...ruleLines(4, seen, nic.name), ...lines],
    lines6: ruleLines(6, seen, nic.name),
    acceptDad: seen.settings[ACCEPT_DAD],
    check: `[ -e /sys/class/net/${shellQuote(nic.name)}/master ]`,
  }
}

const write = (value: string, file: string): string => `echo ${shellQuote(value)} >${shellQuote(file)}`
