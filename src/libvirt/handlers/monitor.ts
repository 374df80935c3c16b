/** The program QEMU: what goes to a machine's QEMU or its agent as it stands, and what QEMU says. */
import { WeftError } from '../../core/errors.ts'
import type { QEMU_PROCEDURES } from '../wire/procedures/qemu.ts'
import type { ValueOf } from '../wire/xdr.ts'
import { agentIn } from './ask-agent.ts'
import { fail } from './failures.ts'
import { runningMachine } from './find-machine.ts'
import type { Context } from './handler.ts'

type Procedures = typeof QEMU_PROCEDURES
type CallName = Exclude<keyof Procedures, 'DOMAIN_MONITOR_EVENT'>
type Handlers = {
  readonly [N in CallName]: (
    context: Context,
    args: ValueOf<Procedures[N]['args']>,
  ) => ValueOf<Procedures[N]['ret']> | Promise<ValueOf<Procedures[N]['ret']>>
}

/** virDomainQemuMonitorCommandFlags. */
const HMP = 1
/** virConnectDomainQemuMonitorEventRegisterFlags. */
const REGEX = 1
const ANY_CASE = 2

export const MONITOR_HANDLERS: Handlers = {
  DOMAIN_MONITOR_COMMAND: async (context, { dom, cmd, flags }) => {
    const name = runningMachine(context, dom)
    const { machines, log } = context.app
    log?.(`machine '${name}': a client of libvirt tells its QEMU: ${cmd}`)
    if ((flags & HMP) !== 0) {
      const said = await machines.ask(name, 'human-monitor-command', { 'command-line': cmd })
      return { result: String(said) }
    }
    const { execute, arguments: args, id = 'libvirt-0' } = commandOf(cmd)
    try {
      return { result: JSON.stringify({ return: await machines.ask(name, execute, args), id }) }
    } catch (error) {
      // What QEMU refuses is an answer as well.
      const said = error instanceof WeftError ? (error.cause as Refusal | undefined) : undefined
      if (said?.class === undefined) throw error
      return { result: JSON.stringify({ id, error: { class: said.class, desc: said.desc } }) }
    }
  },
  DOMAIN_AGENT_COMMAND: async (context, { dom, cmd, timeout }) => {
    const ask = await agentIn(context, dom)
    const { execute, arguments: args } = commandOf(cmd)
    const limitMs = timeout > 0 ? timeout * 1000 : undefined
    return { result: JSON.stringify({ return: await ask(execute, args, limitMs) }) }
  },
  CONNECT_DOMAIN_MONITOR_EVENT_REGISTER: ({ subscriptions }, { dom, event, flags }) => ({
    callbackID: subscriptions.add({
      family: 'monitor',
      eventId: 0,
      uuid: dom?.uuid ?? null,
      isWanted: wantedEvents(event, flags),
    }),
  }),
  CONNECT_DOMAIN_MONITOR_EVENT_DEREGISTER: ({ subscriptions }, { callbackID }) => {
    if (!subscriptions.remove('monitor', callbackID))
      throw fail('invalidArgument', 'rpc', `could not find event callback ${String(callbackID)} for deletion`)
    return {}
  },
}

interface Refusal {
  readonly class?: string
  readonly desc?: string
}

interface Command {
  readonly execute: string
  readonly arguments?: Readonly<Record<string, unknown>>
  readonly id?: unknown
}

function commandOf(text: string): Command {
  let command: Partial<Command> | null
  try {
    command = JSON.parse(text) as Partial<Command> | null
  } catch (error) {
    const why = error instanceof Error ? error.message : ''
    throw fail('internal', 'rpc', `cannot parse json ${text}: ${why}`)
  }
  const { execute, arguments: args, id } = command ?? {}
  if (typeof execute !== 'string')
    throw fail('invalidArgument', 'qemu', `'${text}' names no command: {"execute": "query-status"}`)
  return { execute, ...(args === undefined ? {} : { arguments: args }), ...(id === undefined ? {} : { id }) }
}

function wantedEvents(pattern: string | null, flags: number): (event: string) => boolean {
  if (pattern === null) return () => true
  const isAnyCase = (flags & ANY_CASE) !== 0
  if ((flags & REGEX) !== 0) {
    const expression = regularExpression(pattern, isAnyCase ? 'i' : '')
    return (event) => expression.test(event)
  }
  const fold = (word: string): string => (isAnyCase ? word.toUpperCase() : word)
  return (event) => fold(event) === fold(pattern)
}

function regularExpression(pattern: string, flags: string): RegExp {
  // Everybody waits while one is tried: what repeats a group that repeats can take for ever.
  if (pattern.length > 200 || /[*+}]\)?[*+{]/.test(pattern) || /\([^)]*[*+|{][^)]*\)[*+{]/.test(pattern))
    throw fail('invalidArgument', 'qemu', `'${pattern}' is too intricate a pattern for names of events`)
  try {
    return new RegExp(pattern, flags)
  } catch {
    throw fail('invalidArgument', 'qemu', `failed to compile regex '${pattern}'`)
  }
}
