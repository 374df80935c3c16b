/** Changing a port that is in use: its cable in or out, and how bad the cable is. */
import { WeftError } from '../core/errors.ts'
import {
  impairmentOf,
  kernelOption,
  queueKindFor,
  UNIMPAIRED,
  type Impairment,
} from '../core/network/impairment.ts'
import { planPortChange, type Cable } from '../core/network/plan-cable.ts'
import { isInside } from '../core/network/plan-macvtap.ts'
import { ipInside } from '../core/network/port.ts'
import { vmFiles } from '../core/vm/context.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { HOST_QUEUE } from './find-network.ts'
import { lookAtNetworks } from './live-network.ts'
import { runningNetwork } from './network-ports.ts'
import { portStates, type PortState } from './network-state.ts'
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
    const queue = queues.find((each) => each.interface === port.link.name)
    const impairment = isImpairing(settings)
      ? await impairmentFor(app, settings, impairmentOf(queue))
      : undefined

    const wanted = {
      ...(settings.link === undefined ? {} : { link: settings.link }),
      ...(impairment === undefined ? {} : { impairment }),
    }
    const plan = planPortChange(cableOf(app, port), wanted, live, { ...seen, queue })
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

async function impairmentFor(app: App, settings: PortSettings, now: Impairment): Promise<Impairment> {
  const kept = settings.clear === true ? UNIMPAIRED : now
  const wanted = {
    delayMs: rounded(settings.delayMs ?? kept.delayMs),
    lossPercent: rounded(settings.lossPercent ?? kept.lossPercent),
    rateBits: Math.round(settings.rateBits ?? kept.rateBits),
  }
  if (!(await app.host.canImpair(wanted))) throw withoutQueue(wanted)
  return wanted
}

/** No more digits than tc keeps. */
const rounded = (value: number): number => Number(value.toFixed(3))

function withoutQueue(wanted: Impairment): WeftError {
  const kind = queueKindFor(wanted) ?? 'netem'
  const hint =
    kind === 'netem'
      ? 'modprobe sch_netem (Ubuntu has it in linux-modules-extra); --rate alone works without'
      : `modprobe sch_${kind}`
  return new WeftError('unsupported', `this kernel has no ${kind} (${kernelOption(kind)})`, {
    details: [['needed for', kind === 'netem' ? '--delay and --loss' : '--rate']],
    hint,
  })
}

/** A machine's TAP says which NIC of which machine it is. */
function cableOf(app: App, { link, owner, hostName }: PortState): Cable {
  const [, machine, netdev] = /^weft:vm:([^:]+):(nic\d+)$/.exec(link.alias ?? '') ?? []
  const guest = machine ?? hostName ?? (owner === "not weft's" ? link.name : owner)
  const cable = { interface: link.name, guest }
  if (machine === undefined || netdev === undefined || !app.machines.isRunning(machine)) return cable
  return { ...cable, qemu: { socket: vmFiles(app.facts.paths, machine).qmp, netdev } }
}
