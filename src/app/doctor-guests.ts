/** Who is plugged in where, as it should be: machines that run, namespaces weft has noted, and what somebody plugged in by hand. */
import { WeftError } from '../core/errors.ts'
import type { Plug } from '../core/doctor/sight.ts'
import { readMark, tapAlias } from '../core/host/mark.ts'
import { keptAddresses } from '../core/network/addresses/kept-addresses.ts'
import { ipv6Of } from '../core/network/ips.ts'
import { notedPorts, pluggedLinks, type NamespacePort, type PortSpec } from '../core/network/port.ts'
import type { SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { nicNumber } from '../core/vm/slots.ts'
import { readLeases } from './network-state.ts'
import type { App } from './ports.ts'

export async function pluggedGuests(app: App, seen: SeenHost, live: readonly NetworkSpec[]): Promise<Plug[]> {
  const leased = new Map<string, string>()
  const leased6 = new Map<string, string>()
  for (const { name } of live)
    for (const { mac, ip } of await readLeases(app, name))
      (ip.includes(':') ? leased6 : leased).set(`${name} ${mac}`, ip)
  const met6 = new Map<string, string>()
  const neighbours = live.some((network) => ipv6Of(network) !== undefined) ? await app.host.neighbours() : []
  for (const { mac, ip } of neighbours) if (ip.includes(':') && !ip.startsWith('fe80:')) met6.set(mac, ip)
  const notedOn = onceEach((network) => notedPorts(network, seen, app.facts))
  const keptOn = onceEach((network) => keptAddresses(network, seen, app.facts))
  const keptBy = (network: string, mac: string): ReturnType<typeof keptAddresses>[number] | undefined =>
    keptOn(network).find((kept) => kept.mac === mac)
  const addressOf = (network: string, mac: string, port?: PortSpec): string | undefined =>
    port?.ip ?? leased.get(`${network} ${mac}`) ?? keptBy(network, mac)?.ip
  const notes: Notes = { addressOf, notedOn }
  const machines = machinePlugs(app, seen, notes)
  const known = new Set(machines.map((plug) => plug.interface))
  const others = live.flatMap((network) => otherPlugs(app, seen, network, known, notes))
  return [...machines, ...others].map((plug) => {
    const { network, mac = '' } = plug
    const ip6 = leased6.get(`${network} ${mac}`) ?? keptBy(network, mac)?.ip6 ?? met6.get(mac)
    return ip6 === undefined ? plug : { ...plug, ip6 }
  })
}

/** What is known of ports, by their network. */
interface Notes {
  readonly addressOf: (network: string, mac: string, port?: PortSpec) => string | undefined
  readonly notedOn: (network: string) => readonly PortSpec[]
}

/** Asked again and again of a few networks, and worked out once for each. */
function onceEach<T>(find: (network: string) => T): (network: string) => T {
  const found = new Map<string, T>()
  return (network) => {
    const known = found.get(network)
    if (known !== undefined) return known
    const value = find(network)
    found.set(network, value)
    return value
  }
}

function machinePlugs(app: App, seen: SeenHost, { addressOf, notedOn }: Notes): Plug[] {
  return app.machines.names().flatMap((guest) => {
    const spec = app.machines.spec(guest)
    const status = app.machines.state(guest)?.status
    return (spec?.nics ?? []).map(({ network, mac }, position): Plug => {
      const number = spec === undefined ? position : nicNumber(spec, position)
      const alias = tapAlias(guest, number)
      const link = seen.links.find((each) => each.alias === alias)
      const port = notedOn(network).find((each) => each.mac === mac)
      return {
        guest,
        network,
        nic: `nic${String(number)}`,
        interface: link?.name ?? port?.interface ?? `TAP of nic${String(number)}`,
        link,
        port,
        mac,
        ip: addressOf(network, mac, port),
        ...(status === undefined ? {} : { status }),
      }
    })
  })
}

/** Noted ones that have lost their link, too. */
function otherPlugs(
  app: App,
  seen: SeenHost,
  live: NetworkSpec,
  known: ReadonlySet<string>,
  { addressOf, notedOn }: Notes,
): Plug[] {
  const isThere = new Set<string>(seen.links.map((link) => link.name))
  // Of a machine that has ended without its TAP a note is left over.
  const noted = notedOn(live.name).filter(
    (port) => !known.has(port.interface) && ('namespace' in port || isThere.has(port.interface)),
  )
  const names = new Set<string>([...noted.map((port) => port.interface), ...known])
  const byHand = pluggedLinks(live, seen, app.facts).filter((link) => !names.has(link.name))
  return [
    ...noted.map((port): Plug => {
      const link = [...seen.links, ...(seen.inside ?? [])].find((each) => each.name === port.interface)
      return {
        guest: (port as Partial<NamespacePort>).portName ?? port.guest ?? port.hostName ?? port.interface,
        network: live.name,
        interface: port.interface,
        link,
        port,
        mac: port.mac,
        ip: addressOf(live.name, port.mac, port),
      }
    }),
    ...byHand
      .filter((link) => readMark(link.alias)?.kind !== 'vm')
      .map((link): Plug => ({
        guest: link.name,
        network: live.name,
        interface: link.name,
        link,
        port: undefined,
        mac: undefined,
        ip: undefined,
        isByHand: true,
      })),
  ]
}

/** `web`, `web:nic1`, `web:1`, `web:lab`; with a slash as well. Throws 'not-found', or 'wrong-state' of a machine that is off. */
export function findPlugs(app: App, all: readonly Plug[], words: string): Plug[] {
  const [, guest = '', nic] = /^([^:/]*)(?:[:/](.*))?$/.exec(words) ?? []
  const own = all.filter((plug) => plug.guest === guest)
  const named = own.length > 0 ? own : all.filter((plug) => plug.interface === guest)
  const found = named.filter(
    (plug) =>
      nic === undefined ||
      [plug.nic, plug.nic?.slice('nic'.length), plug.network, plug.interface].includes(nic),
  )
  if (found.length > 0) return found
  const spec = app.vms.find(guest)
  if (spec !== undefined && !app.machines.isRunning(guest))
    throw new WeftError('wrong-state', `machine '${guest}' is not running`, {
      hint: `weft vm start ${guest}`,
    })
  if (spec !== undefined && nic === undefined)
    throw new WeftError('wrong-state', `machine '${guest}' has no NIC`, {
      hint: `weft nic attach ${guest} default`,
    })
  throw new WeftError('not-found', `nothing that is plugged into a network is called '${words}'`, {
    hint: 'weft port list shows all that is',
  })
}
