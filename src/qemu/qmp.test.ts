/** The monitor's last words are heard, also by who speaks to a QEMU that has just gone. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connectQmp } from './qmp.ts'
import { watchState } from './watch-state.ts'

test('a command to a QEMU that has said good-bye and closed does not keep that from being read', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'weft-qmp-'))
  const path = join(directory, 'monitor.sock')
  let qemu: Socket | undefined
  const server = createServer((socket) => {
    qemu = socket
    socket.write('{"QMP": {}}\n')
    socket.once('data', () => socket.write('{"return": {}, "id": 1}\n'))
  })
  t.after(() => {
    server.close()
    rmSync(directory, { recursive: true })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))

  const heard: string[] = []
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<unknown>()
  const asked = Promise.withResolvers<unknown>()
  const monitor = await connectQmp(path, {
    onEnd: () => {
      onEnd(undefined)
    },
    onEvent: (event) => {
      heard.push(event)
      if (event !== 'STOP') return
      qemu?.write('{"event": "SHUTDOWN", "data": {"reason": "guest-panic"}}\n')
      qemu?.destroy()
      monitor.command('query-status').then(asked.resolve, asked.reject)
    },
  })
  qemu?.write('{"event": "STOP"}\n')
  await assert.rejects(asked.promise)
  await ended
  assert.deepEqual(heard, ['STOP', 'SHUTDOWN'])
})

test('of a panic that ends QEMU, the reason is known before its last word; it is not asked anything any more', () => {
  let asked = 0
  const query = (): Promise<unknown> => {
    asked += 1
    return Promise.resolve({ status: 'guest-panicked' })
  }
  const state = watchState({ query, tell: () => undefined, pathOf: () => undefined })
  state.hear('GUEST_PANICKED', { action: 'pause' })
  assert.deepEqual([state.endReason(), asked], [undefined, 1])
  state.hear('GUEST_PANICKED', { action: 'poweroff' })
  state.hear('STOP', undefined)
  assert.deepEqual([state.endReason(), asked], ['guest-panic', 1])
  state.hear('RESET', undefined)
  assert.deepEqual([state.endReason(), asked], [undefined, 2])
})
