/**
 * Waits for a QEMU: for the first answer of one that was started a moment ago, and for a certain answer. One that has ended is not waited
 * for, and its last words are the error.
 */
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { WeftError } from '../core/errors.ts'
import type { QmpAction, QmpAnswer, StartingQemu } from '../core/plan/action.ts'
import type { QmpCommand } from './perform-action.ts'
import { findByPidFile, readText } from './process-table.ts'
import { watchFile } from './watch-file.ts'

/** Between two questions. */
const LONGEST_PAUSE_MS = 4
/** Where its socket is heard of: only to see whether it still lives, and where nothing can be heard. */
const LONGEST_DEAF_MS = 100
/** What a process said may be in the pipe for a moment after it has ended. */
const LAST_WORDS_MS = 1000
const MAX_SAID = 2000

/**
 * QEMU opens its socket 20 to 50 ms after its start, or seconds where many start at once: asking each of them all the time would take
 * from them what they need, so it is heard. From then on its answer is waited for, and nothing is asked again.
 */
export async function awaitQemu(qmp: QmpCommand, action: QmpAction, starting: StartingQemu): Promise<void> {
  const limit = performance.now() + starting.waitMs
  const ears = listenFor(action.socket, starting.log)
  try {
    for (;;) {
      await ears.pause()
      try {
        await qmp(action.socket, action.command, action.arguments)
        return
      } catch (error) {
        if (findByPidFile(starting.pidFile, starting.match) === undefined) throw await ended(starting, error)
        if (performance.now() > limit) throw silent(starting, error)
      }
    }
  } finally {
    ears.close()
  }
}

/** Pauses that end when QEMU has made its socket, beside its log, or has said something. After that each is longer than the one before. */
function listenFor(socket: string, log: string): { pause(): Promise<void>; close(): void } {
  const names = new Set([basename(socket), basename(log)])
  let wake = (): void => undefined
  const watcher = watchFile(dirname(socket), (name) => {
    if (!names.has(name)) return
    // A socket is there a moment before anybody listens on it, and last words before the end.
    pauseMs = 1
    wake()
  })
  let pauseMs = watcher === undefined || existsSync(socket) ? 1 : LONGEST_DEAF_MS
  return {
    async pause() {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      pauseMs = Math.min(pauseMs * 2, LONGEST_DEAF_MS)
    },
    close: () => watcher?.close(),
  }
}

/** Asks until QEMU answers so. */
export async function awaitAnswer(
  qmp: QmpCommand,
  action: QmpAction,
  { field, is, isNever, waitMs }: QmpAnswer,
): Promise<void> {
  const limit = performance.now() + waitMs
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const reply = await ask(qmp, action)
    const answer = (reply as Readonly<Record<string, unknown>>)[field]
    if (answer === is) return
    if (isNever !== undefined && answer === isNever)
      throw new WeftError('command-failed', `QEMU answers '${isNever}' to '${action.command}'`)
    if (performance.now() > limit) {
      const message = `QEMU answers '${String(answer)}' to '${action.command}', and not '${is}'`
      throw new WeftError('timeout', message)
    }
    await sleep(pauseMs)
  }
}

/** With what QEMU said where it has ended meanwhile. */
async function ask(qmp: QmpCommand, action: QmpAction): Promise<unknown> {
  try {
    return await qmp(action.socket, action.command, action.arguments)
  } catch (error) {
    throw action.starting === undefined ? error : await ended(action.starting, error)
  }
}

async function ended({ log }: StartingQemu, cause: unknown): Promise<WeftError> {
  await untilSaid(log)
  return new WeftError('command-failed', 'QEMU ended before it answered', {
    details: [['it said', said(log) || 'nothing']],
    cause,
  })
}

/** It says its name first and a line in pieces: what ends with a line, and is no longer than a moment before, is all of it. */
async function untilSaid(log: string): Promise<void> {
  const limit = performance.now() + LAST_WORDS_MS
  for (let before = ''; performance.now() < limit;) {
    const now = readText(log) ?? ''
    if (now.endsWith('\n') && now === before) return
    before = now
    await sleep(LONGEST_PAUSE_MS)
  }
}

function silent({ log, waitMs }: StartingQemu, cause: unknown): WeftError {
  const message = `QEMU did not answer within ${String(waitMs / 1000)} s`
  return new WeftError('timeout', message, { details: [['it said', said(log) || 'nothing']], cause })
}

const said = (log: string): string => (readText(log) ?? '').trim().slice(-MAX_SAID)
