/** Machines that are to be started anew, in a file that a boot of the host forgets: then marks for the start of the host decide. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { PendingRestart } from '../core/vm/end-policy.ts'

export interface KeptRestarts {
  read(): readonly PendingRestart[]
  write(all: readonly PendingRestart[]): void
}

/** A file that is not there, or that somebody has spoilt, says nothing. A note that cannot be written is lost with this weftd alone. */
export function openRestartNotes(path: string, log: (line: string) => void): KeptRestarts {
  return {
    read() {
      try {
        return (JSON.parse(readFileSync(path, 'utf8')) as unknown[]).filter(isPending)
      } catch {
        return []
      }
    },
    write(all) {
      try {
        if (all.length === 0) rmSync(path, { force: true })
        else {
          writeFileSync(`${path}.new`, `${JSON.stringify(all)}\n`, { mode: 0o600 })
          renameSync(`${path}.new`, path)
        }
      } catch (error) {
        log(`could not note which machines are to be started anew: ${String(error)}`)
      }
    },
  }
}

function isPending(value: unknown): value is PendingRestart {
  const { name, at, times } = (value ?? {}) as Partial<Record<keyof PendingRestart, unknown>>
  return typeof name === 'string' && Number.isFinite(at) && Number.isInteger(times)
}
