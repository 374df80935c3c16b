/** Guests from a kernel and an initramfs: lease, names, the outside, confinement, restart of weft, and every way to end. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { openConsole } from '../../src/app/console.ts'
import { createVm } from '../../src/app/create-vm.ts'
import type { App } from '../../src/app/ports.ts'
import { stopVm } from '../../src/app/stop-vm.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { listVms, showVm, vmCommandLine } from '../../src/app/vm-state.ts'
import { vmRunDirectory } from '../../src/core/host/paths.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { run, until } from '../support/real-app.ts'
import {
  askGuest,
  byTest,
  guestDraft,
  guestImage,
  makeOutside,
  newRoot,
  openWeft,
  openWeftWithNetwork,
  OUTSIDE,
  waitForConsole,
} from './weft-world.ts'

const root = newRoot()
let built: BuiltApp
let app: App

before(async () => {
  makeOutside()
  built = await openWeftWithNetwork(root)
  app = built.app
  const image = await guestImage(root)
  for (const name of ['web', 'db']) {
    await createVm(app, guestDraft(name, image), byTest)
    await startVm(app, name, byTest)
  }
})

after(() => {
  built.close()
})

test('a guest gets a lease, which weft knows', async () => {
  const text = await waitForConsole(app, 'web', /weft-guest ready ip=[\d.]+\s/)
  const ip = /ready ip=([\d.]+)/.exec(text)?.[1]
  const [nic] = (await showVm(app, 'web')).nics
  assert.equal(nic?.ip, ip)
  assert.equal(nic?.interface, 'vnet0')
  await waitForConsole(app, 'db', /weft-guest ready/)
})

test('guests find each other by name', async () => {
  const ip = (await showVm(app, 'db')).nics[0]?.ip ?? 'none'
  assert.equal(await askGuest(app, 'web', 'wget -qO- http://db/'), 'hello from db [0]')
  assert.match(await askGuest(app, 'web', 'nslookup db'), new RegExp(ip.replaceAll('.', '\\.')))
  assert.equal(await askGuest(app, 'db', 'wget -qO- http://web/'), 'hello from web [0]')
})

test('a guest reaches the outside, and the outside does not reach the guest', async () => {
  assert.equal(await askGuest(app, 'web', `wget -qO- http://${OUTSIDE}/`), 'hello from outside [0]')
  const ip = (await showVm(app, 'web')).nics[0]?.ip ?? 'none'
  assert.throws(() =>
    execFileSync('ip', ['netns', 'exec', 'outside', 'busybox', 'wget', '-T', '2', '-qO-', `http://${ip}/`], {
      stdio: 'pipe',
    }),
  )
})

test('QEMU runs as another user, without capabilities and behind seccomp', () => {
  const status = readFileSync(`/proc/${app.machines.pid('web')}/status`, 'utf8')
  const { uid } = app.facts.qemuUser.owner
  assert.notEqual(uid, 0)
  assert.match(status, new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s+${uid}\\s+${uid}$`, 'm'))
  assert.match(status, /^CapEff:\s+0+$/m)
  assert.match(status, /^CapBnd:\s+0+$/m)
  assert.match(status, /^NoNewPrivs:\s+1$/m)
  assert.match(status, /^Seccomp:\s+2$/m)
})

test('the command line that is shown is the one that runs', async () => {
  const running = readFileSync(`/proc/${app.machines.pid('web')}/cmdline`, 'utf8')
    .split('\0')
    .slice(0, -1)
  const shown = await vmCommandLine(app, 'web')
  assert.deepEqual(shown.slice(shown.indexOf('qemu-system-x86_64')), running)
})

test('leaving a console does not stop the guest, and the next one finds what was said', async () => {
  const leave = openConsole(app, 'web').attach({ data: () => undefined, end: () => undefined })
  leave()
  assert.equal(await askGuest(app, 'web', 'echo still here'), 'still here [0]')
  const kept = new TextDecoder().decode(openConsole(app, 'web').scrollback())
  assert.match(kept, /still here/)
})

test('machines outlive weft and are found again', async () => {
  const pid = app.machines.pid('db')
  built.close()
  built = await openWeft(root)
  app = built.app
  assert.equal(app.machines.isRunning('db'), false)
  assert.deepEqual(await built.adoptAll(), ['db', 'web'])
  assert.equal(app.machines.pid('db'), pid)
  assert.equal(await askGuest(app, 'db', 'hostname'), 'db [0]')
})

test('a running machine is neither started again nor deleted', async () => {
  assert.equal((await startVm(app, 'web', byTest)).result, 'already-running')
  await assert.rejects(deleteVm(app, 'web', byTest), { code: 'wrong-state' })
})

test('stopping asks the guest, and removes what it left', async () => {
  const { result } = await stopVm(app, 'web', byTest)
  assert.equal(result, 'stopped')
  assertGone('web', 'vnet0')
  assert.throws(() => openConsole(app, 'web'), { code: 'wrong-state', hint: 'weft vm start web' })
})

test('a guest that ends by itself is tidied up after', async () => {
  const ended = new Promise<void>((resolve) => {
    app.events.subscribe((event) => {
      if (event.kind === 'vm' && event.name === 'db' && event.what === 'stopped') resolve()
    })
  })
  app.machines.serial('db')?.write(new TextEncoder().encode('poweroff -f\n'))
  await ended
  assertGone('db', 'vnet1')
})

test('a TAP name that became free is used again; killing takes no time', async () => {
  await startVm(app, 'db', byTest)
  assert.equal((await showVm(app, 'db')).nics[0]?.interface, 'vnet0')
  const { result } = await killVm(app, 'db', byTest)
  assert.equal(result, 'killed')
  assertGone('db', 'vnet0')
  await assert.rejects(killVm(app, 'db', byTest), { code: 'wrong-state' })
})

test('a QEMU that died while weft was away is tidied up after, and its machine starts again', async () => {
  await startVm(app, 'db', byTest)
  const pid = app.machines.pid('db') ?? 0
  built.close()
  process.kill(pid, 'SIGKILL')
  // Nothing of it is left but what a parent has not looked at yet.
  await until(
    'it has gone',
    () => run('sh', '-c', `cat /proc/${String(pid)}/cmdline 2>/dev/null || true`) === '',
  )
  built = await openWeft(root)
  app = built.app
  assert.deepEqual(await built.adoptAll(), [])
  assert.deepEqual(app.machines.leftBehind(), ['db'])
  assert.equal((await startVm(app, 'db', byTest)).result, 'started')
  await deleteVm(app, 'db', { ...byTest, force: true })
  assertGone('db', 'vnet0')
  assert.deepEqual(
    listVms(app).map(({ spec, state }) => [spec.name, state]),
    [['web', 'stopped']],
  )
})

function assertGone(name: string, tap: string): void {
  assert.equal(app.machines.isRunning(name), false)
  assert.equal(existsSync(vmRunDirectory(app.facts.paths, name)), false)
  assert.equal(existsSync(`/sys/class/net/${tap}`), false)
}
