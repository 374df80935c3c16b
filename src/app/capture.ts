/** Looking at a guest's packets: which plug is meant, for how long, and telling everybody that somebody looks. */
import { WeftError } from '../core/errors.ts'
import type { SeenLink } from '../core/host/link.ts'
import { readMark } from '../core/host/mark.ts'
import { markedNetwork } from '../core/network/seen.ts'
import type { App, Capture, CaptureOrder } from './ports.ts'

export interface CaptureRequest {
  /** A machine, a namespace port, or an interface plugged into a network; after a slash which of its NICs: `web/nic1`, `web/1`, `web/lab`. */
  readonly guest: string
  readonly filter?: string
  readonly count?: number
  readonly seconds?: number
  readonly snapLength?: number
  readonly format?: CaptureOrder['format']
  readonly by: string
}

export interface GuestCapture extends Capture {
  readonly interface: string
  /** How else the guest is plugged in: each as it can be asked for. */
  readonly others: readonly string[]
}

/** Enough to see what is going on, and too little to fill a disk or to be forgotten. */
export const CAPTURE_DEFAULTS = { count: 10_000, seconds: 60, snapLength: 256 } as const
/** Each is a process. */
const MOST_AT_ONCE = 16

interface Plug {
  readonly interface: string
  readonly network: string | undefined
  /** Names the guest goes by, the interface's own included. */
  readonly names: readonly string[]
  readonly nic: string | undefined
}

const running = new WeakMap<App, number>()

/** Throws 'not-found', 'wrong-state', 'in-use', and what is wrong with the filter; packets are being seen when it resolves. */
export async function captureGuest(app: App, request: CaptureRequest): Promise<GuestCapture> {
  const [plug, ...others] = findPlugs(await app.host.links(), request.guest)
  if (plug === undefined) throw unknownGuest(app, request.guest)
  const now = running.get(app) ?? 0
  if (now >= MOST_AT_ONCE)
    throw new WeftError('in-use', `${String(now)} captures are running already`, { hint: 'end one of them' })
  running.set(app, now + 1)
  const guest = plug.names[0] ?? plug.interface
  const tell = (what: 'started' | 'ended'): void => {
    app.events.emit({ kind: 'capture', guest, interface: plug.interface, what, by: request.by })
  }
  const leave = (): void => void running.set(app, (running.get(app) ?? 1) - 1)
  try {
    const capture = await app.host.capture(orderOf(plug, request))
    tell('started')
    void capture.ended.then(() => {
      leave()
      tell('ended')
    })
    const names = others.map((other) => `${guest}/${other.nic ?? other.network ?? other.interface}`)
    return { ...capture, interface: plug.interface, others: names }
  } catch (error) {
    leave()
    throw error
  }
}

function orderOf(plug: Plug, request: CaptureRequest): CaptureOrder {
  const { filter, format = 'pcap' } = request
  return {
    interface: plug.interface,
    filter: filter === undefined || filter.trim() === '' ? undefined : filter,
    count: request.count ?? CAPTURE_DEFAULTS.count,
    seconds: request.seconds ?? CAPTURE_DEFAULTS.seconds,
    snapLength: request.snapLength ?? CAPTURE_DEFAULTS.snapLength,
    format,
  }
}

/** A machine's name comes before a namespace's, and both before an interface's. */
function findPlugs(links: readonly SeenLink[], words: string): Plug[] {
  const at = words.indexOf('/')
  const guest = at === -1 ? words : words.slice(0, at)
  const nic = at === -1 ? undefined : words.slice(at + 1)
  const plugs = plugsOf(links)
  const named = [0, 1]
    .map((position) => plugs.filter((plug) => plug.names[position] === guest))
    .find((found) => found.length > 0)
  const found = named ?? []
  if (nic === undefined) return found
  return found.filter((plug) =>
    [plug.nic, plug.nic?.slice('nic'.length), plug.network, plug.interface].includes(nic),
  )
}

/** Machines first: their plugs are found by their marks, also when the network they were plugged into is no longer there. */
function plugsOf(links: readonly SeenLink[]): Plug[] {
  const networks = new Map(
    links.flatMap((link): [string, string][] => {
      const network = markedNetwork(link)
      return network === undefined ? [] : [[link.name, network]]
    }),
  )
  const plugs = links.flatMap((link): Plug[] => {
    const network = networks.get(link.master ?? '')
    const mark = readMark(link.alias)
    const plug = { interface: link.name, network }
    if (mark?.kind === 'vm') return [{ ...plug, names: [mark.machine, link.name], nic: mark.nic }]
    if (mark?.kind === 'port') return [{ ...plug, names: [mark.port, link.name], nic: undefined }]
    return network === undefined ? [] : [{ ...plug, names: [link.name, link.name], nic: undefined }]
  })
  return plugs.sort((a, b) => Number(b.nic !== undefined) - Number(a.nic !== undefined))
}

function unknownGuest(app: App, words: string): WeftError {
  const [name = ''] = words.split('/')
  if (app.vms.find(name) !== undefined && !app.machines.isRunning(name))
    return new WeftError('wrong-state', `machine '${name}' is not running`, { hint: `weft vm start ${name}` })
  return new WeftError('not-found', `nothing that is plugged into a network is called '${words}'`, {
    hint: 'weft port list shows all that is',
  })
}
