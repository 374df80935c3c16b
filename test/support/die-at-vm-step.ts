/** A weftd that is killed with SIGKILL at one step of something it does to machine 'web': `die-at-vm-step.ts ROOT save|... STEP before|during|after`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createBackup } from '../../src/app/backups.ts'
import { revertSnapshot } from '../../src/app/revert-snapshot.ts'
import { restoreVmFrom, saveVmTo } from '../../src/app/save-file.ts'
import { saveVm } from '../../src/app/save-vm.ts'
import { createSnapshot, deleteSnapshot } from '../../src/app/snapshots.ts'
import { startVm } from '../../src/app/vms.ts'
import { openWeft } from '../guest/weft-world.ts'

const [root = '', what = '', step = '', when = ''] = process.argv.slice(2)
const { app, adoptAll } = await openWeft(root)
await adoptAll()
let performed = 0
/** QEMU has heard of it by then, and is not done. */
const DURING_MS = 30

const die = (): Promise<void> => {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}

const mortal: typeof app = {
  ...app,
  host: {
    ...app.host,
    async perform(action) {
      const isLast = performed++ === Number(step)
      if (isLast && when === 'before') await die()
      const deed = app.host.perform(action)
      if (isLast && when === 'during') await sleep(DURING_MS).then(die)
      await deed
      if (isLast) await die()
    },
  },
}
const request = { by: 'test', dryRun: false }
const deeds: Readonly<Record<string, () => Promise<unknown>>> = {
  save: () => saveVm(mortal, 'web', request),
  start: () => startVm(mortal, 'web', request),
  'save-to': () => saveVmTo(mortal, 'web', `${root}/web.save`, {}, request),
  'restore-from': () => restoreVmFrom(mortal, `${root}/web.save`, {}, request),
  take: () => createSnapshot(mortal, 'web', { name: 'kept' }, request),
  'take-disks': () => createSnapshot(mortal, 'web', { name: 'kept', diskOnly: true }, request),
  'take-quiesced': () =>
    createSnapshot(mortal, 'web', { name: 'kept', diskOnly: true, quiesce: true }, request),
  'back-up-quiesced': () =>
    createBackup(mortal, 'web', `${root}/dead`, { ...request, isIncremental: false, isQuiesced: true }),
  revert: () => revertSnapshot(mortal, 'web', 'kept', request),
  delete: () => deleteSnapshot(mortal, 'web', 'kept', request),
}
await deeds[what]?.()
