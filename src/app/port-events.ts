/** What was plugged in, pulled out or switched between two looks at the links, whoever did it. */
import type { SeenLink } from '../core/host/link.ts'
import { markedNetwork } from '../core/network/seen.ts'
import type { WeftEvent } from './event-ports.ts'

/** `NETWORK/INTERFACE` → whether its link is up. */
export type SeenPorts = ReadonlyMap<string, boolean>

type PortEvent = Extract<WeftEvent, { readonly kind: 'port' }>

export function seenPorts(links: readonly SeenLink[]): SeenPorts {
  const networks = new Map<string, string>()
  for (const link of links) {
    const network = markedNetwork(link)
    if (network !== undefined) networks.set(link.name, network)
  }
  return new Map(
    links.flatMap(({ name, master, isUp }): [string, boolean][] => {
      const network = networks.get(master ?? '')
      return network === undefined ? [] : [[`${network}/${name}`, isUp]]
    }),
  )
}

export function portEvents(before: SeenPorts, after: SeenPorts): PortEvent[] {
  const event = (port: string, what: PortEvent['what']): PortEvent => {
    const [network = '', name = ''] = port.split('/')
    return { kind: 'port', network, interface: name, what }
  }
  const gone = [...before.keys()].filter((port) => !after.has(port)).map((port) => event(port, 'removed'))
  const changed = [...after].flatMap(([port, isUp]) => {
    if (!before.has(port)) return [event(port, 'added')]
    return before.get(port) === isUp ? [] : [event(port, isUp ? 'link-up' : 'link-down')]
  })
  return [...gone, ...changed]
}
