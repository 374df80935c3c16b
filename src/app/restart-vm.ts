/** Starting anew what has ended, where its policy says so: at once the first time, then later and later. */
import { isEverRestarted, type VmEnd } from '../core/vm/end-policy.ts'
import type { App } from './ports.ts'
import { settleBackups } from './settle-backup.ts'
import { settleJobs } from './settle-disk-job.ts'
import { finishReboot } from './stop-vm.ts'
import { afterEnd, tidyUpAll } from './vm-ends.ts'
import { startVm } from './vms.ts'

/** What happened to machines while weftd was away, or was left half done by the one before. */
export async function lookAfterMachines(app: App): Promise<void> {
  await tidyUpAll(app)
  await settleJobs(app)
  await settleBackups(app)
  for (const name of app.restarts.pending()) restartLater(app, name)
  for (const name of app.machines.names()) await heardOfTurn(app, name)
}

/**
 * Whoever hears that a machine stands still or goes on calls this. Nobody but weft has QEMU stay when the guest is off, unless its policy
 * says so: the one who has asked for a reboot waits for that, or has died since.
 */
export async function heardOfTurn(app: App, name: string): Promise<void> {
  const isOff = app.machines.state(name)?.status === 'shutdown'
  const isKept = app.machines.spec(name)?.lifecycle?.onPoweroff === 'preserve'
  if (!isOff || isKept || app.restarts.isExpected(name) || app.restarts.isRebooting(name)) return
  await finishReboot(app, name, { by: 'weftd', dryRun: false })
}

/** Whoever hears of the death of a QEMU calls this. */
export async function heardOfEnd(app: App, name: string, end: VmEnd): Promise<void> {
  const isRestarted = await afterEnd(app, name, end)
  await settleJobs(app, name)
  await settleBackups(app, name)
  if (isRestarted) restartLater(app, name)
}

/** As it is noted. */
function restartLater(app: App, name: string): void {
  const delayMs = app.restarts.delayMs(name)
  const seconds = String(Math.ceil(delayMs / 1000))
  const because = delayMs === 0 ? 'its policy says so' : `in ${seconds} s: it has ended again`
  app.events.emit({ kind: 'vm', name, what: 'restarting', because })
  app.restarts.schedule(name, delayMs, () => {
    void restart(app, name)
  })
}

/** What keeps it from starting may be over by the next time. */
async function restart(app: App, name: string): Promise<void> {
  const spec = app.vms.find(name)
  if (spec === undefined || !isEverRestarted(spec) || app.machines.isRunning(name)) {
    app.restarts.callOff(name)
    return
  }
  try {
    await startVm(app, name, { by: 'weftd', dryRun: false })
  } catch (error) {
    app.log?.(
      `could not start machine '${name}' anew: ${error instanceof Error ? error.message : String(error)}`,
    )
    app.restarts.note(name)
    restartLater(app, name)
  }
}
