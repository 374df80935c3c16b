/** weftd dies at every step of a commit, a copy that the machine goes over to, and an overlay, under a guest that goes on writing: the next one finishes it or takes it back. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { listDisks } from '../../src/app/disk-images.ts'
import { commitDisk, copyDisk, overlayDisk } from '../../src/app/disk-jobs.ts'
import { listJobs } from '../../src/app/disk-job-state.ts'
import { createDisk } from '../../src/app/disks.ts'
import type { App } from '../../src/app/ports.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { dieAt, type When } from '../support/mortal-weft.ts'
import { until } from '../support/real-app.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
const MIB = 2 ** 20
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeft(root)
  app = built.app
  await createDisk(app, { name: 'data', size: 32 * MIB }, byTest)
  const draft = { ...guestDraft('web', await guestImage(root)), nets: [], disks: ['data'] }
  await createVm(app, draft, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
  // A line more and more, flushed; /tmp/n has how many.
  await askGuest(
    app,
    'web',
    'w() { n=0; while [ ! -e /tmp/halt ]; do n=$((n + 1)); printf "%-511s\\n" $n | ' +
      'dd of=/dev/vda bs=512 seek=$((n % 8192)) conv=notrunc,fsync 2>/dev/null; done; echo $n >/tmp/n; }; { w >/dev/null 2>&1 & }',
  )
})

after(() => {
  built.close()
})

interface QemuBlock {
  readonly qdev?: string
  readonly inserted?: { readonly file: string }
}

/** The machine's image, on which its definition and QEMU agree. */
async function image(): Promise<string> {
  const defined = app.vms.find('web')?.disks[0]?.path
  const blocks = (await app.machines.ask('web', 'query-block')) as readonly QemuBlock[]
  const open = blocks.find(({ qdev }) => qdev?.includes('disk0'))?.inserted?.file
  assert.equal(open, defined)
  return open ?? ''
}

/** False when there are not so many steps. */
async function dies(n: number, when: When, work: () => Promise<unknown>): Promise<boolean> {
  const death = await dieAt(built, [n, when], work)
  built = death.built
  app = built.app
  await until('nothing is under way', async () => (await listJobs(app)).length === 0)
  assert.deepEqual(readdirSync(`${root}/var/lib/weft/jobs`), [])
  return death.isDead
}

async function eachDeath(work: () => Promise<unknown>, check: () => Promise<void>): Promise<number> {
  let deaths = 0
  for (const when of ['before', 'after'] as const)
    for (let n = 0; ; n += 1) {
      const isDead = await dies(n, when, work)
      await check()
      if (!isDead) break
      deaths += 1
    }
  return deaths
}

const names = async (): Promise<string[]> => (await listDisks(app)).map(({ name }) => name)

/** What a job leaves is the machine's image, what it stands on, and nothing else. */
async function checkWhole(): Promise<void> {
  const path = await image()
  const disks = await listDisks(app)
  const own = disks.find((disk) => disk.path === path)
  const kept = disks.filter(
    (disk) => disk.path !== path && disk.path !== own?.backing && disk.name !== 'data',
  )
  assert.deepEqual(
    kept.map(({ name }) => name).filter((name) => !name.startsWith('copy')),
    [],
  )
}

test('an overlay, and its commit', async () => {
  const work = async (): Promise<unknown> => {
    await overlayDisk(app, 'web', 'data', { name: 'over' }, byTest)
    return commitDisk(app, 'web', 'over', byTest)
  }
  const check = async (): Promise<void> => {
    await checkWhole()
    if ((await image()).endsWith('/over.qcow2')) await commitDisk(app, 'web', 'over', byTest)
  }
  assert.ok((await eachDeath(work, check)) > 30)
  assert.deepEqual(await names(), ['data'])
})

test('a copy that the machine goes over to', async () => {
  let number = 0
  const move = (): Promise<unknown> => {
    number += 1
    return copyDisk(app, 'web', 'disk0', { name: `copy${String(number)}`, isPivot: true }, byTest)
  }
  const before = await image()
  assert.ok((await eachDeath(move, checkWhole)) > 16)
  assert.notEqual(await image(), before)
})

test('the guest has lost nothing of what it wrote', async () => {
  const check = [
    'touch /tmp/halt; while [ ! -s /tmp/n ]; do sleep 0.1; done; n=$(cat /tmp/n); i=$((n > 8000 ? n - 8000 : 1)); echo 3 >/proc/sys/vm/drop_caches;',
    'bad=0; for r in $(dd if=/dev/vda bs=512 count=8192 2>/dev/null | tr -d "\\0" | sort -n | tail -n $((n - i + 1)) | tr -s " "); do',
    '[ $r = $i ] || bad=$((bad + 1)); i=$((i + 1)); done; echo wrong $bad of $([ $n -gt 100 ] && echo many)',
  ]
  assert.equal(await askGuest(app, 'web', check.join(' ')), 'wrong 0 of many [0]')
  const path = await image()
  await killVm(app, 'web', byTest)
  execFileSync('qemu-img', ['check', '-q', path])
})
