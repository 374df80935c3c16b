/** A weftd that is killed with SIGKILL at one step of a save or a start: `die-at-vm-step.ts ROOT save|start STEP before|during|after`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { saveVm } from '../../src/app/save-vm.ts'
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
await (what === 'save' ? saveVm(mortal, 'web', request) : startVm(mortal, 'web', request))
