/** What agents in machines tell of their NICs: the doctor sees by them what it sees of namespaces by itself. Nothing is changed there. */
import { textFromBase64 } from '../core/base64.ts'
import { insideOfMachine, type AgentWords } from '../core/doctor/agent-inside.ts'
import type { Inside, Plug } from '../core/doctor/sight.ts'
import type { GuestAgent } from './guest-ports.ts'

type Told = Pick<GuestAgent, 'isListening' | 'interfaces' | 'run'>

/** By the host's end of each NIC. Whose agent has not told by then, or has none, is not in it. */
export async function askAgents(
  agentOf: (guest: string) => Told | undefined,
  plugs: readonly Plug[],
  limitMs: number,
): Promise<Map<string, Inside>> {
  const machines = plugs.filter(({ nic, status }) => nic !== undefined && status === 'running')
  const guests = [...new Set(machines.map(({ guest }) => guest))]
  const words = new Map(
    await Promise.all(
      guests.map(async (guest) => [guest, await within(limitMs, listen(agentOf(guest), limitMs))] as const),
    ),
  )
  return new Map(
    machines.flatMap(({ guest, mac, interface: end }): [string, Inside][] => {
      const said = words.get(guest)
      const inside = said === undefined ? undefined : insideOfMachine(guest, mac, said)
      return inside === undefined ? [] : [[end, inside]]
    }),
  )
}

async function listen(agent: Told | undefined, limitMs: number): Promise<AgentWords | undefined> {
  if (agent === undefined || !(await agent.isListening())) return undefined
  const interfaces = await agent.interfaces(limitMs)
  const argv = ['sh', '-c', 'ip link; ip route']
  // Many agents may run nothing, and not every guest has these words.
  const said = await agent.run({ argv, limitMs }).then(
    ({ stdout, exitCode }) => (exitCode === 0 ? textFromBase64(stdout) : undefined),
    () => undefined,
  )
  return { interfaces, said }
}

/** A guest that hangs holds up nobody who only wants to know. */
async function within<T>(limitMs: number, work: Promise<T | undefined>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, limitMs, undefined)
  return Promise.race([work.catch(() => undefined), promise]).finally(() => {
    clearTimeout(timer)
  })
}
