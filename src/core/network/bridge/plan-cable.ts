/** Pulling the cable of a port that is in use, and plugging it in again: the guest notices as it would with a real one. */
import type { InterfaceName } from '../../address/interface-name.ts'
import { run, type Action, type QmpAction } from '../../plan/action.ts'
import { disrupts } from '../../plan/disruption.ts'
import { noUndo, startPlan, type Plan, type Step } from '../../plan/plan.ts'
import type { Impairment } from './impairment.ts'
import { DIRECTIONS, queueSteps, type CableEnd, type Direction } from './plan-queue.ts'
import { bridgeOf, type SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

export interface Cable extends CableEnd {
  /** A machine's NIC does not see what the kernel does to its TAP: QEMU has to tell it. */
  readonly qemu?: { readonly socket: string; readonly netdev: string }
}

/** What is to be different. */
export interface PortChange {
  readonly link?: 'up' | 'down'
  /** A direction that is absent stays as it is. */
  readonly impairments?: Readonly<Partial<Record<Direction, Impairment>>>
}

type Switch = Pick<NetworkSpec, 'name' | 'bridge'>
type SeenLinks = Pick<SeenHost, 'links' | 'queues'>

export function planPortChange(cable: Cable, wanted: PortChange, live: Switch, seen: SeenLinks): Plan {
  const { link, impairments = {} } = wanted
  return startPlan(`change port '${cable.interface}' of network '${live.name}'`, [
    ...DIRECTIONS.flatMap((direction) => {
      const impairment = impairments[direction]
      return impairment === undefined ? [] : queueSteps(cable, direction, impairment, seen)
    }),
    ...(link === undefined ? [] : cableSteps(cable, link === 'up', live, seen)),
  ])
}

/** A port whose link is as wanted needs nothing. */
export function cableSteps(cable: Cable, isWanted: boolean, live: Switch, seen: SeenLinks): Step[] {
  const link = seen.links.find((each) => each.name === cable.interface)
  if (link === undefined || link.isUp === isWanted) return []
  const hasStp = bridgeOf(seen, live.name)?.bridge?.stp ?? live.bridge?.stp
  const bridge = hasStp === true ? live.bridge?.name : undefined
  return isWanted ? plugInSteps(cable, bridge) : pullOutSteps(cable, bridge)
}

/** `bridge` only when STP is on there. */
function pullOutSteps(cable: Cable, bridge: InterfaceName | undefined): Step[] {
  const { interface: name, guest } = cable
  const off: Step = {
    reason: `the plug ${name} is off: ${guest} hears and reaches nobody${cable.qemu === undefined ? ', and sees that its cable is out' : ''}`,
    do: run('ip', 'link', 'set', 'dev', name, 'down'),
    undo: bridge === undefined ? { ...switchOn(name), accept: [1] } : switchOnAtOnce(name, bridge),
    ...disrupts('cut-off', [guest]),
  }
  return [...tellSteps(cable, false), off]
}

/** Of one that has just been plugged in for a guest whose cable is out from the start. */
export const switchOffStep = (name: InterfaceName, guest: string): Step => ({
  reason: `the plug ${name} is off: the cable of ${guest} is out`,
  do: run('ip', 'link', 'set', 'dev', name, 'down'),
  undo: { ...switchOn(name), accept: [1] },
})

/** A plug that is switched on while STP is off forwards at once; one after it would wait 4 s, and so would the guest's DHCP. */
function plugInSteps(cable: Cable, bridge: InterfaceName | undefined): Step[] {
  const { interface: name, guest } = cable
  const on: Step = {
    reason: `the plug ${name} is on: ${guest} has its addresses, leases and connections as before`,
    do: switchOn(name),
    undo: { ...run('ip', 'link', 'set', 'dev', name, 'down'), accept: [1] },
  }
  if (bridge === undefined) return [on, ...tellSteps(cable, true)]
  return [
    {
      reason: 'a plug put in while STP is off need not wait 4 s for it',
      do: setStp(bridge, '0'),
      undo: setStp(bridge, '1'),
    },
    on,
    {
      reason: `the kernel has seen that ${name} carries, and the switch lets it forward`,
      do: run('sh', '-c', AWAIT_CARRIER, 'plug', name),
      undo: noUndo('it only waits'),
    },
    {
      reason: 'STP is on again and still finds loops',
      do: setStp(bridge, '1'),
      undo: noUndo('it was on before the plug'),
    },
    ...tellSteps(cable, true),
  ]
}

/** Told first that it is out and last that it is in: whatever the guest sends then has somewhere to go. */
function tellSteps({ qemu, guest }: Cable, isUp: boolean): Step[] {
  if (qemu === undefined) return []
  const tell = (up: boolean): QmpAction => ({
    kind: 'qmp',
    socket: qemu.socket,
    command: 'set_link',
    arguments: { name: qemu.netdev, up },
  })
  const reason = `${guest} sees that the cable of ${qemu.netdev} is ${isUp ? 'plugged in' : 'out'}`
  return [{ reason, do: tell(isUp), undo: tell(!isUp) }]
}

const switchOn = (name: string): ReturnType<typeof run> => run('ip', 'link', 'set', 'dev', name, 'up')

/**
 * A bridge lets a plug forward when the kernel has seen its carrier, which a work queue tells it a moment after `up` has returned;
 * a busy machine takes its time: up to 10 s where there is one (LOWER_UP). A plug whose other end is off has none: after a second it is
 * left to STP.
 */
const AWAIT_CARRIER =
  'for i in $(seq 100); do case $(ip link show dev "$1") in *"state UP"* | *"state UNKNOWN"*) exit;; *LOWER_UP*) ;; *) [ $i -lt 10 ] || exit 0;; esac; sleep 0.1; done; exit 0'

function setStp(bridge: string, value: '0' | '1'): Action {
  return run('ip', 'link', 'set', 'dev', bridge, 'type', 'bridge', 'stp_state', value)
}

/** The way back in one action. STP comes on again whatever becomes of the plug; one that has gone meanwhile is no failure. */
function switchOnAtOnce(name: string, bridge: string): Action {
  const script = `ip link set dev "$2" type bridge stp_state 0; ip link set dev "$1" up; (${AWAIT_CARRIER}); ip link set dev "$2" type bridge stp_state 1`
  return run('sh', '-c', script, 'plug', name, bridge)
}
