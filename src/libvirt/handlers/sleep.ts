/** Guests that sleep as a notebook does, and are woken. */
import { resumeVm } from '../../app/pause-vm.ts'
import { agentIn } from './ask-agent.ts'
import { fail } from './failures.ts'
import { runningMachine } from './find-machine.ts'
import type { Handlers } from './handler.ts'

/** virNodeSuspendTarget, as the agent calls them. */
const SLEEPS = ['guest-suspend-ram', 'guest-suspend-disk', 'guest-suspend-hybrid'] as const
const LIMIT_MS = 60_000
const ASLEEP = 'suspended'

export const SLEEP_HANDLERS = {
  DOMAIN_PM_SUSPEND_FOR_DURATION: async (context, { dom, target, duration }) => {
    if (duration !== 0n) throw fail('invalidArgument', 'qemu', 'Duration not supported. Use 0 for now')
    const command = SLEEPS[target]
    if (command === undefined)
      throw fail('invalidArgument', 'qemu', `Unknown suspend target: ${String(target)}`)
    const name = runningMachine(context, dom)
    const { machines } = context.app
    const ask = await agentIn(context, dom)
    // The agent says something only where it cannot: a guest that sleeps, or has powered itself off, says nothing.
    const refused = ask(command, undefined, LIMIT_MS).catch((error: unknown) => {
      if (machines.isRunning(name) && machines.state(name)?.status !== ASLEEP) throw error
    })
    await Promise.race([refused, machines.reaches(name, ASLEEP, LIMIT_MS)])
    return {}
  },
  DOMAIN_PM_WAKEUP: async (context, { dom }) => {
    const name = runningMachine(context, dom)
    if (context.app.machines.state(name)?.status !== ASLEEP)
      throw fail('invalid', 'qemu', 'domain is not suspended: its guest is awake')
    await resumeVm(context.app, name, context.change)
    return {}
  },
} as const satisfies Partial<Handlers<'DOMAIN_PM_SUSPEND_FOR_DURATION' | 'DOMAIN_PM_WAKEUP'>>
