/** The processors of a machine that runs: what each has used, and where it ran last. */
import { vcpuTimes } from '../../app/vcpu-times.ts'
import { fail } from './failures.ts'
import { specOf } from './find-machine.ts'
import type { Handlers } from './handler.ts'
import { everyProcessor } from './placement.ts'

/** virVcpuState. */
const RUNNING = 1
const NANOSECONDS = 1e9

export const PROCESSOR_HANDLERS = {
  DOMAIN_GET_VCPUS: async (context, { dom, maxinfo, maplen }) => {
    const { name } = specOf(context, dom)
    if (!context.app.machines.isRunning(name))
      throw fail('invalid', 'qemu', 'cannot retrieve vcpu information for inactive domain')
    const all = (await vcpuTimes(context.app, name)).slice(0, maxinfo)
    const one = everyProcessor(context, maplen)
    return {
      info: all.map(({ number, seconds, processor }) => ({
        number,
        state: RUNNING,
        cpu_time: BigInt(Math.round(seconds * NANOSECONDS)),
        cpu: processor,
      })),
      cpumaps: Buffer.concat(all.map(() => one)),
    }
  },
} as const satisfies Partial<Handlers<'DOMAIN_GET_VCPUS'>>
