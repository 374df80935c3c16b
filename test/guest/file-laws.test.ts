/** Whenever weftd dies over an image, a machine's name or a backup: every file is as before, or as wanted. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { createBackup, listBackups, restoreBackup } from '../../src/app/backups.ts'
import type { Changed, ChangeRequest } from '../../src/app/change.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { createDisk } from '../../src/app/disks.ts'
import { deleteImage, importImage } from '../../src/app/images.ts'
import type { App } from '../../src/app/ports.ts'
import { renameVm } from '../../src/app/rename-vm.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { nvramFile, poolDirectory, tpmDirectory } from '../../src/core/host/paths.ts'
import { isTakenBack } from '../../src/core/plan/plan.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { dieAt } from '../support/mortal-weft.ts'
import { until } from '../support/real-app.ts'
import { byTest, newRoot, openWeftWithNetwork } from './weft-world.ts'

const root = newRoot()
const to = join(root, 'srv')
const file = join(root, 'file.qcow2')
let built: BuiltApp
let disk: string

before(async () => {
  built = await openWeftWithNetwork(root)
  const { app } = built
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', file, '1M'])
  await createDisk(app, { name: 'data', size: 2 ** 20 }, byTest)
  disk = join(poolDirectory(app.facts.paths), 'data.qcow2')
  writeDisk('before')
  await createVm(app, { name: 'web', memoryMiB: 32, nets: ['default'], disks: ['data'] }, byTest)
  for (const path of [
    nvramFile(app.facts.paths, 'web'),
    join(tpmDirectory(app.facts.paths, 'web'), 'state'),
  ]) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, 'what it remembers')
  }
})

after(async () => {
  if (built.app.machines.isRunning('web')) await killVm(built.app, 'web', byTest)
  built.close()
})

function writeDisk(text: string): void {
  const pattern = `0x${createHash('md5').update(text).digest('hex').slice(0, 2)}`
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', `write -P ${pattern} 0 64k`, disk], { stdio: 'ignore' })
}

/** What QEMU would find in an image, and what it counts; how that lies in the file is its own affair. */
function imageContent(path: string): string {
  const run = (...words: string[]): Buffer => execFileSync('qemu-img', words, { maxBuffer: 2 ** 24 })
  const raw = join(root, 'raw')
  run('convert', '-U', '-f', 'qcow2', '-O', 'raw', path, raw)
  const info = JSON.parse(run('info', '-U', '--output=json', path).toString()) as {
    'format-specific'?: { data: { bitmaps?: readonly { name: string }[] } }
  }
  const bitmaps = info['format-specific']?.data.bitmaps ?? []
  const digest = createHash('sha256').update(readFileSync(raw)).digest('hex')
  return [digest, ...bitmaps.map(({ name }) => name)].join(' ')
}

/** What grows with every change; and a copy that a dead weftd has made goes before the next one is made. */
const PASSING = /^(raw|var\/lib\/weft\/(history|journal|leases|images\/part\/copy-.*)|run\/weft\/journal)$/

/** Each file with its mode and what is in it. */
function files(under = ''): string[] {
  return readdirSync(join(root, under), { withFileTypes: true }).flatMap((entry) => {
    const path = join(under, entry.name)
    if (PASSING.test(path)) return []
    if (entry.isDirectory()) return files(path)
    if (!entry.isFile()) return [path]
    const whole = join(root, path)
    const isImage = path.endsWith('.qcow2') && statSync(whole).size > 0
    const content = isImage ? imageContent(whole) : readFileSync(whole, 'latin1')
    return [`${path} ${statSync(whole).mode.toString(8)} ${content}`]
  })
}

interface Law {
  readonly what: string
  /** Where it begins, from wherever the one before has ended. */
  readonly prepare?: (app: App) => Promise<void>
  readonly work: (app: App, request: ChangeRequest) => Promise<Changed<string>>
}

const imageNames = (app: App): string[] => app.imageRecords.list().flatMap(({ names }) => names)
const importAs = (app: App, name: string, request: ChangeRequest): Promise<Changed<string>> =>
  importImage(app, { path: file, name }, request)

async function haveImages(app: App, ...wanted: string[]): Promise<void> {
  for (const name of imageNames(app)) if (!wanted.includes(name)) await deleteImage(app, name, byTest)
  for (const name of wanted) if (!imageNames(app).includes(name)) await importAs(app, name, byTest)
}

const LAWS: readonly Law[] = [
  { what: 'an image is imported', work: (app, request) => importAs(app, 'one', request) },
  {
    what: 'an image is known by one more name',
    prepare: (app) => haveImages(app, 'one'),
    work: (app, request) => importAs(app, 'two', request),
  },
  {
    what: 'an image has one name less',
    prepare: (app) => haveImages(app, 'one', 'two'),
    work: (app, request) => deleteImage(app, 'two', request),
  },
  {
    what: 'an image is deleted',
    prepare: (app) => haveImages(app, 'one'),
    work: (app, request) => deleteImage(app, 'one', request),
  },
  { what: 'a machine gets another name', work: (app, request) => renameVm(app, 'web', 'shop', request) },
  {
    what: 'a machine that does not run is backed up',
    prepare: (app) => haveName(app, 'web'),
    work: (app, request) => createBackup(app, 'web', to, { ...request, isIncremental: false }),
  },
  {
    what: 'a machine is put back to a backup',
    prepare: () => {
      writeDisk('later')
      return Promise.resolve()
    },
    work: (app, request) => restoreBackup(app, 'web', { to }, request),
  },
]

async function haveName(app: App, name: string): Promise<void> {
  if (app.vms.find(name) === undefined) await renameVm(app, 'shop', name, byTest)
}

for (const { what, prepare, work } of LAWS)
  test(`${what}: whenever weftd dies over it, it is wholly so, or not at all`, async () => {
    await prepare?.(built.app)
    const { plan } = await work(built.app, { by: 'test', dryRun: true })
    assert.notEqual(plan.steps.length, 0)
    const left: { reason: string; files: readonly string[] }[] = []
    for (const [n, { reason }] of plan.steps.entries())
      for (const when of ['before', 'after'] as const) {
        await prepare?.(built.app)
        const was = files()
        const death = await dieAt(built, [n, when], (app) => work(app, byTest))
        built = death.built
        assert.ok(death.isDead, reason)
        const where = `${when} '${reason}': ${death.said.join('; ')}`
        if (isTakenBack(plan, n)) assert.deepEqual(files(), was, where)
        else left.push({ reason: where, files: files() })
      }
    await prepare?.(built.app)
    const was = files()
    await work(built.app, byTest)
    assert.notDeepEqual(files(), was)
    for (const { reason, files: found } of left) assert.deepEqual(found, files(), reason)
  })

test('a machine that runs is backed up: whenever weftd dies over it, there is one backup more, or nothing of it', async () => {
  await startVm(built.app, 'web', byTest)
  const work = (app: App, request: ChangeRequest): Promise<Changed<string>> =>
    createBackup(app, 'web', to, { ...request, isIncremental: false })
  const { steps } = (await work(built.app, { by: 'test', dryRun: true })).plan
  for (const [n, { reason }] of steps.entries())
    for (const when of ['before', 'after'] as const) {
      const had = await listBackups(built.app, to)
      const death = await dieAt(built, [n, when], (app) => work(app, byTest))
      built = death.built
      assert.ok(death.isDead, reason)
      await until('nothing is under way', () => built.app.backups.list().length === 0)
      const has = await listBackups(built.app, to)
      const isWhole = n === steps.length - 1 && when === 'after'
      assert.equal(
        has.length,
        had.length + (isWhole ? 1 : 0),
        `${when} '${reason}': ${death.said.join('; ')}`,
      )
      assert.deepEqual(readdirSync(join(to, 'web')).sort(), has.map(({ number }) => String(number)).sort())
    }
  await work(built.app, byTest)
})
