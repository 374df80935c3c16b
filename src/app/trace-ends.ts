/** Who is meant by the two ends of a trace, and how a packet is sent from one to the other. */
import { parseIpv4 } from '../core/address/ipv4.ts'
import { parseIpv6 } from '../core/address/ipv6.ts'
import type { Plug } from '../core/doctor/sight.ts'
import { WeftError } from '../core/errors.ts'
import type { NamespacePort } from '../core/network/port.ts'
import { waysOut } from '../core/network/mtu.ts'
import type { RunAction } from '../core/plan/action.ts'
import { findPlugs } from './doctor-guests.ts'
import type { HostView } from './flow-host.ts'
import type { App } from './ports.ts'

export type TraceProtocol = 'tcp' | 'udp' | 'icmp'

export interface TraceEnd {
  readonly kind: 'guest' | 'host' | 'outside'
  /** As people call it. */
  readonly name: string
  readonly address: string | undefined
  readonly plug?: Plug
  /** The bridge or NIC by which packets from there come in; of this host none. */
  readonly device?: string
}

/** A machine, a namespace port, an address, `host`, or `outside`. Throws 'not-found', 'wrong-state', 'invalid-argument'. */
export function findEnd(app: App, view: HostView, words: string): TraceEnd {
  if (words === 'host') return { kind: 'host', name: 'this host', address: undefined }
  if (words === 'outside') return outside(view, undefined)
  const address = parseIpv4(words) ?? parseIpv6(words)
  if (address === undefined) return guestEnd(onlyPlug(app, view, words))
  const plug = view.plugs.find(({ ip, ip6 }) => ip === address || ip6 === address)
  if (plug !== undefined) return guestEnd(plug, address)
  if (view.host.answers.typeOf?.(address) === 'local') return { kind: 'host', name: 'this host', address }
  return outside(view, address)
}

function onlyPlug(app: App, view: HostView, words: string): Plug {
  const found = findPlugs(app, view.plugs, words)
  const plug = found.find(({ ip }) => ip !== undefined) ?? found[0]
  if (plug !== undefined) return plug
  throw new WeftError('not-found', `nothing is called '${words}'`, { hint: 'weft port list' })
}

function guestEnd(plug: Plug, address = plug.ip ?? plug.ip6): TraceEnd {
  if (address === undefined)
    throw new WeftError('wrong-state', `nobody knows the address of '${plug.guest}'`, {
      hint: `weft doctor ${plug.guest}`,
    })
  const master = plug.link?.master
  return {
    kind: 'guest',
    name: plug.guest,
    address,
    plug,
    ...(master === undefined ? {} : { device: master }),
  }
}

/** By which way it comes in the host's routes say; without an address it is the way out. */
function outside({ seen }: HostView, address: string | undefined): TraceEnd {
  const [device] = waysOut(seen)
  return {
    kind: 'outside',
    name: address ?? 'outside',
    address,
    ...(device === undefined ? {} : { device }),
  }
}

/** Sends one packet, or a few, from this host or from within a namespace; undefined where weft cannot. */
export function sendAction(
  from: TraceEnd,
  to: string,
  protocol: TraceProtocol,
  port: number | undefined,
): RunAction | undefined {
  const inside = from.kind === 'host' ? [] : enter(from.plug)
  if (inside === undefined) return undefined
  const [program = '', ...args] = [...inside, ...sendWords(to, protocol, port)]
  // Whether anybody answers is not what is asked.
  return { kind: 'run', argv: [program, ...args], accept: [1, 2, 124, 126, 127, 143] }
}

function enter(plug: Plug | undefined): string[] | undefined {
  const namespace = (plug?.port as Partial<NamespacePort> | undefined)?.namespace
  if (namespace === undefined) return undefined
  return 'name' in namespace
    ? ['ip', 'netns', 'exec', namespace.name]
    : ['nsenter', `--net=/proc/${String(namespace.pid)}/ns/net`]
}

/** The same as a person types it. */
export function typedWords(to: string, protocol: TraceProtocol, port = 0): string {
  const file = `/dev/${protocol}/${to}/${String(port)}`
  if (protocol === 'icmp') return `ping -c 1 ${to}`
  return protocol === 'tcp' ? `bash -c ': <> ${file}'` : `bash -c 'echo > ${file}'`
}

/** Of bash and of ping only what every distribution has. */
export function sendWords(to: string, protocol: TraceProtocol, port = 0): string[] {
  if (protocol === 'icmp') return ['sh', '-c', `ping -c 1 -W 1 -n ${to} || busybox ping -c 1 -W 1 ${to}`]
  const file = `/dev/${protocol}/${to}/${String(port)}`
  return ['timeout', '1', 'bash', '-c', protocol === 'tcp' ? `: <> ${file}` : `echo weft > ${file}`]
}
