/** Whether a guest can be made to hold its file systems still: that takes an agent that listens, in a guest that runs. */
import { WeftError } from '../core/errors.ts'
import { noAgent } from '../core/vm/no-agent.ts'
import { agentOf } from './guest-agent.ts'
import type { App } from './ports.ts'
import { getState } from './vm-state.ts'

/** Throws 'wrong-state' where it cannot. */
export async function refuseUnlessQuiescable(app: App, vm: string): Promise<void> {
  const agent = agentOf(app, vm)
  const { state } = getState(app, vm)
  if (state !== 'running')
    throw new WeftError('wrong-state', `the guest of machine '${vm}' cannot be asked: it is ${state}`, {
      hint: 'without --quiesce its disks are as after a power cut',
    })
  if (!(await agent.isListening())) throw noAgent()
}
