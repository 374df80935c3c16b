/** Signals a process that outlives weftd, waits until it has gone, and removes its pid file. */
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { WeftError } from '../core/errors.ts'
import type { SignalAction } from '../core/plan/action.ts'
import { renderHeadline } from '../core/plan/render.ts'
import { fileFailed } from './command-error.ts'
import { commandLine, findByPidFile } from './process-table.ts'

/** Most processes end within a millisecond; a slow one is not looked at more often than this. */
const LONGEST_PAUSE_MS = 50

export async function signalProcess(action: SignalAction): Promise<void> {
  const pid = findByPidFile(action.pidFile, action.match)
  if (pid !== undefined) send(action, pid)
  if (action.signal === 'HUP' || action.waitMs === 0) return
  if (pid !== undefined) await waitUntilGone(action, pid)
  rmSync(action.pidFile, { force: true })
}

function send(action: SignalAction, pid: number): void {
  try {
    process.kill(pid, `SIG${action.signal}`)
  } catch (error) {
    // It ended just now.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw fileFailed(renderHeadline(action), error)
  }
}

async function waitUntilGone(action: SignalAction, pid: number): Promise<void> {
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
