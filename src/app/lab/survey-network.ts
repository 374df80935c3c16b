/** What a lab's file would change of one network. */
import { invalidDefinition } from '../../core/errors.ts'
import { differences, isSame, type LabItem } from '../../core/lab/compare.ts'
import type { LabNetwork } from '../../core/lab/record.ts'
import { locateProblems } from '../../core/network/draft.ts'
import { pluggedLinks } from '../../core/network/port.ts'
import { networkProblems } from '../../core/network/problems/problems.ts'
import { isActive, type SeenHost } from '../../core/network/seen.ts'
import type { NetworkSpec } from '../../core/network/spec.ts'
import { frozenProblems } from '../../core/network/update/frozen.ts'
import { completeDraft } from '../complete-network.ts'
import { liveNetwork } from '../live-network.ts'
import type { App } from '../ports.ts'

export interface NetworkState extends LabNetwork {
  readonly spec: NetworkSpec
  /** The definition that there is. */
  readonly before: NetworkSpec | undefined
  /** It is started with the host now. */
  readonly isMarked: boolean
  readonly isRunning: boolean
  /** It cannot become so while it runs. */
  readonly isFrozen: boolean
  /** So it is stopped and started again, and the guests on it with it. */
  readonly isRestarted: boolean
  readonly item: LabItem
}

export function surveyNetwork(
  app: App,
  network: LabNetwork,
  {
    seen,
    restart,
    coming,
  }: { readonly seen: SeenHost; readonly restart: boolean; readonly coming: readonly NetworkSpec[] },
): NetworkState {
  const { draft, isStarted, autostart } = network
  const { name } = draft
  const { spec } = completeDraft(app, draft, seen, coming)
  const stored = app.networks.find(name)
  const isRunning = isActive(seen, name)
  const live = isRunning ? liveNetwork(app, seen, name) : undefined
  const changed = live === undefined ? [] : differences(live, spec)
  const isInUse = live !== undefined && pluggedLinks(live, seen, app.facts).length > 0
  const frozen = live === undefined ? [] : frozenProblems({ live, wanted: spec }, isInUse)
  const marks =
    stored !== undefined && stored.autostart !== autostart ? [`autostart ${autostart ? 'on' : 'off'}`] : []
  const isDefined = stored !== undefined && isSame(stored.spec, spec)
  const redefined = stored === undefined || isDefined ? [] : differences(stored.spec, spec)
  const isFrozen = frozen.length > 0
  const isRestarted = restart && isFrozen
  const later = isRestarted ? [] : frozen.map(({ message }) => message)
  const what = [
    ...(stored === undefined ? [summaryOf(spec)] : []),
    ...(changed.length > 0 && !isFrozen ? changed : redefined),
    ...(isRestarted ? ['it is stopped and started again'] : []),
    ...marks,
    ...(stored !== undefined && isStarted && !isRunning ? ['it is started'] : []),
  ]
  const action = stored === undefined ? 'create' : what.length > 0 ? 'change' : 'keep'
  const disturbs = isRestarted && isInUse ? `restarts the guests on ${name}` : ''
  const item: LabItem = { kind: 'network', name, action, what, later, disturbs }
  const isMarked = stored?.autostart === true
  return { ...network, spec, before: stored?.spec, isMarked, isRunning, isFrozen, isRestarted, item }
}

const summaryOf = ({ mode, bridge, hostBridge, ips }: NetworkSpec): string =>
  [mode, ...ips.map(({ cidr }) => `${cidr.address}/${String(cidr.prefix)}`), bridge?.name ?? hostBridge]
    .filter((word) => word !== undefined)
    .join(', ')

/** Those of one file, beside each other and beside what is there and stays: told before anything is changed. */
export function refuseNetworkProblems(
  networks: readonly NetworkState[],
  stays: readonly NetworkSpec[],
  what: string,
): void {
  const specs = networks.map(({ spec }) => spec)
  const problems = networks.flatMap(({ spec, draft, item, place }) => {
    if (item.action === 'keep') return []
    const others = [...stays, ...specs].filter(({ name }) => name !== spec.name)
    return locateProblems(networkProblems(spec, others), draft).map((problem) => ({ ...place, ...problem }))
  })
  if (problems.length > 0) throw invalidDefinition(what, problems)
}
