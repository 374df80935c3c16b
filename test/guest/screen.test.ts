/** Screens: seen by VNC and SPICE on a unix socket, and taken as pictures, of a guest that writes on one. */
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import type { App } from '../../src/app/ports.ts'
import { displayOf, takeScreenshot } from '../../src/app/vm-screen.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { until } from '../support/real-app.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeft(root)
  app = built.app
  const draft = guestDraft('web', await guestImage(root))
  const append = `console=tty0 ${draft.append ?? ''}`
  await createVm(app, { ...draft, append, nets: [], display: 'vnc' }, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

/** Exactly so many bytes of what the other end says. */
function conversation(path: string): { say(bytes: number[]): void; hear(count: number): Promise<Buffer> } {
  const socket = connect(path)
  let heard = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => (heard = Buffer.concat([heard, bytes])))
  return {
    say: (bytes) => void socket.write(Buffer.from(bytes)),
    async hear(count) {
      await until(`${count} bytes from the screen`, () => heard.length >= count)
      const taken = heard.subarray(0, count)
      heard = heard.subarray(count)
      return taken
    },
  }
}

/** A Portable PixMap without comments, as QEMU writes it. */
function parsePpm(bytes: Uint8Array): { width: number; height: number; pixels: Buffer } {
  const text = Buffer.from(bytes)
  const [header = '', width, height] = /^P6\s(\d+) (\d+)\s255\s/.exec(text.toString('latin1', 0, 40)) ?? []
  return { width: Number(width), height: Number(height), pixels: text.subarray(header.length) }
}

test('a picture shows what the guest has written on its screen', async () => {
  const before = parsePpm(await takeScreenshot(app, 'web', 'ppm'))
  assert.equal(before.pixels.length, before.width * before.height * 3)
  const words = 'for i in 1 2 3 4 5 6 7 8; do echo WEFT WEFT WEFT >/dev/tty1; done'
  assert.equal(await askGuest(app, 'web', words), ' [0]')
  await until('the screen shows it', async () => {
    const { pixels } = parsePpm(await takeScreenshot(app, 'web', 'ppm'))
    return !pixels.equals(before.pixels)
  })
  const png = Buffer.from(await takeScreenshot(app, 'web', 'png'))
  assert.equal(png.toString('latin1', 1, 4), 'PNG')
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [before.width, before.height])
})

test('VNC speaks on a unix socket in a directory that only root and QEMU may enter', async () => {
  const { kind, socket = '' } = displayOf(app, 'web')
  assert.equal(kind, 'vnc')
  const { uid, mode } = statSync(socket.slice(0, socket.lastIndexOf('/')))
  assert.deepEqual([uid, mode & 0o7], [0, 0])
  const vnc = conversation(socket)
  assert.equal((await vnc.hear(12)).toString(), 'RFB 003.008\n')
  vnc.say([...Buffer.from('RFB 003.008\n')])
  const [count = 0] = await vnc.hear(1)
  assert.deepEqual([...(await vnc.hear(count))], [1], 'no password: the directory is the lock')
  vnc.say([1])
  assert.deepEqual([...(await vnc.hear(4))], [0, 0, 0, 0])
  vnc.say([1])
  const init = await vnc.hear(24)
  assert.ok(init.readUInt16BE(0) >= 640 && init.readUInt16BE(2) >= 400)
  assert.match((await vnc.hear(init.readUInt32BE(20))).toString(), /^QEMU \(web\)$/)
})

test('a machine that stands still shows its screen, one that does not run has none', async () => {
  await killVm(app, 'web', byTest)
  assert.deepEqual(displayOf(app, 'web'), { kind: 'vnc', socket: undefined })
  assert.throws(() => takeScreenshot(app, 'web', 'png'), { code: 'wrong-state', hint: 'weft vm start web' })
})

test('SPICE answers on its socket', async () => {
  await createVm(app, { name: 'desk', memoryMiB: 64, display: 'spice', machine: 'pc' }, byTest)
  await startVm(app, 'desk', byTest)
  const { kind, socket = '' } = displayOf(app, 'desk')
  assert.equal(kind, 'spice')
  const spice = conversation(socket)
  // REDQ, version 2.2, 18 bytes of body: the main channel, no capabilities.
  const body = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 18, 0, 0, 0]
  spice.say([...Buffer.from('REDQ'), 2, 0, 0, 0, 2, 0, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0])
  spice.say([...body.slice(4)])
  assert.equal((await spice.hear(4)).toString(), 'REDQ')
  await killVm(app, 'desk', byTest)
})

test('what a BIOS draws is seen on each card, and without a card there is no picture', async () => {
  const lit = async (name: string): Promise<boolean> =>
    parsePpm(await takeScreenshot(app, name, 'ppm')).pixels.some((byte) => byte > 0)
  for (const [video, driver] of [
    ['virtio', 'virtio-vga'],
    ['qxl', 'qxl-vga'],
  ] as const) {
    await createVm(app, { name: video, memoryMiB: 64, video }, byTest)
    await startVm(app, video, byTest)
    const card = { path: '/machine/peripheral/video0', property: 'type' }
    assert.equal(await app.machines.ask(video, 'qom-get', card), driver)
    await until(`${video} shows something`, () => lit(video))
    await killVm(app, video, byTest)
  }
  await createVm(app, { name: 'blind', memoryMiB: 64, video: 'none' }, byTest)
  await startVm(app, 'blind', byTest)
  assert.throws(() => takeScreenshot(app, 'blind', 'png'), { message: /has no video card/ })
  await killVm(app, 'blind', byTest)
})
