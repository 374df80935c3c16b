/** Tells who gets an address: one watch on the directory of all lease files, which dnsmasq writes anew at every change. */
import { readdirSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import { leaseEvents } from '../app/lease-events.ts'
import type { App } from '../app/ports.ts'
import { leaseFile } from '../core/host/paths.ts'
import { parseLeases, type Lease } from '../core/network/addresses/leases.ts'

/** dnsmasq writes a file in several pieces. */
const SETTLE_MS = 50
const ENDING = '.leases'

export function watchLeases(app: App, log: (line: string) => void): { stop(): void } {
  const directory = join(leaseFile(app.facts.paths, 'any'), '..')
  const known = new Map<string, readonly Lease[]>()
  for (const name of readdirSync(directory)) known.set(name, readLeaseFile(join(directory, name)))

  const timers = new Map<string, NodeJS.Timeout>()
  const look = (name: string): void => {
    timers.delete(name)
    const leases = readLeaseFile(join(directory, name))
    const network = name.slice(0, -ENDING.length)
    for (const event of leaseEvents(network, known.get(name) ?? [], leases)) app.events.emit(event)
    known.set(name, leases)
  }
  const watcher = watch(directory, { persistent: false }, (_event, name) => {
    if (name?.endsWith(ENDING) !== true || timers.has(name)) return
    timers.set(name, setTimeout(look, SETTLE_MS, name).unref())
  })
  watcher.on('error', (error) => {
    log(`leases are not told any more: ${error.message}`)
  })
  return {
    stop: () => {
      watcher.close()
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}

/** A file that has gone has no leases. */
function readLeaseFile(path: string): readonly Lease[] {
  try {
    return parseLeases(readFileSync(path, 'utf8'))
  } catch {
    return []
  }
}
