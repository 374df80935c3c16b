/** Numbers of running machines: the next one whenever one starts, so that an old number never means another machine. */
import type { App } from '../../app/ports.ts'

/** Clients know running machines by small numbers too, which no other machine had before. */
export interface MachineIds {
  /** -1: it does not run. */
  of(name: string): number
  /** The running machine with that number. */
  nameOf(id: number): string | undefined
}

export function watchMachineIds(app: App): MachineIds {
  const ids = new Map<string, number>()
  let last = 0
  app.events.subscribe((event) => {
    if (event.kind !== 'vm') return
    if (event.what === 'stopped' || event.what === 'renamed') ids.delete(event.name)
  })
  const of = (name: string): number => {
    if (!app.machines.isRunning(name)) {
      ids.delete(name)
      return -1
    }
    const known = ids.get(name)
    if (known !== undefined) return known
    ids.set(name, ++last)
    return last
  }
  return {
    of,
    nameOf: (id) => app.machines.names().find((name) => of(name) === id),
  }
}
