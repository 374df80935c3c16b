/** What was plugged in, pulled out or switched between two looks at the links, whoever did it. */
import type { SeenLink } from '../core/host/link.ts'
import type { WeftEvent } from './event-ports.ts'

/** `NETWORK/INTERFACE` → whether its link is up. */
export type SeenPorts = ReadonlyMap<string, boolean>

type PortEvent = Extract<WeftEvent, { readonly kind: 'port' }>

const MARK = 'weft:network:'

export function seenPorts(links: readonly SeenLink[]): SeenPorts {
  const networks = new Map<string, string>()
  for (const { name, alias, kind } of links)
    if (kind === 'bridge' && alias?.startsWith(MARK) === true) networks.set(name, alias.slice(MARK.length))
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
