/**
 * A program that stays and is talked to line by line, because starting it costs more than what it is asked: `ip -batch -`,
 * `nft -i`. Started at the first question, started again when it has died, and ended after a while of silence; it never
 * keeps weftd from exiting.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { WeftError } from '../core/errors.ts'
import { commandEnvironment } from './command-error.ts'

export interface TalkingProcess {
  /** One question at a time; others wait. `isWhole` sees the end of the answer so far. */
  ask(input: string, isWhole: (tail: string) => boolean): Promise<Answer>
  close(): void
}

export interface Answer {
  readonly text: string
  /** The program died over it. */
  readonly ended: boolean
}

type Child = ChildProcessByStdio<Writable, Readable, null>

const ANSWER_LIMIT_MS = 30_000
const SILENCE_MS = 60_000
/** Longer than any end mark. */
const TAIL_LENGTH = 400

/** `shellLine` is run by sh, so that it can join error output to the answers in the order they were given. */
export function createTalkingProcess(shellLine: string): TalkingProcess {
  let child: Child | undefined
  let last: Promise<unknown> = Promise.resolve()
  let silence: NodeJS.Timeout | undefined
  const close = (): void => {
    clearTimeout(silence)
    // At the end of its input it ends by itself; what it was told before is still done.
    child?.stdin.end()
    child = undefined
  }
  const askNow = async (input: string, isWhole: (tail: string) => boolean): Promise<Answer> => {
    clearTimeout(silence)
    const current = child ?? start(shellLine)
    child = current
    const answer = await exchange(current, input, isWhole).catch((error: unknown) => {
      current.kill('SIGKILL')
      child = undefined
      throw error
    })
    if (answer.ended) child = undefined
    silence = setTimeout(close, SILENCE_MS).unref()
    return answer
  }
  return {
    ask(input, isWhole) {
      const answer = last.then(() => askNow(input, isWhole))
      last = answer.catch(() => undefined)
      return answer
    },
    close,
  }
}

function start(shellLine: string): Child {
  const child = spawn('sh', ['-c', shellLine], {
    detached: true,
    env: commandEnvironment(),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => undefined)
  child.on('error', () => undefined)
  child.stdout.setEncoding('utf8')
  keepAlive(child, false)
  return child
}

/** Only a question in flight keeps the event loop running. */
function keepAlive(child: Child, isNeeded: boolean): void {
  const streams = [child, child.stdout, child.stdin] as unknown as { ref(): void; unref(): void }[]
  for (const part of streams) {
    if (isNeeded) part.ref()
    else part.unref()
  }
}

function exchange(child: Child, input: string, isWhole: (tail: string) => boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: string[] = []
    let tail = ''
    const done = (): void => {
      clearTimeout(limit)
      child.stdout.off('data', onData)
      child.off('close', onClose)
      keepAlive(child, false)
    }
    const onData = (chunk: string): void => {
      chunks.push(chunk)
      // An answer comes in hundreds of pieces: looking at all of it each time would cost its square.
      tail = (tail + chunk).slice(-TAIL_LENGTH)
      if (!isWhole(tail)) return
      done()
      resolve({ text: chunks.join(''), ended: false })
    }
    const onClose = (): void => {
      done()
      resolve({ text: chunks.join(''), ended: true })
    }
    const limit = setTimeout(() => {
      done()
      reject(new WeftError('timeout', `no answer to '${input.split('\n')[0] ?? ''}' in time`))
    }, ANSWER_LIMIT_MS)
    keepAlive(child, true)
    child.stdout.on('data', onData)
    child.once('close', onClose)
    if (child.exitCode !== null || child.signalCode !== null) onClose()
    else child.stdin.write(input)
  })
}
