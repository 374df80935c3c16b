/** The agent inside a machine, with its troubles told as libvirt tells them. */
import { agentOf } from '../../app/guest-agent.ts'
import { WeftError } from '../../core/errors.ts'
import type { DomainHandle } from '../wire/types.ts'
import { fail } from './failures.ts'
import { runningMachine } from './find-machine.ts'
import type { Context } from './handler.ts'

export type AskAgent = <T>(
  command: string,
  args?: Readonly<Record<string, unknown>>,
  limitMs?: number,
) => Promise<T>

/** Throws where the machine does not run, or nobody listens in it. */
export async function agentIn(context: Context, dom: DomainHandle): Promise<AskAgent> {
  const agent = agentOf(context.app, runningMachine(context, dom))
  if (!(await agent.isListening())) throw fail('agent', 'qemu', 'QEMU guest agent is not connected')
  return async <T>(command: string, args?: Readonly<Record<string, unknown>>, limitMs?: number) => {
    try {
      return (await agent.ask(command, args, limitMs)) as T
    } catch (error) {
      throw retold(error, command)
    }
  }
}

/** The agent's own word for what it does not do comes behind a colon. */
function retold(error: unknown, command: string): unknown {
  if (!(error instanceof WeftError)) return error
  if (error.code === 'timeout' || error.code === 'wrong-state') return fail('agent', 'qemu', error.message)
  const said = error.message.replace(/^the guest agent refused '[^']*': /, '')
  return fail('internal', 'qemu', `unable to execute QEMU agent command '${command}': ${said}`)
}
