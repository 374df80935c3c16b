/** Whenever weftd dies while it swaps in what was uploaded, the disk has all of the old bytes or all of the new ones, and nothing lies beside it. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { uploadDisk } from '../../src/app/disk-bytes.ts'
import { createDisk } from '../../src/app/disks.ts'
import type { App } from '../../src/app/ports.ts'
import { recover } from '../../src/app/recover.ts'
import { poolDirectory } from '../../src/core/host/paths.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { byTest, newRoot, openWeft } from './weft-world.ts'

const root = newRoot()
const SIZE = 4096
let built: BuiltApp
let app: App
let pool: string

before(async () => {
  built = await openWeft(root)
  app = built.app
  pool = poolDirectory(app.facts.paths)
  await createDisk(app, { name: 'data', size: SIZE, format: 'raw' }, byTest)
})
after(() => {
  built.close()
})

const content = (letter: string): Buffer => Buffer.alloc(SIZE, letter)
const upload = (to: App, letter: string): Promise<unknown> => {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(content(letter))
  }
  return uploadDisk(to, 'data', { pieces }, byTest)
}

/** As far as its plan and the journal know, it has died there: nothing is ever done after that. */
function dyingAt(step: number, when: 'before' | 'after', died: () => void): App {
  let performed = 0
  const perform: App['host']['perform'] = async (action) => {
    const isLast = performed++ === step
    if (!isLast || when === 'after') await app.host.perform(action)
    if (!isLast) return
    died()
    await new Promise(() => undefined)
  }
  return { ...app, host: { ...app.host, perform } }
}

for (const when of ['before', 'after'] as const)
  test(`weftd gone ${when} any step: wholly the one or the other`, async () => {
    // The file beside; on the disk; a second name; its place; the old one goes.
    for (let step = 0; step < 5; step += 1) {
      await upload(app, 'o')
      await new Promise<void>((died) => void upload(dyingAt(step, when, died), 'n'))
      built.close()
      built = await openWeft(root)
      app = built.app
      await recover(app)
      const isNew = step === 4
      const path = `${pool}/data.raw`
      assert.ok(readFileSync(path).equals(content(isNew ? 'n' : 'o')), `${when} step ${String(step)}`)
      assert.deepEqual(readdirSync(pool), ['data.raw'], `${when} step ${String(step)}`)
    }
  })
