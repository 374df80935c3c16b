/** What happens, told to each client as it has asked for it: weft's own events in libvirt's numbers. */
import type { WeftEvent } from '../../app/event-ports.ts'
import type { App } from '../../app/ports.ts'
import type { Connection } from '../wire/connection.ts'
import type { EventName } from '../wire/procedures.ts'
import type { DomainHandle, NetworkHandle } from '../wire/types.ts'
import type { MachineIds } from './machine-ids.ts'

/** Whose events a registration is for. Of pools, devices and secrets there is nothing to tell yet. */
export type Family = 'domain' | 'network' | 'pool' | 'device' | 'secret'

interface Registration {
  readonly family: Family
  readonly eventId: number
  /** Only of this one; null: of all. */
  readonly uuid: string | null
}

export interface Subscriptions {
  /** Gives the number that its events will carry; none comes before `arm`. */
  add(registration: Registration): number
  /** False: there is no such registration. */
  remove(family: Family, callbackId: number): boolean
  /** The replies to all registrations so far are on their way. */
  readonly arm: () => void
  readonly end: () => void
}

/** Those that there is an occasion for. */
export const SENT_EVENTS: ReadonlySet<string> = new Set<EventName>([
  'NETWORK_EVENT_LIFECYCLE',
  'DOMAIN_EVENT_CALLBACK_LIFECYCLE',
  'DOMAIN_EVENT_CALLBACK_REBOOT',
  'DOMAIN_EVENT_CALLBACK_AGENT_LIFECYCLE',
])

/** virDomainEventID. */
const LIFECYCLE = 0
const REBOOT = 1
const AGENT = 18
type LifecycleStep = readonly [event: number, detail: number]

export function subscribe(app: App, connection: Connection, ids: MachineIds): Subscriptions {
  const all = new Map<number, Registration>()
  const armed = new Set<number>()
  let last = -1
  let stop: (() => void) | undefined

  /** Most clients ask for no events: nothing is done for them. */
  function listen(): () => void {
    const names = rememberUuids(app)
    return app.events.subscribe((event) => {
      if (event.kind === 'network') tellNetwork(names, event)
      if (event.kind === 'vm') tellMachine(names, event)
      if (event.kind === 'network' || event.kind === 'vm') names.learn()
    })
  }

  function each(family: Family, eventId: number, uuid: string, tell: (callbackID: number) => void): void {
    for (const [callbackId, each] of all) {
      const isAsked = each.family === family && each.eventId === eventId && armed.has(callbackId)
      if (isAsked && (each.uuid === null || each.uuid === uuid)) tell(callbackId)
    }
  }

  function tellNetwork(names: KnownUuids, { name, what }: WeftEvent & { kind: 'network' }): void {
    const event = NETWORK_EVENTS[what]
    const net: NetworkHandle = { name, uuid: names.network(name) }
    if (event === undefined) return
    each('network', LIFECYCLE, net.uuid, (callbackID) => {
      connection.send('NETWORK_EVENT_LIFECYCLE', { callbackID, net, event, detail: 0 })
    })
  }

  function tellMachine(names: KnownUuids, { name, what, because }: WeftEvent & { kind: 'vm' }): void {
    const uuid = names.machine(name)
    const dom: DomainHandle = { name, uuid, id: what === 'stopped' ? -1 : ids.of(name) }
    for (const [event, detail] of stepsOf(what, because, names.knew(name)))
      each('domain', LIFECYCLE, uuid, (callbackID) => {
        connection.send('DOMAIN_EVENT_CALLBACK_LIFECYCLE', { callbackID, msg: { dom, event, detail } })
      })
    if (what === 'rebooted')
      each('domain', REBOOT, uuid, (callbackID) => {
        connection.send('DOMAIN_EVENT_CALLBACK_REBOOT', { callbackID, msg: { dom } })
      })
    if (what === 'agent-connected' || what === 'agent-disconnected')
      each('domain', AGENT, uuid, (callbackID) => {
        const state = what === 'agent-connected' ? 1 : 2
        connection.send('DOMAIN_EVENT_CALLBACK_AGENT_LIFECYCLE', { callbackID, dom, state, reason: 2 })
      })
  }

  return {
    add(registration) {
      stop ??= listen()
      all.set(++last, registration)
      return last
    },
    remove(family, callbackId) {
      if (all.get(callbackId)?.family !== family) return false
      return all.delete(callbackId)
    },
    arm() {
      for (const callbackId of all.keys()) armed.add(callbackId)
    },
    end: () => stop?.(),
  }
}

/** virNetworkEventLifecycleType. */
const NETWORK_EVENTS: Readonly<Partial<Record<(WeftEvent & { kind: 'network' })['what'], number>>> = {
  defined: 0,
  undefined: 1,
  started: 2,
  stopped: 3,
}

/** virDomainEventType and its details. libvirt tells of a start in two steps: its processors go, then it has started. */
function stepsOf(
  what: (WeftEvent & { kind: 'vm' })['what'],
  because: string | undefined,
  isKnown: boolean,
): readonly LifecycleStep[] {
  if (what === 'defined') return [[0, isKnown ? 1 : 0]]
  if (what === 'paused') return [[3, because === 'a disk could not be written' ? 2 : 0]]
  if (what === 'stopped') return [[5, stopDetail(because)]]
  return STEPS[what] ?? []
}

const STEPS: Readonly<Partial<Record<(WeftEvent & { kind: 'vm' })['what'], readonly LifecycleStep[]>>> = {
  deleted: [[1, 0]],
  started: [
    [4, 0],
    [2, 0],
  ],
  restored: [[2, 2]],
  resumed: [[4, 0]],
  crashed: [[8, 0]],
}

/** virDomainEventStoppedDetailType. */
function stopDetail(because = ''): number {
  if (because.startsWith('killed')) return 1
  if (because.includes('saved')) return 4
  return /panic|crash|signal/.test(because) ? 2 : 0
}

/** Of what has been deleted a moment ago the event has only the name. */
interface KnownUuids {
  readonly machine: (name: string) => string
  readonly network: (name: string) => string
  readonly knew: (name: string) => boolean
  readonly learn: () => void
}

function rememberUuids(app: App): KnownUuids {
  let machines = new Map<string, string>()
  let networks = new Map<string, string>()
  const learn = (): void => {
    machines = new Map(app.vms.list().map(({ name, uuid }) => [name, uuid]))
    networks = new Map([
      ...networks,
      ...app.networks.list().map(({ spec }) => [spec.name, spec.uuid] as const),
    ])
  }
  learn()
  return {
    machine: (name) => app.vms.find(name)?.uuid ?? machines.get(name) ?? NOBODY,
    network: (name) => app.networks.find(name)?.spec.uuid ?? networks.get(name) ?? NOBODY,
    knew: (name) => machines.has(name),
    learn,
  }
}

const NOBODY = '00000000-0000-0000-0000-000000000000'
