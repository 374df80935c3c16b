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
  guardSteps,
  leaveRuleSteps,
  moveStep,
  ruleLines,
  tellFirstSteps,
  tellSteps,
  type LinkGuard,
} from './guard-steps.ts'
import { atOnce, backToNicLines, toBridgeLines } from './move.ts'
import { arrivedSteps, bridgeWords, settingStep, type BridgeWish } from './plan-bridge.ts'
import { allOf, arrivalOf, goneOf } from './readdress.ts'
import type { SeenUplink, UplinkAddress } from './seen-uplink.ts'
import { ACCEPT_DAD, ACCEPT_RA, habits, hasIpv6, ownSettings, settingFile, settingKey } from './settings.ts'

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
  // Where the bridge has not listened to routers, nothing of them comes along: the NIC has to ask.
  const isDeaf = seen.settings[ACCEPT_RA] === '0'
  const quiet = habits(nic, nic.name).filter(({ key }) => key !== ACCEPT_RA || !isDeaf)
  const lines = backToNicLines({ ...arrival, nic: nic.name, bridge, seconds: atOnce })
  return lastingPlan(`take bridge '${bridge}' from over '${nic.name}'`, [
    ...arriveRuleSteps(seen, nic.name),
    ...quiet.map(({ key, value, off }): Step => {
      const action = { kind: 'sysctl', key: settingKey(key, nic.name) } as const
      return { reason: off, do: { ...action, value: '0' }, undo: { ...action, value } }
    }),
    ...guardSteps(
      files,
      guardOf(seen, bridge, { nic, leaves: allOf(arrival), fresh: goneOf(seen, addressing) }),
      { uplink: nic.name, confirmWithin },
      handing,
    ),
    ...tellFirstSteps(handing, files),
    moveStep(`the host moves from ${bridge} to ${nic.name}`, files, {
      lines,
      isBeside: handing.tell !== undefined,
      wayBack: `weft host bridge add ${bridge} --uplink ${nic.name}`,
    }),
    ...leaveRuleSteps(seen, nic.name, handing.tell !== undefined),
    ...quiet.map(({ key, value, on }) => settingStep(on, settingKey(key, nic.name), value)),
    ...tellSteps(handing, files),
    ...arrivedSteps(arrival, nic.name, { watched, addressing, isTold: handing.tell !== undefined }),
  ])
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
  return {
    what: `the end of bridge '${bridge}' over '${nic.name}'`,
    before: [
      shellJoin(['ip', 'link', ...bridgeWords(seen, bridge)]),
      ...(hasIpv6(seen) ? [shellJoin(['ip', 'link', 'set', 'dev', bridge, 'addrgenmode', 'none'])] : []),
      ...ownSettings(seen).map(([key, value]) => write(value, settingFile(key, bridge))),
      shellJoin(['ip', 'link', 'set', 'dev', bridge, 'up']),
      ...habits(nic, nic.name).map(({ key, value }) => write(value, settingFile(key, nic.name))),
    ],
    link: bridge,
    lines: [...ruleLines(4, seen, nic.name), ...lines],
    lines6: ruleLines(6, seen, nic.name),
    acceptDad: seen.settings[ACCEPT_DAD],
    check: `[ -e /sys/class/net/${shellQuote(nic.name)}/master ]`,
  }
}

const write = (value: string, file: string): string => `echo ${shellQuote(value)} >${shellQuote(file)}`
