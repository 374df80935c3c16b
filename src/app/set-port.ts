/** Changing a port that is in use: its cable in or out, and how bad the cable is. */
import { WeftError } from '../core/errors.ts'
import { readMark } from '../core/host/mark.ts'
import { UNIMPAIRED, type Impairment } from '../core/network/bridge/impairment.ts'
import { limitsOf } from '../core/network/bridge/port-limits.ts'
import { planPortChange, type Cable } from '../core/network/bridge/plan-cable.ts'
import { DIRECTIONS, limitOf, queueOf, type Direction } from '../core/network/bridge/plan-queue.ts'
import { isInside } from '../core/network/bridge/plan-macvtap.ts'
import { ipInside } from '../core/network/port.ts'
import { vmFiles } from '../core/vm/context.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { HOST_QUEUE } from './find-network.ts'
import { lookAtNetworks } from './live-network.ts'
import { runningNetwork } from './network-ports.ts'
import { portStates, type PortState } from './network-state.ts'
import { refuseWithoutQueue } from './refuse-queue.ts'
import { choosePort } from './port-traffic.ts'
import type { App } from './ports.ts'

/** What is absent stays as it is. */
export interface PortSettings {
  readonly link?: 'up' | 'down'
  /** 0 ends it, as `clear` does for all three. */
  readonly delayMs?: number
  readonly lossPercent?: number
  readonly rateBits?: number
  /** Impairments that are not named here end. */
  readonly clear?: boolean
  /** Which packets are meant; absent: those towards the guest. */
  readonly direction?: Direction | 'both'
}

export function setPort(
  app: App,
  network: string,
  name: string,
  settings: PortSettings,
  request: ChangeRequest,
): Promise<Changed<'set' | 'already-set'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    refuseNothing(settings)
    const seen = await lookAtNetworks(app, [network])
    const live = runningNetwork(app, seen, network)
    const port = choosePort(network, await portStates(app, seen, live), name)
    refuseInside(port)
    const queues = isImpairing(settings) ? await app.host.queues() : []
    const cable = cableOf(app, port)
    const around = { ...seen, queues }
    const impairments: Partial<Record<Direction, Impairment>> = {}
    for (const direction of isImpairing(settings) ? directionsOf(settings) : []) {
      const limit = limitOf(limitsOf(port.port, live), direction)
      const kept = settings.clear === true ? limit : queueOf(cable, direction, around)
      impairments[direction] = await impairmentFor(app, settings, kept, direction)
    }

    const wanted = { ...(settings.link === undefined ? {} : { link: settings.link }), impairments }
    const plan = planPortChange(cable, wanted, live, around)
    return carryOut(app, request, plan, plan.steps.length === 0 ? 'already-set' : 'set')
  })
}

/** Of what only a namespace sees this host has no end to pull or to slow down. */
function refuseInside({ port, owner }: PortState): void {
  if (!isInside(port)) return
  const message = `${owner} sits on ${port.device} from inside: this host has no end of its cable`
  const inside = ipInside(port.namespace).join(' ')
  throw new WeftError('unsupported', message, {
    hint: `change it in there: ${inside} link set dev ${port.insideName} down`,
  })
}

function refuseNothing(settings: PortSettings): void {
  if (settings.link !== undefined || isImpairing(settings)) return
  throw new WeftError('invalid-argument', 'nothing was said to be changed', {
    hint: 'weft port set NETWORK PORT --link down, or --delay 80ms, --loss 1%, --rate 10mbit, --clear',
  })
}

function isImpairing({ delayMs, lossPercent, rateBits, clear }: PortSettings): boolean {
  return clear === true || [delayMs, lossPercent, rateBits].some((value) => value !== undefined)
}

function directionsOf({ direction = 'to-guest' }: PortSettings): readonly Direction[] {
  return direction === 'both' ? DIRECTIONS : [direction]
}

/** What is not said stays as it was; with another rate the bursts of the old one make no sense. */
async function impairmentFor(
  app: App,
  settings: PortSettings,
  kept: Impairment,
  direction: Direction,
): Promise<Impairment> {
  const wanted = {
    ...(settings.rateBits === undefined ? kept : UNIMPAIRED),
    delayMs: rounded(settings.delayMs ?? kept.delayMs),
    lossPercent: rounded(settings.lossPercent ?? kept.lossPercent),
    rateBits: Math.round(settings.rateBits ?? kept.rateBits),
  }
  await refuseWithoutQueue(app, wanted, direction)
  return wanted
}

/** No more digits than tc keeps. */
const rounded = (value: number): number => Number(value.toFixed(3))

/** A machine's TAP says which NIC of which machine it is. */
function cableOf(app: App, { link, owner, hostName }: PortState): Cable {
  const mark = readMark(link.alias)
  const guest = mark?.kind === 'vm' ? mark.machine : (hostName ?? (mark === undefined ? link.name : owner))
  const isGuestsOwn = link.sitsOn !== undefined
  const cable = { interface: link.name, guest, ...(isGuestsOwn ? { isGuestsOwn } : {}) }
  if (mark?.kind !== 'vm' || !app.machines.isRunning(mark.machine)) return cable
  return { ...cable, qemu: { socket: vmFiles(app.facts.paths, mark.machine).qmp, netdev: mark.nic } }
}
