/** Why a guest has no network: everything on a packet's way is looked at, up to the first thing that is wrong. Nothing is changed. */
import { blame } from '../core/doctor/blame.ts'
import { CHECKS, checksOf } from '../core/doctor/checks.ts'
import { walk, type Stage } from '../core/doctor/check.ts'
import { recognise } from '../core/doctor/recognise.ts'
import type { Examined, Plug, Probed, Sight } from '../core/doctor/sight.ts'
import { ipv4FromNumber, ipv4Bounds } from '../core/address/ipv4.ts'
import { ipv4Of, isForwarded, isSwitched } from '../core/network/ips.ts'
import { waysOut } from '../core/network/mtu.ts'
import type { NamespacePort } from '../core/network/port.ts'
import { activeNetworks, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import type { Examination, WayQuestion } from './doctor-ports.ts'
import { probeOrder } from './doctor-probes.ts'
import { findPlugs, pluggedGuests } from './doctor-guests.ts'
import { askAgents } from './doctor-inside.ts'
import { listHistory } from './history.ts'
import { liveNetwork, lookAtNetworks, missingNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import { driftSteps } from './repair-network.ts'

/** One way that was walked. */
export interface Walked {
  readonly of: 'host' | 'network' | 'guest'
  readonly name: string
  readonly network: string | undefined
  readonly interface: string | undefined
  readonly stages: readonly Stage[]
}

/** `probes`: what is only read is also tried. Without a guest: this host, every network that runs, and every guest, each by itself. Throws 'not-found', 'wrong-state'. */
export async function findFaults(app: App, guest?: string, { probes = false } = {}): Promise<Walked[]> {
  const links = await app.host.links()
  const active = activeNetworks({ links, borrowed: app.host.borrowed() })
  const names = [...active, ...(await missingNetworks(app, active))].sort()
  const seen = await lookAtNetworks(app, names)
  const live = names.flatMap((name) => liveNetwork(app, seen, name) ?? [])
  const all = await pluggedGuests(app, seen, live)
  const plugs = guest === undefined ? all : findPlugs(app, all, guest)
  const limitMs = guest === undefined ? AGENTS_MS.all : AGENTS_MS.one
  const [sight, inside] = await Promise.all([
    look(app, { seen, live, all, plugs, probes }),
    askAgents((name) => app.machines.agent(name), plugs, limitMs),
  ])
  const whole = withInside(sight, inside)
  const walked = plugs.map((plug) => walkGuest(whole, recognise(plug, whole), guest !== undefined))
  return nameAuthors(app, guest !== undefined ? walked : [...walkShared(whole), ...walked])
}

/** How long agents in guests are waited for: of one guest somebody wants to know more. */
const AGENTS_MS = { one: 5000, all: 1000 } as const

const withInside = (sight: Sight, inside: Examined['inside']): Sight => ({
  ...sight,
  examined: { ...sight.examined, inside: new Map([...sight.examined.inside, ...inside]) },
})

/** The history is read only where somebody may be in it. */
async function nameAuthors(app: App, walked: readonly Walked[]): Promise<Walked[]> {
  const faults = walked.flatMap(({ stages }) => stages.flatMap(({ fault }) => fault ?? []))
  if (faults.every(({ typed }) => typed === undefined)) return [...walked]
  const changes = await listHistory(app)
  const named = (stage: Stage): Stage =>
    stage.fault === undefined ? stage : { ...stage, fault: blame(stage.fault, changes) }
  return walked.map((way) => ({ ...way, stages: way.stages.map(named) }))
}

function walkShared(sight: Sight): Walked[] {
  const nowhere = { network: undefined, interface: undefined }
  return [
    { of: 'host', name: 'this host', ...nowhere, stages: walk(checksOf('host'), { sight }) },
    ...sight.live.map((network): Walked => {
      const stages = walk(checksOf('network'), { sight, network })
      return { of: 'network', name: network.name, ...nowhere, stages }
    }),
  ]
}

function walkGuest(sight: Sight, plug: Plug, isWhole: boolean): Walked {
  const network = sight.live.find(({ name }) => name === plug.network)
  const { guest: name, interface: end } = plug
  const about = { of: 'guest', name, network: plug.network, interface: end } as const
  if (network === undefined) return { ...about, stages: [notRunning(plug.network)] }
  return {
    ...about,
    stages: walk(isWhole ? CHECKS : checksOf('guest'), { sight, network, plug, isAsked: isWhole }),
  }
}

function notRunning(network: string): Stage {
  const what = `network '${network}' is not active`
  const fault = {
    kind: 'network-off',
    what,
    culprit: `network '${network}'`,
    mend: `weft net start ${network}`,
  }
  return { stage: 'network', text: what, fault }
}

interface Scope {
  readonly seen: SeenHost
  readonly live: readonly NetworkSpec[]
  readonly all: readonly Plug[]
  /** Those that are asked about. */
  readonly plugs: readonly Plug[]
  readonly probes: boolean
}

async function look(app: App, { seen, live, all, plugs, probes }: Scope): Promise<Sight> {
  const order = probes ? probeOrder(seen, live, plugs) : undefined
  const probed = order === undefined ? undefined : await app.host.probe(order)
  const examination = examinationOf(seen, live, plugs)
  const examined = await app.host.examine(
    probed === undefined ? examination : { ...examination, ...doubts(order?.pings ?? [], probed) },
  )
  const now = app.chance.now().getTime() / 1000
  const drift = new Map(live.map(({ name }) => [name, driftSteps(app, seen, name)]))
  const tried = probed === undefined ? {} : { probed }
  return { seen, facts: app.facts, live, plugs: all, drift, examined: { ...examined, ...tried }, now }
}

/** Whoever has answered is there. */
const doubts = (all: readonly string[], { pings }: Probed): Pick<Examination, 'addresses' | 'doubted'> => ({
  addresses: all,
  doubted: all.filter((address) => pings.get(address) !== true),
})

function examinationOf(seen: SeenHost, live: readonly NetworkSpec[], plugs: readonly Plug[]): Examination {
  const ways = live.flatMap((network): [string, WayQuestion][] => {
    const ip = ipv4Of(network)
    if (ip === undefined || network.bridge === undefined) return []
    const own = plugs.find((plug) => plug.network === network.name && plug.ip !== undefined)?.ip
    const { first } = ipv4Bounds(ip.cidr)
    const other = [first + 2, first + 1].map(ipv4FromNumber).find((each) => each !== ip.cidr.address)
    const address = own ?? other ?? ip.cidr.address
    const out: [string, WayQuestion] = [network.name, { from: { address, bridge: network.bridge.name } }]
    return [[`to ${network.name}`, { to: address }], ...(isForwarded(network) ? [out] : [])]
  })
  const links = [
    ...waysOut(seen),
    ...live.flatMap(({ bridge, hostBridge }) => bridge?.name ?? hostBridge ?? []),
  ]
  const inSwitches = plugs.filter(({ network }) =>
    live.some((each) => each.name === network && isSwitched(each)),
  )
  return {
    ways: new Map<string, WayQuestion>([['', {}], ...ways]),
    links,
    networks: live.map(({ name }) => name),
    namespaces: plugs.flatMap(({ port, interface: name }) => {
      const { namespace, insideName } = (port ?? {}) as Partial<NamespacePort>
      return namespace === undefined || insideName === undefined
        ? []
        : [{ interface: name, namespace, insideName }]
    }),
    addresses: inSwitches.flatMap(({ ip }) => ip ?? []),
  }
}
