/** What each processor of a machine that runs has used: QEMU says which thread it is, the kernel what that has done. */
import { WeftError } from '../core/errors.ts'
import { threadTimeOf } from '../core/host/thread-time.ts'
import type { App } from './ports.ts'

export interface VcpuTime {
  /** From 0. */
  readonly number: number
  /** On processors of the host. */
  readonly seconds: number
  /** That it ran on last. */
  readonly processor: number
}

/** Without those whose thread has ended. Under TCG several may be one thread, and each is told with all of its time. */
export async function vcpuTimes(app: App, name: string): Promise<VcpuTime[]> {
  const pid = app.machines.pid(name)
  if (pid === undefined)
    throw new WeftError('wrong-state', `machine '${name}' does not run`, { hint: `weft vm start ${name}` })
  const all = (await app.machines.ask(name, 'query-cpus-fast')) as readonly CpuAnswer[]
  const times = all.map(async ({ 'cpu-index': number, 'thread-id': thread }) => {
    const text = await app.host.readTextFile(`/proc/${String(pid)}/task/${String(thread)}/stat`)
    const time = text === undefined ? undefined : threadTimeOf(text)
    return time === undefined ? [] : [{ number, ...time }]
  })
  return (await Promise.all(times)).flat().sort((a, b) => a.number - b.number)
}

/** The part of `query-cpus-fast` that is looked at. */
interface CpuAnswer {
  readonly 'cpu-index': number
  readonly 'thread-id': number
}
