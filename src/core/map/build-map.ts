/** Makes the picture from what the kernel shows; weft's own knowledge only says whose a link is and how a network forwards. */
import type { LinkDetail } from '../host/link-detail.ts'
import type { SeenLink } from '../host/link.ts'
import { isCable, leadsOutside, linkKind } from '../host/link-kind.ts'
import { readMark } from '../host/mark.ts'
import type { MapEdge, MapNode, NetMap } from './map.ts'

export interface MapFacts {
  /** Every interface of the host. */
  readonly links: readonly LinkDetail[]
  /** Default routes: the links they leave by, and the gateways there; undefined where there is none to go through. */
  readonly waysOut: readonly { readonly device: string; readonly gateway: string | undefined }[]
  /** Those that run. */
  readonly networks: readonly MapNetwork[]
}

export interface MapNetwork {
  readonly name: string
  /** Its switch, or the NICs that its guests sit on. */
  readonly on: readonly string[]
  /** How its packets leave this host, and by which links; nothing: not at all, or without this host's doing. */
  readonly leaves: { readonly by: string; readonly devices: readonly string[] } | undefined
  readonly facts: readonly string[]
  readonly trouble: readonly string[]
  /** What is known of guests, by the interface they are plugged in with. */
  readonly plugs: readonly { readonly interface: string; readonly facts: readonly string[] }[]
}

const OUTSIDE = 'outside'
const linkId = (name: string): string => `link:${name}`

export function buildMap(facts: MapFacts): NetMap {
  const links = facts.links.filter(({ link, isLoopback }) => isLoopback !== true && link.kind !== 'ifb')
  const doors = facts.waysOut.flatMap(({ device, gateway }) =>
    entrances(device, links).map((entrance) => ({
      from: OUTSIDE,
      to: linkId(entrance),
      by: gateway === undefined ? null : `by ${gateway}`,
    })),
  )
  const isDoor = new Set(doors.map(({ to }) => to))
  const guests = links.map((each) => (isDoor.has(linkId(each.link.name)) ? undefined : guestBehind(each)))
  const edges = [
    ...doors,
    ...links.flatMap((each) => cables(each, links)),
    ...facts.networks.flatMap(forwarding),
    ...links.flatMap(({ link }, i) => {
      const guest = guests[i]
      return guest === undefined ? [] : [{ from: linkId(link.name), to: guest.id, by: null }]
    }),
  ]
  const outside = { ...blank, id: OUTSIDE, kind: OUTSIDE, title: 'outside', type: OUTSIDE } as const
  const nodes: MapNode[] = [
    ...(facts.waysOut.length === 0 ? [] : [outside]),
    ...links.map((each, i) => linkNode(each, facts, guests[i] !== undefined)),
    ...guests.flatMap((guest) => guest ?? []),
  ]
  const known = new Map(nodes.map((node) => [node.id, node]))
  const isWhole = ({ from, to }: MapEdge): boolean => known.has(from) && known.has(to)
  return {
    nodes: [...known.values()].sort(byId),
    edges: onlyOnce(edges.filter(isWhole)),
  }
}

/** A default route may leave by a bridge, a bond or a VLAN: the outside begins at the hardware below. */
function entrances(device: string, links: readonly LinkDetail[]): string[] {
  const { link, below } = links.find((each) => each.link.name === device) ?? {}
  const ports = links.filter((each) => each.link.master === device && leadsOutside(each.link.kind))
  const under = [
    ...ports.map((port) => port.link.name),
    ...(link?.kind === 'vlan' ? [below ?? []].flat() : []),
  ]
  return under.length === 0 ? [device] : under.flatMap((each) => entrances(each, links))
}

const blank = { isUp: true, facts: [], trouble: [] } as const

/** A machine or namespace by the mark on its cable, or the program that holds a cable without one. */
function guestBehind({ link, holder, isAcross }: LinkDetail): MapNode | undefined {
  const guest = { ...blank, kind: 'guest' } as const
  const mark = readMark(link.alias)
  if (mark?.kind === 'vm')
    return { ...guest, id: `machine:${mark.machine}`, title: mark.machine, type: 'machine' }
  if (mark?.kind === 'port')
    return { ...guest, id: `namespace:${mark.port}`, title: mark.port, type: 'namespace' }
  if (holder !== undefined && link.kind === 'tun') {
    const title = `${holder.program} (process ${String(holder.pid)})`
    return { ...guest, id: `process:${String(holder.pid)}`, title, type: 'program' }
  }
  if (link.kind === 'veth' && isAcross === true)
    return { ...guest, id: `across:${link.name}`, title: 'another namespace', type: 'namespace' }
  return undefined
}

function linkNode(detail: LinkDetail, { networks }: MapFacts, isPlug: boolean): MapNode {
  const { link } = detail
  const type = linkKind(detail)
  const here = networks.filter(({ on }) => on.includes(link.name))
  const plug = networks.flatMap(({ plugs }) => plugs).find((each) => each.interface === link.name)
  return {
    id: linkId(link.name),
    kind: link.kind === 'bridge' ? 'switch' : isPlug ? 'plug' : 'link',
    title: link.name,
    type,
    isUp: link.isUp,
    facts: [
      ...here.map(({ name }) => `network ${name}`),
      ...[...link.ipv4, ...link.ipv6].map(({ address, prefix }) => `${address}/${String(prefix)}`),
      ...here.flatMap(({ facts }) => facts),
      ...(plug?.facts ?? []),
      ...stateOf(detail, type),
    ],
    trouble: here.flatMap(({ trouble }) => trouble),
  }
}

function stateOf({ link }: LinkDetail, type: string): string[] {
  if (!link.isUp) return ['switched off']
  return isCable(type) && !link.hasCarrier ? ['nothing at the other end'] : []
}

/** What is plugged into a link, and what is made of it. */
function cables({ link, below, isAcross }: LinkDetail, links: readonly LinkDetail[]): MapEdge[] {
  const master = link.master === undefined ? [] : [linkId(link.master)]
  const own = linkId(link.name)
  const into = master.map((into) =>
    // Hardware leads outside, and so does what a bond is made of; everything else hangs on its switch.
    leadsOutside(link.kind) ? { from: own, to: into, by: null } : { from: into, to: own, by: null },
  )
  if (below === undefined || isAcross === true) return into
  const twin = links.find((each) => each.link.name === below && each.below === link.name)
  if (link.kind !== 'veth' || twin === undefined) return [...into, { from: linkId(below), to: own, by: null }]
  // Both ends of a cable name each other: the one on a switch comes first.
  const rank = (end: SeenLink): string => `${end.master === undefined ? '1' : '0'}${end.name}`
  return rank(link) < rank(twin.link) ? [...into, { from: own, to: linkId(below), by: null }] : into
}

function forwarding({ on, leaves }: MapNetwork): MapEdge[] {
  if (leaves === undefined) return []
  const { by, devices } = leaves
  return devices.flatMap((device) => on.map((bridge) => ({ from: linkId(device), to: linkId(bridge), by })))
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1)

/** A guest with two plugs is one node; two things say the same of one cable now and then. */
function onlyOnce(edges: readonly MapEdge[]): MapEdge[] {
  const key = ({ from, to, by }: MapEdge): string => JSON.stringify([from, to, by])
  const found = new Map(edges.map((edge) => [key(edge), edge]))
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, edge]) => edge)
}
