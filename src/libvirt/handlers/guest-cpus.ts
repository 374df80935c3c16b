/** The processors that a guest uses: its agent tells and changes them. */
import type { DomainHandle } from '../wire/types.ts'
import { agentIn, type AskAgent } from './ask-agent.ts'
import { fail } from './failures.ts'
import { specOf } from './find-machine.ts'
import type { Context } from './handler.ts'

/** As the agent tells it. */
export interface GuestCpu {
  readonly 'logical-id': number
  readonly online: boolean
  readonly 'can-offline'?: boolean
}

/** How many processors the guest uses. */
export async function countGuestCpus(context: Context, dom: DomainHandle): Promise<number> {
  return (await guestCpus(await agentIn(context, dom))).filter(({ online }) => online).length
}

/** So many and no more: the last ones go first, of those that can. */
export async function useGuestCpus(context: Context, dom: DomainHandle, count: number): Promise<void> {
  const most = specOf(context, dom).cpus
  const ask = await agentIn(context, dom)
  const all = await guestCpus(ask)
  const online = all.filter((cpu) => cpu.online)
  const offline = all.filter((cpu) => !cpu.online)
  const more = count - online.length
  const changed =
    more >= 0 ? offline.slice(0, more) : online.filter((cpu) => cpu['can-offline'] === true).slice(more)
  if (count < 1 || changed.length !== Math.abs(more))
    throw fail(
      'invalidArgument',
      'qemu',
      `requested vcpu count cannot be reached: ${String(count)} of ${String(most)}`,
    )
  await setGuestCpus(
    ask,
    changed.map((cpu) => cpu['logical-id']),
    more > 0,
  )
}

export const guestCpus = (ask: AskAgent): Promise<readonly GuestCpu[]> =>
  ask<readonly GuestCpu[]>('guest-get-vcpus')

/** The agent stops at the first that it cannot change, and tells how many it has. */
export async function setGuestCpus(ask: AskAgent, cpus: readonly number[], online: boolean): Promise<void> {
  for (let left = cpus; left.length > 0;) {
    const vcpus = left.map((cpu) => ({ 'logical-id': cpu, online }))
    const done = await ask<number>('guest-set-vcpus', { vcpus })
    if (done <= 0) throw fail('internal', 'qemu', 'guest agent failed to change any of the requested vcpus')
    left = left.slice(done)
  }
}
