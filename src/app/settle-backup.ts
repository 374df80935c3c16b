/** Takes a backup that is under way through its turns, each decided by looking, as for disks' jobs. */
import { formatBackup, jobsOf, manifestFile, nextBackupTurn, type SeenBackupJob } from '../core/vm/backup.ts'
import { planBackupFinish, planBackupGiveUp, planBackupKeep } from '../core/vm/plan-backup.ts'
import { planForget } from './definitions.ts'
import { executePlan } from './execute-plan.ts'
import type { App } from './ports.ts'
import { inTurnOf } from './vm-turn.ts'

export const settleBackup = (app: App, vm: string, because?: string): Promise<void> =>
  inTurnOf(app, vm, () => settleBackupNow(app, vm, because))

/** All that are under way, of one machine or of all. */
export async function settleBackups(app: App, only?: string): Promise<void> {
  for (const { vm } of app.backups.list())
    if (only === undefined || only === vm)
      await settleBackup(app, vm, app.machines.isRunning(vm) ? undefined : 'the machine has ended')
}

/** By who has the host's queue already. */
export async function settleBackupNow(app: App, vm: string, because?: string): Promise<void> {
  let why = because
  let isTried = false
  for (;;) {
    const job = app.backups.find(vm)
    if (job === undefined) return
    const isRunning = app.machines.isRunning(vm)
    const jobs = isRunning ? ((await app.machines.ask(vm, 'query-jobs')) as readonly SeenBackupJob[]) : []
    const isKept = (await app.host.readTextFile(manifestFile(job))) === formatBackup(job)
    const known = isTried ? [] : jobs
    const turn = nextBackupTurn(job, because === undefined || isKept ? known : [], isKept)
    if (turn === 'wait') return
    const own = jobsOf(job, jobs)
    why ??= own.find(({ error }) => error !== undefined)?.error
    const forget = (await planForget(app, app.backups, job, '')).steps.map((step) => ({
      ...step,
      reason: 'nothing of it is under way any more',
    }))
    const plan =
      turn === 'keep'
        ? planBackupKeep(job)
        : turn === 'finish'
          ? planBackupFinish(job, { isRunning, jobs: own }, forget, app.facts)
          : planBackupGiveUp(job, { isRunning, jobs: own }, forget, app.facts)
    try {
      await executePlan(app, plan, 'weftd')
    } catch (error) {
      why ??= error instanceof Error ? error.message : String(error)
      app.log?.(`backup of machine '${vm}': ${String(error)}`)
      // What cannot be kept is given up.
      isTried = true
    } finally {
      await app.backups.refresh(vm)
    }
    if (app.backups.find(vm) !== undefined) continue
    app.events.emit({
      ...{ kind: 'backup', vm },
      ...(turn === 'finish' ? { what: 'done' } : { what: 'given-up', because: why ?? 'it has ended' }),
    })
    return
  }
}
