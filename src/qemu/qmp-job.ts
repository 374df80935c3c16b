/** Jobs of a running QEMU: begun, waited for, and taken off its list, with what went wrong as the error. */
import { readFileSync } from 'node:fs'
import { WeftError } from '../core/errors.ts'
import type { QmpAction, QmpJob } from '../core/plan/action.ts'
import { connectQmp, type QmpClient } from './qmp.ts'

/** It goes from the cause to its consequences. */
const LAST_LINES = 5

interface JobInfo {
  readonly id: string
  readonly status: string
  readonly error?: string
}

/**
 * QEMU answers nobody while it writes or reads a machine's memory: every answer is waited for as long as the job may take. A weftd that
 * was killed may have left a job of that name, which is over before anything else is asked.
 */
export async function qmpJob(action: QmpAction, { id, waitMs, log }: QmpJob): Promise<void> {
  let changed = Promise.withResolvers<undefined>()
  const client = await connectQmp(action.socket, {
    timeoutMs: waitMs,
    onEvent: (event) => {
      if (event === 'JOB_STATUS_CHANGE') changed.resolve(undefined)
    },
    onEnd: () => {
      changed.resolve(undefined)
    },
  })
  const change = (): Promise<undefined> => {
    const { promise } = changed
    return promise.finally(() => {
      changed = Promise.withResolvers<undefined>()
    })
  }
  try {
    await finish(client, id, change)
    await client.command(action.command, action.arguments)
    const error = await finish(client, id, change)
    if (error === undefined) return
    const more = readFileSync(log, 'utf8').trim().split('\n').slice(-LAST_LINES).join('\n')
    const said = more === '' ? error : `${error}\n${more}`
    throw new WeftError('command-failed', 'QEMU could not do it', { details: [['it said', said]] })
  } finally {
    client.close()
  }
}

/** What went wrong with it, if anything; at once when there is no such job. */
async function finish(
  client: QmpClient,
  id: string,
  change: () => Promise<undefined>,
): Promise<string | undefined> {
  for (;;) {
    const jobs = (await client.command('query-jobs')) as readonly JobInfo[]
    const job = jobs.find((each) => each.id === id)
    if (job === undefined) return undefined
    if (job.status === 'concluded') {
      await client.command('job-dismiss', { id })
      return job.error
    }
    await change()
  }
}
