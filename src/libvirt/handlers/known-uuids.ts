/** UUIDs by names, also of what has been deleted a moment ago: its event has only the name. Kept once for all clients that listen. */
import type { WeftEvent } from '../../app/event-ports.ts'
import { poolsOf } from '../../app/disk-images.ts'
import type { App } from '../../app/ports.ts'
import { poolUuid } from './storage-xml.ts'

export interface KnownUuids {
  readonly machine: (name: string) => string
  readonly network: (name: string) => string
  readonly pool: (name: string) => string
  /** Whether there was such a machine before the event that is being told. */
  readonly knew: (name: string) => boolean
  /** Before the event that is being told. */
  readonly lastNameOf: (uuid: string) => string | undefined
}

export function watchUuids(app: App): KnownUuids {
  const networks = new Map(app.networks.list().map(({ spec }) => [spec.name, spec.uuid]))
  const machines = new Map(app.vms.list().map(({ name, uuid }) => [name, uuid]))
  const pools = new Map(poolsOf(app).map((pool) => [pool.name, poolUuid(pool)]))
  const poolNow = (name: string): string | undefined => {
    const pool = poolsOf(app).find((each) => each.name === name)
    return pool === undefined ? undefined : poolUuid(pool)
  }
  /** Learns from an event, when the next one comes: whoever is told of the first may still ask for what was before. */
  let learn = (): void => undefined

  function learnMachine({ name, what }: WeftEvent & { kind: 'vm' }): () => void {
    const uuid = app.vms.find(name)?.uuid
    return () => {
      if (what === 'renamed') for (const [old, each] of machines) if (each === uuid) machines.delete(old)
      if (uuid === undefined) machines.delete(name)
      else machines.set(name, uuid)
    }
  }

  function learnNetwork({ name }: WeftEvent & { kind: 'network' }): () => void {
    const uuid = app.networks.find(name)?.spec.uuid
    return () => {
      if (uuid !== undefined) networks.set(name, uuid)
    }
  }

  app.events.subscribe((event) => {
    if (event.kind === 'pool') pools.set(event.name, poolNow(event.name) ?? pools.get(event.name) ?? NOBODY)
    if (event.kind !== 'vm' && event.kind !== 'network') return
    learn()
    learn = event.kind === 'vm' ? learnMachine(event) : learnNetwork(event)
  })
  return {
    machine: (name) => app.vms.find(name)?.uuid ?? machines.get(name) ?? NOBODY,
    network: (name) => app.networks.find(name)?.spec.uuid ?? networks.get(name) ?? NOBODY,
    pool: (name) => poolNow(name) ?? pools.get(name) ?? NOBODY,
    knew: (name) => machines.has(name),
    lastNameOf: (uuid) => [...machines].find(([, each]) => each === uuid)?.[0],
  }
}

const NOBODY = '00000000-0000-0000-0000-000000000000'
