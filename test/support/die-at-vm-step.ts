/** A weftd that is killed with SIGKILL at one step of something it does to machine 'web': `die-at-vm-step.ts ROOT save|... STEP before|during|after`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createBackup } from '../../src/app/backups.ts'
import type { App } from '../../src/app/ports.ts'
import { revertSnapshot } from '../../src/app/revert-snapshot.ts'
import { restoreVmFrom, saveVmTo } from '../../src/app/save-file.ts'
import { saveVm } from '../../src/app/save-vm.ts'
import { createSnapshot, deleteSnapshot } from '../../src/app/snapshots.ts'
import { startVm } from '../../src/app/vms.ts'
import { openWeft } from '../guest/weft-world.ts'

/** QEMU has heard of it by then, and is not done. */
const DURING_MS = 30
const REQUEST = { by: 'test', dryRun: false }

async function main([root = '', what = '', step = '', when = '']: readonly string[]): Promise<void> {
  const { app, adoptAll } = await openWeft(root)
  await adoptAll()
  let performed = 0
  const perform: App['host']['perform'] = async (action) => {
    const isLast = performed++ === Number(step)
    if (isLast && when === 'before') await die()
    const deed = app.host.perform(action)
    if (isLast && when === 'during') await sleep(DURING_MS).then(die)
    await deed
    if (isLast) await die()
  }
  await deeds({ ...app, host: { ...app.host, perform } }, root)[what]?.()
}

const deeds = (mortal: App, root: string): Readonly<Record<string, () => Promise<unknown>>> => ({
  save: () => saveVm(mortal, 'web', REQUEST),
  start: () => startVm(mortal, 'web', REQUEST),
  'save-to': () => saveVmTo(mortal, 'web', `${root}/web.save`, {}, REQUEST),
  'restore-from': () => restoreVmFrom(mortal, `${root}/web.save`, {}, REQUEST),
  take: () => createSnapshot(mortal, 'web', { name: 'kept' }, REQUEST),
  'take-disks': () => createSnapshot(mortal, 'web', { name: 'kept', diskOnly: true }, REQUEST),
  'take-quiesced': () =>
    createSnapshot(mortal, 'web', { name: 'kept', diskOnly: true, quiesce: true }, REQUEST),
  'back-up-quiesced': () =>
    createBackup(mortal, 'web', `${root}/dead`, { ...REQUEST, isIncremental: false, isQuiesced: true }),
  revert: () => revertSnapshot(mortal, 'web', 'kept', REQUEST),
  delete: () => deleteSnapshot(mortal, 'web', 'kept', REQUEST),
})

function die(): Promise<void> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}

void main(process.argv.slice(2))
