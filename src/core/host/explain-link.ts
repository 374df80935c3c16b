/** What an interface of this host is, what it is for and whose, in a sentence: `weft host link list`. */
import type { LinkDetail } from './link-detail.ts'
import { isCable, leadsOutside, linkKind } from './link-kind.ts'
import { ownerByMark, readMark } from './mark.ts'

export interface LinkStory {
  /** `bridge`, `tap`, `veth`, ...: as people call it. */
  readonly kind: string
  /** Who made it, as far as that can be told. */
  readonly owner: string
  readonly text: string
}

/** `all` are the links of the same host. */
export function explainLink(detail: LinkDetail, all: readonly LinkDetail[]): LinkStory {
  const kind = linkKind(detail)
  const what = (TELL[kind] ?? tellOther)(detail, all)
  return {
    kind,
    owner: ownerOf(detail, all),
    text: [what, ...connected(detail, kind), ...state(detail, kind)].join('; '),
  }
}

type Tell = (detail: LinkDetail, all: readonly LinkDetail[]) => string

const TELL: Readonly<Record<string, Tell>> = {
  loopback: () => 'this host talking to itself',
  nic: ({ driver }) => `a network card${driver === undefined ? '' : ` (driver ${driver})`}`,
  wifi: ({ driver }) =>
    `a radio network card${driver === undefined ? '' : ` (driver ${driver})`}; an access point takes only the card's own MAC, so it cannot be in a bridge`,
  bridge: tellBridge,
  tap: tellTap,
  tun: ({ holder }) =>
    `a tunnel of IP packets that a program reads and writes, a VPN for instance${heldBy(holder)}`,
  veth: ({ below, isAcross }) =>
    isAcross === true
      ? 'one end of a cable; the other end is in another network namespace, a container for instance'
      : `one end of a cable; the other end is ${below ?? 'gone'}`,
  vlan: ({ data, below }) => `VLAN ${say(data['id'])} of ${below ?? 'a link in another network namespace'}`,
  vxlan: ({ data }) =>
    `a tunnel that carries Ethernet in UDP port ${say(data['port'] ?? 4789)}: VXLAN ${say(data['id'])}${peers(data)}`,
  macvlan: ({ data, below }) =>
    `a second card with a MAC of its own on ${on(below)}, ${say(data['mode'])} mode`,
  macvtap: ({ link, data, below }) =>
    `a second card with a MAC of its own on ${on(below)}, ${say(data['mode'])} mode, for a machine: /dev/tap${String(link.index)}`,
  ipvlan: ({ data, below }) => `a second card on ${on(below)} with the same MAC, ${say(data['mode'])} mode`,
  bond: ({ link, data }, all) =>
    `several cards as one, ${say(data['mode'])}: ${list(pluggedInto(link.name, all)) || 'none yet'}`,
  team: ({ link }, all) => `several cards as one: ${list(pluggedInto(link.name, all)) || 'none yet'}`,
  dummy: () => 'a card with nothing behind it: for addresses that are never down',
  ifb: () =>
    'a detour for packets that come in, so that they can be slowed down; it carries nothing by itself',
  wireguard: () => 'a WireGuard tunnel',
  vrf: ({ data }) => `a routing table of its own (${say(data['table'])}) for the links put into it`,
}

const tellOther: Tell = ({ link }) => `an interface of kind ${link.kind ?? 'unknown'}`

function tellBridge({ link }: LinkDetail, all: readonly LinkDetail[]): string {
  const plugged = pluggedInto(link.name, all)
  if (plugged.length === 0) return 'a switch made of software, with nothing plugged in'
  const cards = all.filter(({ link: port }) => port.master === link.name && leadsOutside(port.kind))
  const outside = cards.length === 0 ? '' : `, ${list(cards.map((each) => each.link.name))} to the outside`
  return `a switch made of software with ${count(plugged.length, 'interface')} plugged in${outside}`
}

function tellTap({ link, holder }: LinkDetail): string {
  const mark = readMark(link.alias)
  if (mark?.kind === 'vm') return `the cable of machine ${mark.machine}`
  return `a cable whose other end a program holds, a machine for instance${heldBy(holder)}`
}

/** What it is plugged into, and the addresses this host has on it. */
function connected({ link, isWayOut }: LinkDetail, kind: string): string[] {
  const addresses = [...link.ipv4, ...link.ipv6].map(({ address, prefix }) => `${address}/${String(prefix)}`)
  const into = kind === 'bridge' || link.master === undefined ? [] : [`plugged into ${link.master}`]
  const here = addresses.length === 0 || kind === 'loopback' ? [] : [`this host is ${list(addresses)} on it`]
  return [...into, ...here, ...(isWayOut === true ? ["this host's way out"] : [])]
}

function state({ link }: LinkDetail, kind: string): string[] {
  if (!link.isUp) return ['switched off']
  return isCable(kind) && !link.hasCarrier ? ['nothing at the other end'] : []
}

/** Names that others give; what is said of them says so. */
const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [/^(docker\d+|br-[0-9a-f]{12}|docker_gwbridge)$/, 'Docker'],
  [/^(podman\d+|cni-podman\d+)$/, 'Podman'],
  [/^(virbr\d+(-nic)?|vnet\d+|macvtap\d+)$/, 'libvirt'],
  [/^(lxdbr\d+)$/, 'LXD'],
  [/^(incusbr\d+)$/, 'Incus'],
  [/^(lxcbr\d+)$/, 'LXC'],
  [/^(cni\d+|flannel\.\d+|cali[0-9a-f]+|kube-\S+)$/, 'Kubernetes'],
  [/^(tailscale\d+)$/, 'Tailscale'],
  [/^(zt[0-9a-z]+)$/, 'ZeroTier'],
]

function ownerOf({ link, holder }: LinkDetail, all: readonly LinkDetail[]): string {
  const ours = ownerByMark(link.alias)
  if (ours !== undefined) return `weft: ${ours}`
  if (link.kind === undefined) return 'hardware'
  const own = byName(link.name)
  if (own !== undefined) return own
  const switchName = link.master
  const neighbour = switchName === undefined ? undefined : all.find((each) => each.link.name === switchName)
  const theirs = neighbour === undefined ? undefined : byName(neighbour.link.name)
  if (theirs !== undefined && link.kind === 'veth') return theirs
  return holder === undefined ? 'somebody' : `${holder.program}, by process ${String(holder.pid)}`
}

function byName(name: string): string | undefined {
  const who = BY_NAME.find(([pattern]) => pattern.test(name))?.[1]
  return who === undefined ? undefined : `${who}, by the name`
}

function pluggedInto(master: string, all: readonly LinkDetail[]): string[] {
  return all.filter(({ link }) => link.master === master).map(({ link }) => link.name)
}

function peers(data: Readonly<Record<string, unknown>>): string {
  const from = data['local'] ?? data['local6']
  const to = data['remote'] ?? data['remote6'] ?? data['group'] ?? data['group6']
  return `${from === undefined ? '' : ` from ${say(from)}`}${to === undefined ? '' : ` to ${say(to)}`}`
}

const heldBy = (holder: LinkDetail['holder']): string =>
  holder === undefined
    ? '; nobody has it open at the moment'
    : `; ${holder.program} (process ${String(holder.pid)}) has it open`
const on = (below: string | undefined): string => below ?? 'a link in another network namespace'
const say = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '?'
const count = (many: number, what: string): string => `${String(many)} ${what}${many === 1 ? '' : 's'}`
const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`
