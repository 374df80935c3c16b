/** Talking to a running QEMU: QMP, one JSON object a line over a unix socket, replies matched to commands by id. */
import { connect, type Socket } from 'node:net'
import { WeftError } from '../core/errors.ts'
import type { QemuEvent } from '../core/plan/action.ts'

export interface QmpClient {
  command(name: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>
  close(): void
}

export interface QmpOptions {
  readonly onEvent?: (event: string, data: unknown, at: QmpTime | undefined) => void
  /** Called once when the connection ends, whoever ended it. QEMU's death looks like this. */
  readonly onEnd?: () => void
  /** For the greeting and for each reply. */
  readonly timeoutMs?: number
}

/** By the host's clock, since 1970. */
export interface QmpTime {
  readonly seconds: number
  readonly microseconds: number
}

interface Message {
  readonly QMP?: unknown
  readonly id?: number
  readonly return?: unknown
  readonly error?: { readonly class: string; readonly desc: string }
  readonly event?: string
  readonly data?: unknown
  readonly timestamp?: QmpTime
}

/** Of a device or of a job, which says what went wrong with it. */
interface EventData {
  readonly device?: string
  readonly id?: string
  readonly status?: string
  readonly error?: string
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

const DEFAULT_TIMEOUT_MS = 10_000

/** Connects, waits for the greeting and leaves the negotiation behind. */
export async function connectQmp(path: string, options: QmpOptions = {}): Promise<QmpClient> {
  const socket = connect(path)
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const waiting = new Map<number, Waiting>()
  let nextId = 1
  const greeting = Promise.withResolvers<unknown>()
  const greetingTimer = setTimeout(greeting.reject, timeoutMs, silence(path, 'sent its greeting'))

  readMessages(socket, (message) => {
    if (message.QMP !== undefined) greeting.resolve(message.QMP)
    else if (message.event !== undefined) options.onEvent?.(message.event, message.data, message.timestamp)
    else settle(waiting, message)
  })
  socket.on('error', (error) => {
    greeting.reject(unreachable(path, error))
  })
  socket.on('close', () => {
    const error = unreachable(path)
    greeting.reject(error)
    for (const [id, entry] of waiting) finish(waiting, id, entry).reject(error)
    options.onEnd?.()
  })

  function command(name: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (socket.destroyed) return Promise.reject(unreachable(path))
    const id = nextId++
    const reply = Promise.withResolvers<unknown>()
    const timer = setTimeout(() => {
      waiting.delete(id)
      reply.reject(silence(path, `answered '${name}'`))
    }, timeoutMs)
    waiting.set(id, { ...reply, timer })
    afterNextLook(() => socket.write(`${JSON.stringify({ execute: name, arguments: args, id })}\n`))
    return reply.promise
  }

  try {
    await greeting.promise
    await command('qmp_capabilities')
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(greetingTimer)
  }
  return { command, close: () => socket.destroy() }
}

/**
 * A write to a QEMU that has just gone closes the socket, with its last words unread: why it ended. So what has come is read before.
 * The loop looks between its two turns of immediates; one alone comes before it looks again.
 */
function afterNextLook(write: () => void): void {
  setImmediate(() => setImmediate(write))
}

/** One command over a connection of its own; `until` waits for what it brings about. */
export async function qmpCommand(
  path: string,
  name: string,
  args?: Readonly<Record<string, unknown>>,
  until?: QemuEvent,
): Promise<unknown> {
  const happened = Promise.withResolvers<undefined>()
  const client = await connectQmp(path, {
    onEvent: (event, data) => {
      const { device, id = device, status, error } = (data ?? {}) as EventData
      if (event !== until?.event || id !== until.device) return
      if (until.status !== undefined && status !== until.status) {
        if (status === 'concluded') happened.reject(endedInstead(name))
      } else if (error === undefined) happened.resolve(undefined)
      else happened.reject(new WeftError('command-failed', `QEMU could not end '${name}': ${error}`))
    },
  })
  const limit = setTimeout(() => {
    happened.reject(silence(path, `told of ${until?.event ?? ''} after '${name}'`))
  }, until?.waitMs)
  // Nobody waits for it when the command itself fails.
  happened.promise.catch(() => undefined)
  try {
    const answer = await client.command(name, args)
    if (until !== undefined) await happened.promise
    return answer
  } finally {
    clearTimeout(limit)
    client.close()
  }
}

function readMessages(socket: Socket, onMessage: (message: Message) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') onMessage(JSON.parse(line) as Message)
  })
}

function settle(waiting: Map<number, Waiting>, message: Message): void {
  const entry = waiting.get(message.id ?? 0)
  if (entry === undefined) return
  const { resolve, reject } = finish(waiting, message.id ?? 0, entry)
  if (message.error === undefined) resolve(message.return)
  else
    reject(new WeftError('command-failed', `QEMU refused: ${message.error.desc}`, { cause: message.error }))
}

function finish(waiting: Map<number, Waiting>, id: number, entry: Waiting): Waiting {
  clearTimeout(entry.timer)
  waiting.delete(id)
  return entry
}

function unreachable(path: string, cause?: unknown): WeftError {
  return new WeftError('command-failed', `no QEMU answers on '${path}'`, { cause })
}

function endedInstead(command: string): WeftError {
  return new WeftError('command-failed', `the job has ended instead of answering '${command}'`)
}

function silence(path: string, what: string): WeftError {
  return new WeftError('timeout', `QEMU has not ${what} on '${path}' in time`)
}
