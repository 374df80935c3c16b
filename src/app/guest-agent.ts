/** Inside a running machine, by its agent. What the guest does there is the guest's own business: no plan, nothing to take back. */
import { WeftError } from '../core/errors.ts'
import type { GuestAgent, GuestOrder, GuestRun } from './guest-ports.ts'
import type { App } from './ports.ts'
import { getVm } from './vm-state.ts'

/** Whoever wants to wait longer says so. */
const LIMIT_SECONDS = 3600

export interface ExecOrder extends Omit<GuestOrder, 'limitMs'> {
  readonly limitSeconds?: number
}

/** Runs a program in the guest and waits for its end. */
export async function execInVm(app: App, name: string, order: ExecOrder): Promise<GuestRun> {
  const { argv, limitSeconds = LIMIT_SECONDS } = order
  if ((argv[0] ?? '') === '')
    throw new WeftError('invalid-argument', 'there is no program to run', {
      hint: `weft vm exec ${name} -- uname -a`,
    })
  const agent = agentOf(app, name)
  const input = order.input === undefined ? {} : { input: order.input }
  return agent.run({ argv, ...input, limitMs: limitSeconds * 1000 })
}

/** Throws where there is no such machine, or where it does not run. */
export function agentOf(app: App, name: string): GuestAgent {
  getVm(app, name)
  const agent = app.machines.agent(name)
  if (agent !== undefined) return agent
  throw new WeftError('wrong-state', `machine '${name}' does not run`, { hint: `weft vm start ${name}` })
}
