/** Why a link cannot be under a bridge, in a sentence, and what works instead. */
import type { Ipv4Address } from '../../address/ipv4.ts'
import { likelyPiece } from '../lan-piece.ts'
import type { LinkDetail } from '../link-detail.ts'
import { FOREVER, type Family, type SeenUplink } from './seen-uplink.ts'

export interface WhyNot {
  readonly message: string
  readonly hint: string
}

const SIT_ON = new Set(['macvlan', 'macvtap', 'ipvlan', 'ipvtap'])

/** Undefined when it can. `all` are the links of the same host. */
export function whyNotUnder(
  detail: LinkDetail,
  all: readonly LinkDetail[],
  gateways: readonly Ipv4Address[] = [],
): WhyNot | undefined {
  const { link, isLoopback, isWireless } = detail
  const { name, kind, master } = link
  const say = (why: string, hint: string): WhyNot => ({ message: `'${name}' ${why}`, hint })
  if (isLoopback === true) return say('is this host talking to itself: nobody else is there', OTHERS)
  if (isWireless === true)
    return say(
      'is radio: an access point takes only the MAC of the card itself, so no guest would be heard',
      `guests can have addresses of its LAN all the same, without a bridge: ${lanCommand(detail, gateways)}`,
    )
  if (kind === 'bridge')
    return say(
      'is a bridge itself, and one bridge cannot be in another',
      `guests can be plugged into it: a network of mode bridge with 'bridge: ${name}'`,
    )
  if (kind === 'tun') return say('is the cable of a program, a machine or a VPN, and not a way out', OTHERS)
  if (kind !== undefined && SIT_ON.has(kind))
    return say('sits on another card, which takes in only what is for itself', OTHERS)
  if (master !== undefined) return say(`is a part of '${master}' already`, insteadOf(master, all))
  const sitter = all.find((each) => SIT_ON.has(each.link.kind ?? '') && each.below === name)
  if (sitter !== undefined)
    return say(
      `has '${sitter.link.name}' sitting on it, and the kernel hands what comes in either to that or to a bridge`,
      `ip link delete ${sitter.link.name}, if nobody needs it; or let guests have ${besideOrBehind(detail, sitter, gateways)}`,
    )
  return link.mac === undefined || link.mac === '' || /^(00:?)+$/.test(link.mac)
    ? say('has no MAC: it carries no Ethernet', OTHERS)
    : undefined
}

/** Macvlans share their card with more of their kind; an ipvlan, and one that has taken the card over, with nobody. */
function besideOrBehind(detail: LinkDetail, { link }: LinkDetail, gateways: readonly Ipv4Address[]): string {
  if (link.kind?.startsWith('macv') !== true || link.sitsOn?.mode === 'passthru')
    return `addresses of its LAN without a bridge: ${lanCommand(detail, gateways)}`
  const piece = pieceOf(detail, gateways)
  return `a place beside it: weft net macvtap direct --uplink ${detail.link.name} --host-reach ${piece ?? 'ADDRESSES-OF-GUESTS'}`
}

/** A bridge takes guests as it is; a bond is bridged as a whole. */
function insteadOf(master: string, all: readonly LinkDetail[]): string {
  const kind = all.find(({ link }) => link.name === master)?.link.kind
  if (kind === 'bridge')
    return `guests can be plugged into it: a network of mode bridge with 'bridge: ${master}'`
  if (kind === 'bond') return `put the bridge over the bond: weft host bridge add br0 --uplink ${master}`
  return `weft host link list tells what '${master}' is`
}

/** What works where only the MAC of the card is listened to: the command, with a likely piece of the LAN. */
export function lanCommand(detail: LinkDetail, gateways: readonly Ipv4Address[]): string {
  const piece = pieceOf(detail, gateways)
  return `weft net lan lan --uplink ${detail.link.name} --addresses ${piece ?? 'A-PIECE-OF-ITS-LAN'}${piece === undefined ? '' : ', if no router gives those out'}`
}

function pieceOf({ link }: LinkDetail, gateways: readonly Ipv4Address[]): string | undefined {
  const [lan] = link.ipv4
  return lan && likelyPiece(lan, [...link.ipv4.map(({ address }) => address), ...gateways])
}

const OTHERS = 'weft host link list tells what each link is for'

/** Undefined when it can be moved, and nobody would work against that. */
export function whyNotMoved(seen: SeenUplink, renewed: readonly Family[] = []): WhyNot | undefined {
  const { name, unknown } = seen
  if (unknown.length > 0)
    return {
      message: `'${name}' carries what weft cannot move: ${unknown.join('; ')}`,
      hint: 'take it away first',
    }
  // Who renews the others will do so on the bridge.
  const lease = seen.addresses.find(
    ({ family, valid_life_time: valid, mngtmpaddr, temporary }) =>
      valid !== FOREVER &&
      !renewed.includes(family === 'inet' ? 4 : 6) &&
      (family === 'inet' || (mngtmpaddr !== true && temporary !== true)),
  )
  return lease === undefined
    ? undefined
    : {
        message: `${lease.local} on '${name}' is a lease, and whoever renews it would do so on '${name}' and not on the bridge`,
        hint: 'give the NIC a fixed address first, or let its DHCP client make the bridge',
      }
}
