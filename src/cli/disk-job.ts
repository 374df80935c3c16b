/** Commands that work on a disk while its machine runs: what they have in common, and how far they are. */
import { call } from '../api/client.ts'
import type { DiskJobView } from '../api/disk-views.ts'
import { told } from './ask.ts'
import type { Door } from './declare.ts'
import { isTerminal } from './output.ts'
import { sizeOf } from './values.ts'

export const VM_DISK = [
  { name: 'VM', summary: 'the machine', completes: 'vm' },
  { name: 'DISK', summary: 'its disk: a name, a path, or what QEMU calls it', completes: 'disk' },
] as const

export const JOB_FLAGS = {
  speed: { kind: 'text', value: 'SIZE', summary: 'bytes a second at most, as 20M' },
  background: { kind: 'switch', summary: "do not wait: 'weft job list' shows how far it is" },
} as const

export const HELD_FLAGS = {
  ...JOB_FLAGS,
  hold: {
    kind: 'switch',
    summary: "do not wait; once it is ready it stays so until 'weft job finish' or 'weft job cancel'",
  },
} as const

interface JobFlags {
  readonly speed: string | undefined
  readonly background: boolean
  readonly hold?: boolean
}

/** What the flags say, as weftd is asked. */
export const jobBody = ({ speed, background, hold = false }: JobFlags) => ({
  ...(speed === undefined ? {} : { speed: sizeOf(speed, '--speed') }),
  ...(background ? { background } : {}),
  ...(hold ? { hold } : {}),
})

/** As often as somebody reads it. */
const LOOK_MS = 500

/** Shown on a terminal only, while the work goes on. */
export async function withProgress(
  door: Door,
  vm: string,
  work: () => Promise<undefined>,
): Promise<undefined> {
  if (door.isJson || door.isDryRun || !isTerminal(2)) return work()
  const timer = setInterval(() => {
    call(door.connection, 'listJobs', {}).then(
      (jobs): void => {
        const job = jobs.find((each) => each.vm === vm)
        if (job === undefined) delete told.line
        else told.line = describeJob(job)
      },
      () => undefined,
    )
  }, LOOK_MS)
  try {
    await work()
    return undefined
  } finally {
    clearInterval(timer)
    delete told.line
  }
}

export const describeJob = (job: DiskJobView): string =>
  `${job.kind} of ${job.disk} of ${job.vm}: ${formatShare(job)}`

/** The whole grows while the guest writes. */
export const formatShare = ({ done, total, status, held }: DiskJobView): string =>
  total === 0 || (held && status === 'ready') ? status : `${String(Math.floor((done / total) * 100))} %`
