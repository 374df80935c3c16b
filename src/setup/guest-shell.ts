/** Types a command on a guest's serial console and reads what it answers, as a person would. */
import type { Duplex } from 'node:stream'
import type { Connection } from '../api/client.ts'
import { openConsole } from '../api/streams.ts'
import { WeftError } from '../core/errors.ts'

export interface GuestAnswer {
  readonly exitCode: number
  readonly output: string
}

const ASK_AGAIN_MS = 2000

/** The guest must have a shell on its console. The line is typed again as long as nothing answers: it may still be booting. */
export async function askGuest(
  connection: Connection,
  machine: string,
  command: string,
  limitMs = 30_000,
): Promise<GuestAnswer> {
  const stream = await openConsole(connection, machine)
  try {
    return await ask(stream, machine, command, limitMs)
  } finally {
    stream.destroy()
  }
}

function ask(stream: Duplex, machine: string, command: string, limitMs: number): Promise<GuestAnswer> {
  const mark = `weft${process.pid}x${Date.now().toString(36)}`
  // The shell echoes what is typed; a mark in two pieces is not found in the echo, only in the answer.
  const line = `\nM=${mark}; echo "$M-begin"; ${command}; echo "$M-end $?"\n`
  const pattern = new RegExp(`${mark}-begin\\r?\\n([\\s\\S]*?)${mark}-end (\\d+)`)
  return new Promise((resolve, reject) => {
    let text = ''
    const timers: NodeJS.Timeout[] = []
    const finish = (work: () => void): void => {
      timers.forEach(clearTimeout)
      work()
    }
    const type = (): void => {
      if (text.includes(`${mark}-begin`)) return
      stream.write(line)
      timers.push(setTimeout(type, ASK_AGAIN_MS))
    }
    timers.push(
      setTimeout(() => {
        finish(() => {
          reject(noAnswer(machine, command, text))
        })
      }, limitMs),
    )
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const match = pattern.exec(text)
      if (match === null) return
      const output = withoutGreeting(match[1] ?? '')
      finish(() => {
        resolve({ exitCode: Number(match[2]), output })
      })
    })
    stream.once('error', (error) => {
      finish(() => {
        reject(error)
      })
    })
    type()
  })
}

const CLEAR_LIMIT_MS = 3000

/** Whoever joins the console afterwards sees a prompt, not what was asked. A guest that does not answer keeps its screen. */
export async function clearConsole(connection: Connection, machine: string): Promise<void> {
  const stream = await openConsole(connection, machine)
  try {
    await new Promise<void>((resolve) => {
      let text = ''
      setTimeout(resolve, CLEAR_LIMIT_MS).unref()
      stream.once('error', () => {
        resolve()
      })
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (/\u001b\[J[^]*# $/.test(text)) resolve()
      })
      stream.write('clear\n')
    })
  } finally {
    stream.destroy()
  }
}

/** The guest's DHCP client tells of its lease whenever it comes, also in the middle of an answer. */
export function withoutGreeting(answer: string): string {
  return answer
    .replaceAll('\r', '')
    .replace(/^weft-guest ready [^\n]*\n?/gm, '')
    .trim()
}

function noAnswer(machine: string, command: string, text: string): WeftError {
  return new WeftError('timeout', `the console of '${machine}' does not answer`, {
    details: [
      ['typed', command],
      ['it said', text.trim().split('\n').slice(-10).join('\n') || 'nothing'],
    ],
    hint: `look for yourself: weft vm console ${machine}`,
  })
}
