/**
 * The channel to the agent inside a guest (qemu-ga): a byte stream that neither side can tell broken off from silent. So every call begins
 * with a sync whose answer is told from whatever an earlier call has left in the pipe, and has a limit.
 */
import { connect } from 'node:net'
import { WeftError } from '../core/errors.ts'
import type { AgentAction } from '../core/plan/action.ts'

export interface AgentCall {
  readonly command: string
  readonly args?: Readonly<Record<string, unknown>>
  /** It answers only what it will not do. */
  readonly isSilent?: boolean
  readonly limitMs: number
}

interface Message {
  readonly return?: unknown
  readonly error?: { readonly desc: string }
}

/** No byte of UTF-8: the agent drops what it has read of a call that was cut off, and puts it before its answer to a sync. */
const DELIMITER = 0xff
let lastSync = 0
/** An agent that has not refused by then does it. */
const REFUSAL_MS = 1000

/** One call over a connection of its own. QEMU serves one after the other: whoever calls waits for his turn elsewhere. */
export async function callAgent(path: string, call: AgentCall): Promise<unknown> {
  const { command, args, isSilent = false, limitMs } = call
  const socket = connect(path)
  const timer = setTimeout(() => {
    socket.destroy(new WeftError('timeout', `the guest agent has not answered '${command}' in time`))
  }, limitMs)
  const say = (execute: string, more: object = {}): void => {
    socket.write(`${JSON.stringify({ execute, ...more })}\n`)
  }
  const messages = messagesOf(socket)
  try {
    const id = ++lastSync
    socket.write(Buffer.of(DELIMITER))
    say('guest-sync-delimited', { arguments: { id } })
    while ((await next(messages)).return !== id);
    say(command, args === undefined ? {} : { arguments: args })
    const said = isSilent ? await refusal(messages) : await next(messages)
    if (said?.error === undefined) return said?.return
    const { error } = said
    throw new WeftError('command-failed', `the guest agent refused '${command}': ${error.desc}`)
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

/** The step of a plan. */
export async function askAgent({
  socket,
  command,
  arguments: args,
  isSilent,
  waitMs,
}: AgentAction): Promise<void> {
  const call = { command, isSilent: isSilent === true, limitMs: waitMs }
  await callAgent(socket, args === undefined ? call : { ...call, args })
}

/** Nothing, when it does not come or the guest has gone away already. */
async function refusal(messages: AsyncIterator<Message>): Promise<Message | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, REFUSAL_MS, undefined)
  return Promise.race([next(messages).catch(() => undefined), promise]).finally(() => {
    clearTimeout(timer)
  })
}

async function next(messages: AsyncIterator<Message>): Promise<Message> {
  const { done, value } = (await messages.next()) as IteratorResult<Message, undefined>
  if (done !== true) return value
  throw new WeftError('command-failed', 'the channel to the guest agent was closed')
}

/** Byte by byte, so that the delimiter can be seen; what is not a whole answer is what an earlier call has left. */
async function* messagesOf(bytes: AsyncIterable<Buffer>): AsyncIterator<Message> {
  let rest: Buffer[] = []
  for await (const chunk of bytes) {
    rest.push(chunk)
    if (!chunk.includes('\n')) continue
    const text = Buffer.concat(rest)
    const end = text.lastIndexOf('\n')
    rest = [text.subarray(end + 1)]
    for (const line of text.subarray(0, end).toString('latin1').split('\n')) {
      const message = parse(
        Buffer.from(line.slice(line.lastIndexOf('\u00ff') + 1), 'latin1').toString('utf8'),
      )
      if (message !== undefined) yield message
    }
  }
}

function parse(text: string): Message | undefined {
  try {
    return JSON.parse(text) as Message
  } catch {
    return undefined
  }
}
