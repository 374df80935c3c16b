/** Bridges and TAPs of the host that weft has not made: told in an export, made where they are missing, and left alone ever after. */
import type { InterfaceName } from '../address/interface-name.ts'
import type { SeenLink } from '../host/link.ts'
import { run } from '../plan/action.ts'
import { noUndo, type Step } from '../plan/plan.ts'

export interface HostLinks {
  readonly bridges: readonly HostBridge[]
  readonly taps: readonly HostTap[]
}

export interface HostBridge {
  readonly name: InterfaceName
  readonly stp?: true
  /** `192.0.2.1/24`. */
  readonly addresses?: readonly string[]
}

export interface HostTap {
  readonly name: InterfaceName
  /** Where it is plugged in. */
  readonly bridge?: InterfaceName
  readonly addresses?: readonly string[]
}

export const NO_HOST_LINKS: HostLinks = { bridges: [], taps: [] }

/** Those that carry nobody's mark; a bridge with a NIC in it is the host's way out, which is not made by a file. */
export function bareLinks(links: readonly SeenLink[]): HostLinks {
  const bare = links.filter(({ alias }) => alias === undefined)
  const hasNic = ({ name }: SeenLink): boolean =>
    links.some(({ master, kind }) => master === name && kind === undefined)
  const addressesOf = ({ ipv4, ipv6 }: SeenLink): { readonly addresses?: readonly string[] } => {
    const all = [...ipv4, ...ipv6].map(({ address, prefix }) => `${address}/${String(prefix)}`)
    return all.length === 0 ? {} : { addresses: all }
  }
  return {
    bridges: bare
      .filter((link) => link.kind === 'bridge' && !hasNic(link))
      .map((link) => ({
        name: link.name,
        ...(link.bridge?.stp === true ? { stp: true as const } : {}),
        ...addressesOf(link),
      })),
    taps: bare
      .filter(({ kind }) => kind === 'tun')
      .map((link) => ({
        name: link.name,
        ...(link.master === undefined ? {} : { bridge: link.master }),
        ...addressesOf(link),
      })),
  }
}

export function missingLinks({ bridges, taps }: HostLinks, links: readonly SeenLink[]): HostLinks {
  const isMissing = ({ name }: { readonly name: string }): boolean =>
    links.every((link) => link.name !== name)
  return { bridges: bridges.filter(isMissing), taps: taps.filter(isMissing) }
}

/** What is there is not looked at any closer: it is the host's own. */
export function hostLinkSteps(wanted: HostLinks, links: readonly SeenLink[]): Step[] {
  const { bridges, taps } = missingLinks(wanted, links)
  return [
    ...bridges.flatMap((bridge) => [
      addStep(bridge.name, `the host has a bridge ${bridge.name}, which stays when the lab goes`, [
        ...['type', 'bridge', 'forward_delay', '0', 'stp_state', bridge.stp === true ? '1' : '0'],
      ]),
      ...addressSteps(bridge),
      upStep(bridge.name),
    ]),
    ...taps.flatMap((tap) => [
      {
        reason: `the host has a TAP ${tap.name}, which stays when the lab goes`,
        do: run('ip', 'tuntap', 'add', 'dev', tap.name, 'mode', 'tap'),
        undo: { ...run('ip', 'link', 'delete', 'dev', tap.name), accept: [1] },
      },
      ...(tap.bridge === undefined ? [] : [plugStep(tap.name, tap.bridge)]),
      ...addressSteps(tap),
      upStep(tap.name),
    ]),
  ]
}

const GOES = noUndo('it goes with the link')

const addStep = (name: InterfaceName, reason: string, type: readonly string[]): Step => ({
  reason,
  do: run('ip', 'link', 'add', 'name', name, ...type),
  undo: { ...run('ip', 'link', 'delete', 'dev', name), accept: [1] },
})

const addressSteps = ({ name, addresses = [] }: HostBridge | HostTap): Step[] =>
  addresses.map((address) => ({
    reason: `the host is ${address} there`,
    do: run('ip', 'address', 'add', address, 'dev', name, ...(address.includes(':') ? ['nodad'] : [])),
    undo: GOES,
  }))

const upStep = (name: InterfaceName): Step => ({
  reason: `${name} is on`,
  do: run('ip', 'link', 'set', 'dev', name, 'up'),
  undo: GOES,
})

const plugStep = (name: InterfaceName, bridge: InterfaceName): Step => ({
  reason: `${name} is plugged into ${bridge}`,
  do: run('ip', 'link', 'set', 'dev', name, 'master', bridge),
  undo: GOES,
})
