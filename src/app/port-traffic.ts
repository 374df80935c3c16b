/** What is plugged into networks, with what it carries and how its cable is. */
import { guestTraffic, type GuestTraffic } from '../core/host/counters.ts'
import { impairmentOf, type Impairment } from '../core/network/bridge/impairment.ts'
import { detourName, queueLink, type Direction } from '../core/network/bridge/plan-queue.ts'
import { activeNetworks, isActive } from '../core/network/seen.ts'
import { WeftError } from '../core/errors.ts'
import { liveNetwork, lookAtNetworks } from './live-network.ts'
import { portStates, showNetwork, type PortState } from './network-state.ts'
import type { App } from './ports.ts'

export interface PortDetail extends PortState {
  readonly network: string
  /** When it was counted. */
  readonly at: Date
  /** undefined when the link has gone since. */
  readonly traffic: GuestTraffic | undefined
  readonly impairments: Readonly<Record<Direction, Impairment>>
}

export async function listPorts(app: App, network: string): Promise<PortDetail[]> {
  const { ports } = await showNetwork(app, network)
  return count(
    app,
    ports.map((port) => ({ ...port, network })),
  )
}

/** Of every network that runs, by network. Files are read only of those that have a port. */
export async function listAllPorts(app: App): Promise<PortDetail[]> {
  const links = await app.host.links()
  const plugged = new Set(links.flatMap((link) => link.master ?? []))
  const withPorts = links.filter((link) => plugged.has(link.name))
  const names = activeNetworks({ links: withPorts, borrowed: app.host.borrowed() }).sort()
  const seen = await lookAtNetworks(app, names)
  const ports = names.map(async (network) => {
    const live = isActive(seen, network) ? liveNetwork(app, seen, network) : undefined
    const states = live === undefined ? [] : await portStates(app, seen, live)
    return states.map((port) => ({ ...port, network }))
  })
  return count(app, (await Promise.all(ports)).flat())
}

/** `port` is an interface of the host, or a guest's name. */
export async function showPort(app: App, network: string, port: string): Promise<PortDetail> {
  const found = choosePort(network, (await showNetwork(app, network)).ports, port)
  const [detail] = await count(app, [{ ...found, network }])
  if (detail === undefined) throw unknownPort(network, port)
  return detail
}

export function choosePort<P extends PortState>(network: string, ports: readonly P[], name: string): P {
  const found =
    ports.find((port) => port.link.name === name || port.hostName === name) ??
    ports.find((port) => port.owner === `machine ${name}` || port.owner === `namespace ${name}`)
  if (found === undefined) throw unknownPort(network, name)
  return found
}

function unknownPort(network: string, port: string): WeftError {
  return new WeftError('not-found', `network '${network}' has no port named '${port}'`, {
    hint: `weft port list ${network}`,
  })
}

type NetworkPort = PortState & { readonly network: string }

/** One question for all of them; a second one only where the kind of a queue says that somebody impairs packets. */
async function count(app: App, ports: readonly NetworkPort[]): Promise<PortDetail[]> {
  if (ports.length === 0) return []
  const counters = await app.host.counters()
  const at = app.chance.now()
  const isImpaired = (name: string): boolean => /^(tbf|netem)$/.test(counters.get(name)?.queue ?? '')
  const names = ports.flatMap(({ link: { name } }) => [name, detourName(name)])
  const queues = names.some(isImpaired) ? await app.host.queues() : []
  return ports.map((port) => {
    const counted = counters.get(port.link.name)
    const isGuestsOwn = port.link.sitsOn !== undefined
    const impairment = (direction: Direction): Impairment =>
      impairmentOf(
        queues.find((each) => each.interface === queueLink(port.link.name, isGuestsOwn, direction)),
      )
    return {
      ...port,
      at,
      traffic: counted === undefined ? undefined : guestTraffic(counted, isGuestsOwn),
      impairments: { 'to-guest': impairment('to-guest'), 'from-guest': impairment('from-guest') },
    }
  })
}
