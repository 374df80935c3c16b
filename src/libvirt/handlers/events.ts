/** What happens, told to each client as it has asked for it: weft's own events in libvirt's numbers. */
import type { WeftEvent } from '../../app/event-ports.ts'
import type { QemuEventSaid } from '../../app/guest-ports.ts'
import type { App } from '../../app/ports.ts'
import type { Connection } from '../wire/connection.ts'
import type { EventName } from '../wire/procedures.ts'
import type { DomainHandle, NetworkHandle } from '../wire/types.ts'
import { endOfJob } from './job-events.ts'
import { KEPT_EVENTS, keptNewsOf, type KeptNews } from './kept-news.ts'
import type { KnownUuids } from './known-uuids.ts'
import { drivesOf, type Drive } from './drives.ts'
import { stepsOf, type LifecycleStep } from './lifecycle-steps.ts'
import type { MachineIds } from './machine-ids.ts'
import { newsOf, QEMU_EVENTS } from './qemu-news.ts'

/** Whose events a registration is for. Of devices there is nothing to tell yet; `monitor`: QEMU's own words. */
export type Family = 'domain' | 'network' | 'pool' | 'device' | 'secret' | 'monitor'

interface Registration {
  readonly family: Family
  readonly eventId: number
  /** Only of this one; null: of all. */
  readonly uuid: string | null
  /** Of the monitor: by the names of its events. */
  readonly isWanted?: (event: string) => boolean
  /** As clients asked before registrations had numbers: by the event alone, and so they are told of it. */
  readonly isOld?: true
}

export interface Subscriptions {
  /** Gives the number that its events will carry; none comes before `arm`. */
  add(registration: Registration): number
  /** False: there is no such registration. */
  remove(family: Family, callbackId: number): boolean
  /** Of an old registration, which is known by its event. */
  removeOld(eventId: number): boolean
  /** The replies to all registrations so far are on their way. */
  readonly arm: () => void
  readonly end: () => void
}

/** What old registrations are told of an event: its message without a number. */
const OLD_EVENTS: Readonly<Record<number, EventName>> = {
  0: 'DOMAIN_EVENT_LIFECYCLE',
  1: 'DOMAIN_EVENT_REBOOT',
  2: 'DOMAIN_EVENT_RTC_CHANGE',
  3: 'DOMAIN_EVENT_WATCHDOG',
  4: 'DOMAIN_EVENT_IO_ERROR',
  6: 'DOMAIN_EVENT_IO_ERROR_REASON',
  10: 'DOMAIN_EVENT_TRAY_CHANGE',
  11: 'DOMAIN_EVENT_PMWAKEUP',
  12: 'DOMAIN_EVENT_PMSUSPEND',
  13: 'DOMAIN_EVENT_BALLOON_CHANGE',
  14: 'DOMAIN_EVENT_PMSUSPEND_DISK',
  15: 'DOMAIN_EVENT_DEVICE_REMOVED',
}

/** Those that there is an occasion for. */
export const SENT_EVENTS: ReadonlySet<string> = new Set<EventName>([
  'NETWORK_EVENT_LIFECYCLE',
  'DOMAIN_EVENT_CALLBACK_LIFECYCLE',
  'DOMAIN_EVENT_CALLBACK_REBOOT',
  'DOMAIN_EVENT_CALLBACK_AGENT_LIFECYCLE',
  'DOMAIN_EVENT_CALLBACK_DEVICE_ADDED',
  'DOMAIN_EVENT_CALLBACK_DEVICE_REMOVED',
  'DOMAIN_EVENT_CALLBACK_BLOCK_JOB',
  'DOMAIN_EVENT_BLOCK_JOB_2',
  'DOMAIN_MONITOR_EVENT',
  ...(Object.keys(KEPT_EVENTS) as (keyof typeof KEPT_EVENTS)[]),
  ...(Object.keys(QEMU_EVENTS) as (keyof typeof QEMU_EVENTS)[]),
  ...Object.values(OLD_EVENTS),
])

/** virDomainEventID. */
const LIFECYCLE = 0
const REBOOT = 1
const AGENT = 18
const DEVICE_REMOVED = 15
const DEVICE_ADDED = 19
const BLOCK_JOB = 8
/** By the name of the drive, not the path of its image. */
const BLOCK_JOB_2 = 16

/** Where QEMU tells of one of its disks, which may be another than those it was started with. */
function drivesFor(app: App, vm: string, { event }: QemuEventSaid): Drive[] {
  const live = event.startsWith('BLOCK_') ? app.machines.note(vm) : undefined
  return live === undefined ? [] : drivesOf(live.spec, live)
}

export function subscribe(
  app: App,
  connection: Connection,
  { ids, uuids: names }: { readonly ids: MachineIds; readonly uuids: KnownUuids },
): Subscriptions {
  const all = new Map<number, Registration>()
  const armed = new Set<number>()
  let last = -1
  let stop: (() => void) | undefined

  /** Most clients ask for no events: nothing is done for them. */
  function listen(): () => void {
    const leaveMachines = app.machines.hear((name, said) => {
      tellQemu(names.machine(name), name, said)
    })
    const leaveEvents = app.events.subscribe((event) => {
      if (event.kind === 'network') tellNetwork(event)
      if (event.kind === 'vm') tellMachine(event)
      if (event.kind === 'device') tellDevice(event)
      if (event.kind === 'job') tellJob(event)
      tellKept(keptNewsOf(event, { ids, uuids: names }))
    })
    return () => {
      leaveMachines()
      leaveEvents()
    }
  }

  function asking(family: Family, eventId: number, uuid: string): (readonly [number, Registration])[] {
    return [...all].filter(([callbackId, each]) => {
      const isAsked = each.family === family && each.eventId === eventId && armed.has(callbackId)
      return isAsked && (each.uuid === null || each.uuid === uuid)
    })
  }

  function each(family: Family, eventId: number, uuid: string, tell: (callbackID: number) => void): void {
    for (const [callbackId, { isOld }] of asking(family, eventId, uuid)) if (isOld !== true) tell(callbackId)
  }

  function tellOld(eventId: number, uuid: string, message: object): void {
    const name = OLD_EVENTS[eventId]
    if (name === undefined || !asking('domain', eventId, uuid).some(([, { isOld }]) => isOld === true)) return
    connection.send(name, message as never)
  }

  function tellQemu(uuid: string, name: string, said: QemuEventSaid): void {
    const dom: DomainHandle = { name, uuid, id: ids.of(name) }
    for (const { name: event, message } of newsOf(said, dom, drivesFor(app, name, said))) {
      const eventId = QEMU_EVENTS[event]
      each('domain', eventId, uuid, (callbackID) => {
        connection.send(event, { callbackID, ...message })
      })
      if ('msg' in message) tellOld(eventId, uuid, message.msg)
    }
    const { event, data, seconds, microseconds } = said
    const details = data === undefined ? null : JSON.stringify(data)
    for (const [callbackID, { isWanted }] of asking('monitor', 0, uuid))
      if (isWanted?.(event) === true)
        connection.send('DOMAIN_MONITOR_EVENT', {
          callbackID,
          dom,
          event,
          seconds: BigInt(seconds),
          micros: microseconds,
          details,
        })
  }

  function tellNetwork({ name, what }: WeftEvent & { kind: 'network' }): void {
    const event = NETWORK_EVENTS[what]
    const net: NetworkHandle = { name, uuid: names.network(name) }
    if (event === undefined) return
    each('network', LIFECYCLE, net.uuid, (callbackID) => {
      connection.send('NETWORK_EVENT_LIFECYCLE', { callbackID, net, event, detail: 0 })
    })
  }

  function tellMachine({ name, what, because }: WeftEvent & { kind: 'vm' }): void {
    const uuid = names.machine(name)
    const dom: DomainHandle = { name, uuid, id: what === 'stopped' ? -1 : ids.of(name) }
    const lifecycle = (of: DomainHandle, [event, detail]: LifecycleStep): void => {
      each('domain', LIFECYCLE, uuid, (callbackID) => {
        connection.send('DOMAIN_EVENT_CALLBACK_LIFECYCLE', { callbackID, msg: { dom: of, event, detail } })
      })
      tellOld(LIFECYCLE, uuid, { dom: of, event, detail })
    }
    if (what === 'renamed') lifecycle({ ...dom, name: names.lastNameOf(uuid) ?? name }, [1, 1])
    for (const step of stepsOf(what, because, names.knew(name))) lifecycle(dom, step)
    if (what === 'rebooted') tellOld(REBOOT, uuid, { dom })
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

  function tellJob(event: WeftEvent & { kind: 'job' }): void {
    const end = endOfJob(app, event)
    if (end === undefined) return
    const { path, dst, ...how } = end
    const dom: DomainHandle = { name: event.vm, uuid: names.machine(event.vm), id: ids.of(event.vm) }
    each('domain', BLOCK_JOB, dom.uuid, (callbackID) => {
      connection.send('DOMAIN_EVENT_CALLBACK_BLOCK_JOB', { callbackID, msg: { dom, path, ...how } })
    })
    each('domain', BLOCK_JOB_2, dom.uuid, (callbackID) => {
      connection.send('DOMAIN_EVENT_BLOCK_JOB_2', { callbackID, dom, dst, ...how })
    })
  }

  function tellKept(news: KeptNews | undefined): void {
    if (news === undefined) return
    const { family, eventId } = KEPT_EVENTS[news.name]
    each(family, eventId, news.about, (callbackID) => {
      connection.send(news.name, { callbackID, ...news.message })
    })
  }

  function tellDevice({ vm, device, what }: WeftEvent & { kind: 'device' }): void {
    const dom: DomainHandle = { name: vm, uuid: names.machine(vm), id: ids.of(vm) }
    const [id, call] =
      what === 'added'
        ? ([DEVICE_ADDED, 'DOMAIN_EVENT_CALLBACK_DEVICE_ADDED'] as const)
        : ([DEVICE_REMOVED, 'DOMAIN_EVENT_CALLBACK_DEVICE_REMOVED'] as const)
    each('domain', id, dom.uuid, (callbackID) => {
      if (what === 'added') connection.send(call, { callbackID, dom, devAlias: device })
      else connection.send(call, { callbackID, msg: { dom, devAlias: device } })
    })
    if (what !== 'added') tellOld(id, dom.uuid, { dom, devAlias: device })
  }

  return {
    add(registration) {
      stop ??= listen()
      all.set(++last, registration)
      return last
    },
    remove(family, callbackId) {
      if (all.get(callbackId)?.family !== family) return false
      armed.delete(callbackId)
      return all.delete(callbackId)
    },
    removeOld(eventId) {
      const found = [...all].find(([, each]) => each.isOld === true && each.eventId === eventId)
      if (found === undefined) return false
      armed.delete(found[0])
      return all.delete(found[0])
    },
    // After every reply, and most follow no registration.
    arm() {
      if (armed.size < all.size) for (const callbackId of all.keys()) armed.add(callbackId)
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
