/** Signals a process that outlives weftd and waits until it has gone. */
import { setTimeout as sleep } from 'node:timers/promises'
import { WeftError } from '../core/errors.ts'
import type { SignalAction } from '../core/plan/action.ts'
import { renderHeadline } from '../core/plan/render.ts'
import { commandLine, findByPidFile } from './process-table.ts'

/** Most processes end within a millisecond; a slow one is not looked at more often than this. */
const LONGEST_PAUSE_MS = 50

export async function signalProcess(action: SignalAction): Promise<void> {
  const pid = findByPidFile(action.pidFile, action.match)
  if (pid === undefined) return
  try {
    process.kill(pid, `SIG${action.signal}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return
    throw error
  }
  if (action.signal === 'HUP') return
  const limit = performance.now() + action.waitMs
  for (let pauseMs = 1; commandLine(pid)?.includes(action.match) === true; pauseMs *= 2) {
    if (performance.now() > limit) throw stillThere(action, pid)
    await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS))
  }
}

function stillThere(action: SignalAction, pid: number): WeftError {
  return new WeftError('timeout', `process ${pid} did not end within ${action.waitMs} ms`, {
    details: [
      ['ran', renderHeadline(action)],
      ['it said', `process ${pid} is still there after ${action.waitMs} ms`],
    ],
    hint: `kill -KILL ${pid} ends it at once`,
  })
}
