/** Plugs in the switch of a network that runs: how large their packets may be, and whether neighbours reach each other. */
import type { HostFacts } from '../../host/facts.ts'
import type { SeenLink } from '../../host/link.ts'
import { run, type Action } from '../../plan/action.ts'
import { disrupts } from '../../plan/disruption.ts'
import type { Step } from '../../plan/plan.ts'
import { USUAL_MTU, wantedMtu } from '../mtu.ts'
import { guestNames, ipInside, pluggedLinks, portsOf, type NamespacePort, type PortSpec } from '../port.ts'
import { bandwidthSteps, DIRECTIONS, limitOf, queueOf } from '../bridge/plan-queue.ts'
import { isIsolated, limitsOf } from '../bridge/port-limits.ts'
import type { SeenHost } from '../seen.ts'
import type { SwitchedNetwork } from '../spec.ts'

export interface SwitchChange {
  readonly live: SwitchedNetwork
  readonly wanted: SwitchedNetwork
}

/** Larger packets: the plugs take them before the bridge hands them out. Smaller ones: the bridge first. */
export function plugUpdateSteps(
  { live, wanted }: SwitchChange,
  there: SeenLink,
  seen: SeenHost,
  facts: HostFacts,
): { readonly before: readonly Step[]; readonly after: readonly Step[] } {
  const links = pluggedLinks(wanted, seen, facts)
  const ports = new Map(portsOf(wanted.name, seen, facts).map((port) => [port.interface, port]))
  const isOther = live.mtu !== wanted.mtu
  const mtu = wantedMtu(wanted, seen) ?? USUAL_MTU
  const sizes = isOther ? links.flatMap((link) => mtuSteps(link, ports.get(link.name), mtu)) : []
  const isolation = links.flatMap((link) => {
    const port = ports.get(link.name) ?? {}
    const now = isIsolated(port, wanted)
    return now === isIsolated(port, live) ? [] : [isolateStep(link, now)]
  })
  const limits = [...ports.values()].flatMap((port) => limitSteps(port, { live, wanted }, seen))
  const isLarger = mtu > there.mtu
  return { before: isLarger ? sizes : [], after: [...(isLarger ? [] : sizes), ...isolation, ...limits] }
}

/**
 * A machine cannot be told of smaller packets from outside: its TAP goes on taking the old ones until it has asked for its lease again, or
 * starts anew.
 */
function mtuSteps(link: SeenLink, port: PortSpec | undefined, mtu: number): Step[] {
  const inside = port !== undefined && isNamespace(port) ? port : undefined
  if (link.mtu === mtu || (mtu < link.mtu && inside === undefined)) return []
  const step = (argv: readonly [string, ...string[]], reason: string): Step => ({
    reason,
    do: { kind: 'run', argv: [...argv, 'mtu', String(mtu)] },
    undo: { kind: 'run', argv: [...argv, 'mtu', String(link.mtu)] },
  })
  const size = `packets of up to ${String(mtu)} bytes`
  const host = step(['ip', 'link', 'set', 'dev', link.name], `${link.name} carries ${size}`)
  if (inside === undefined) return [host]
  const words = [...ipInside(inside.namespace), 'link', 'set', 'dev', inside.insideName] as const
  const own = step(words, `${inside.portName} sends ${size}`)
  return mtu > link.mtu ? [host, own] : [own, host]
}

function isNamespace(port: PortSpec): port is NamespacePort {
  return 'namespace' in port && 'insideName' in port
}

/** Limits of its port group; what a person has chosen for the port stays. */
function limitSteps(port: PortSpec, { live, wanted }: SwitchChange, seen: SeenHost): Step[] {
  const [before, after] = [limitsOf(port, live), limitsOf(port, wanted)]
  const { interface: name, hostName, guest = hostName ?? name, device } = port
  const end = { interface: name, guest, isGuestsOwn: device !== undefined }
  const isAsBefore = DIRECTIONS.every(
    (each) => JSON.stringify(queueOf(end, each, seen)) === JSON.stringify(limitOf(before, each)),
  )
  const isOther = JSON.stringify(before) !== JSON.stringify(after)
  if (!isOther || !isAsBefore) return []
  // Packets that wait in a queue go with it.
  return bandwidthSteps(end, after, seen).map((step) => ({ ...step, ...disrupts('blip', [guest]) }))
}

function isolateStep(link: SeenLink, isCut: boolean): Step {
  const set = (word: 'on' | 'off'): Action =>
    run('ip', 'link', 'set', 'dev', link.name, 'type', 'bridge_slave', 'isolated', word)
  return {
    reason: isCut
      ? `${link.name} reaches this host and what is behind it, no longer its neighbours`
      : `${link.name} reaches its neighbours too`,
    do: set(isCut ? 'on' : 'off'),
    undo: set(isCut ? 'off' : 'on'),
    ...(isCut ? disrupts('cut-off', guestNames([link])) : {}),
  }
}
