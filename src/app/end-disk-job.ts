/** How somebody ends the work on a disk: gives it up, or says what becomes of one that is held. */
import { WeftError } from '../core/errors.ts'
import { lastingPlan } from '../core/plan/plan.ts'
import { decided, jobName } from '../core/vm/disk-job.ts'
import { jobTitle, planJobCancel } from '../core/vm/plan-disk-job.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { planDefinition } from './definitions.ts'
import { getJob, jobEnd, lookAtState } from './disk-job-state.ts'
import type { App } from './ports.ts'
import { settleBackupNow } from './settle-backup.ts'
import { settleNow } from './settle-disk-job.ts'
import { inTurnOf } from './vm-turn.ts'

export function cancelJob(
  app: App,
  vm: string,
  word: string,
  request: ChangeRequest,
): Promise<Changed<'cancelled'>> {
  return inTurnOf(app, vm, async () => {
    if (app.backups.find(vm) !== undefined) return cancelBackup(app, vm, request)
    const job = await getJob(app, vm, word)
    const changed = await carryOut(app, request, planJobCancel(job, app.facts), 'cancelled')
    if (!request.dryRun) await settleNow(app, jobName(job), `cancelled by ${request.by}`)
    return changed
  })
}

/** One for all its disks. */
async function cancelBackup(app: App, vm: string, request: ChangeRequest): Promise<Changed<'cancelled'>> {
  if (!request.dryRun) await settleBackupNow(app, vm, `cancelled by ${request.by}`)
  return carryOut(app, request, lastingPlan(`cancel the backup of machine '${vm}'`, []), 'cancelled')
}

/** `isPivot`: the machine goes over; else its copy is of this moment. What was said is kept first: a weftd that comes back goes on with it. */
export function finishJob(
  app: App,
  vm: string,
  word: string,
  isPivot: boolean,
  request: ChangeRequest,
): Promise<Changed<'finished'>> {
  return inTurnOf(app, vm, async () => {
    const job = await getJob(app, vm, word)
    const what = `${job.kind} of ${job.disk} of machine '${vm}'`
    if (job.isHeld !== true)
      throw new WeftError('wrong-state', `the ${what} is not held: it ends by itself`, {
        hint: 'weft job list',
      })
    if (!isPivot && job.kind === 'commit')
      throw new WeftError(
        'invalid-argument',
        `the ${what} makes no copy: the machine goes over, or it is given up`,
        {
          hint: `weft job finish ${vm} ${job.disk} --pivot, or weft job cancel ${vm} ${job.disk}`,
        },
      )
    const { status } = await lookAtState(app, job)
    if (status !== 'ready')
      throw new WeftError('wrong-state', `the ${what} is not ready yet`, {
        hint: 'weft job list shows how far it is',
      })
    const wanted = decided(job, isPivot)
    const { steps } = await planDefinition(app, app.jobs, wanted, '')
    const reason = isPivot ? 'the machine goes over to it' : 'the copy is of this moment'
    const plan = lastingPlan(
      `finish to ${jobTitle(wanted)}`,
      steps.map((step) => ({ ...step, reason })),
    )
    const ended = jobEnd(app, job)
    ended.catch(() => undefined)
    const changed = await carryOut(app, request, plan, 'finished')
    if (request.dryRun) return changed
    await app.jobs.refresh(jobName(job))
    await settleNow(app, jobName(job))
    if (app.jobs.find(jobName(job)) !== undefined)
      throw new WeftError('command-failed', `the ${what} has not ended yet`, {
        hint: "weft job list shows whether it goes on; weftd's log has the reason",
      })
    await ended
    return changed
  })
}
