/** What a running QEMU cannot do, where it runs, and what is heard of it when it fails or ends. */
import assert from 'node:assert/strict'
import { closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { listHistory } from '../../src/app/history.ts'
import type { App } from '../../src/app/ports.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { WeftError } from '../../src/core/errors.ts'
import { vmFiles } from '../../src/core/vm/context.ts'
import { vmGroup } from '../../src/core/vm/qemu-process.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { byTest, newRoot, openWeft } from './weft-world.ts'

const root = newRoot()
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeft(root)
  app = built.app
  await createVm(app, { name: 'web', memoryMiB: 64 }, byTest)
})

after(() => {
  built.close()
})

const procFile = (file: string): string =>
  readFileSync(`/proc/${String(app.machines.pid('web'))}/${file}`, 'utf8')

test('a running QEMU has no rights, no way to get any, and every door of its sandbox is shut', async () => {
  await startVm(app, 'web', byTest)
  const status = procFile('status')
  const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? ''
  const { uid, gid } = app.facts.qemuUser.owner
  assert.equal(field('Uid'), Array(4).fill(uid).join('\t'))
  assert.equal(field('Gid'), Array(4).fill(gid).join('\t'))
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.match(field(set), /^0+$/, set)
  assert.deepEqual([field('NoNewPrivs'), field('Seccomp')], ['1', '2'])
  const words = procFile('cmdline').split('\0')
  const sandbox = words[words.indexOf('-sandbox') + 1]
  assert.equal(sandbox, 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny')
})

test("it is in nobody else's session, no child of weftd, and in a control group of its own", () => {
  const [, parent, , session] = procFile('stat')
    .replace(/^.*\) /, '')
    .split(' ')
  assert.notEqual(Number(parent), process.pid)
  const [, , , own] = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  assert.notEqual(session, own)
  const group = vmGroup(app.facts, 'web')
  if (group === undefined) return
  assert.equal(readFileSync(`${group}/cgroup.procs`, 'utf8').trim(), String(app.machines.pid('web')))
})

test('a guest that makes QEMU complain for ever fills neither the log nor the pipe', () => {
  const { log } = vmFiles(app.facts.paths, 'web')
  assert.equal(readFileSync(log, 'utf8'), '')
  const pipe = openSync(`${log}.pipe`, 'w')
  const complain = (): void => {
    for (let line = 0; line < 2000; line++) writeSync(pipe, `${'x'.repeat(4095)}\n`)
  }
  assert.throws(complain, { code: 'EPIPE' })
  closeSync(pipe)
  assert.ok(statSync(log).size <= 2 * 2 ** 20)
  const ignored = BigInt(`0x${/^SigIgn:\s*(\w+)$/m.exec(procFile('status'))?.[1] ?? '0'}`)
  // SIGPIPE is signal 13: once the reader has gone, QEMU's complaints go nowhere and it runs on.
  assert.notEqual(ignored & (1n << 12n), 0n)
})

test('killing it removes its group; nothing of that was its own doing, so it has no last words', async () => {
  const group = vmGroup(app.facts, 'web')
  await killVm(app, 'web', byTest)
  assert.equal(group !== undefined && existsSync(group), false)
  assert.equal((await listHistory(app)).at(-1)?.title, "stop machine 'web'")
})

test('when QEMU ends by itself, the history has its last words', async () => {
  await startVm(app, 'web', byTest)
  const ended = Promise.withResolvers<undefined>()
  app.events.subscribe((event) => {
    if (event.kind === 'vm' && event.what === 'stopped') ended.resolve(undefined)
  })
  process.kill(app.machines.pid('web') ?? 0, 'SIGTERM')
  await ended.promise
  const change = (await listHistory(app)).at(-1)
  assert.equal(change?.title, "tidy up after machine 'web'")
  assert.match(change.plan.steps.at(-1)?.reason ?? '', /last that QEMU said was '.*terminating on signal 15/)
})

test('a QEMU that cannot start is known at once and its reason is told', async () => {
  await createVm(app, { name: 'odd', memoryMiB: 64, cpuModel: 'no-such-cpu' }, byTest)
  const from = performance.now()
  await assert.rejects(startVm(app, 'odd', byTest), (error) => {
    assert.ok(error instanceof WeftError)
    assert.match(error.details.find(([label]) => label === 'it said')?.[1] ?? '', /no-such-cpu/)
    return error.code === 'command-failed'
  })
  // Its silence would be waited for for half a minute.
  assert.ok(performance.now() - from < 20_000)
  assert.deepEqual(app.machines.leftBehind(), [])
})
