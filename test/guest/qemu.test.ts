/** A real QEMU at the end of our monitor connection, and the question whether KVM works here. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathsUnder } from '../../src/core/host/paths.ts'
import { findHostFacts } from '../../src/host/facts.ts'
import { runCommand } from '../../src/host/run-command.ts'
import { probeAcceleration } from '../../src/qemu/kvm-probe.ts'
import { connectQmp, qmpCommand } from '../../src/qemu/qmp.ts'
import { newRoot } from './weft-world.ts'

test('replies find their commands, errors and events are told, and death is known at once', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'qmp-'))
  const [held, other] = [join(directory, 'held.sock'), join(directory, 'other.sock')]
  const qemu = spawn(
    'qemu-system-x86_64',
    // Not `none`: QEMU's main loop begins so soon then that it and the monitors' thread may both go for a caller, and one waits for ever.
    ['-machine', 'q35,accel=tcg', '-m', '16', '-display', 'none', '-nodefaults', '-S'].concat(
      [held, other].flatMap((path) => ['-qmp', `unix:${path},server=on,wait=off`]),
    ),
    { stdio: 'ignore' },
  )
  t.after(() => qemu.kill('SIGKILL'))
  while (!existsSync(other)) await new Promise((resolve) => setTimeout(resolve, 5))

  const events: string[] = []
  const ended = Promise.withResolvers<undefined>()
  const client = await connectQmp(held, {
    onEvent: (event) => events.push(event),
    onEnd: () => {
      ended.resolve(undefined)
    },
  })
  const replies = await Promise.all([client.command('query-status'), client.command('query-name')])
  assert.deepEqual(
    replies.map((reply) => Object.keys(reply as object).includes('running')),
    [true, false],
  )
  await assert.rejects(client.command('no-such-command'), /QEMU refused/)
  await qmpCommand(other, 'cont')
  await client.command('query-status')
  assert.ok(events.includes('RESUME'))

  qemu.kill('SIGKILL')
  await ended.promise
  await assert.rejects(client.command('query-status'), { code: 'command-failed' })
  await assert.rejects(qmpCommand(held, 'query-status'), { code: 'command-failed' })
})

test('the KVM probe answers within its limit, says why, and remembers', async () => {
  const facts = findHostFacts(pathsUnder(newRoot()))
  await mkdir(facts.paths.run, { recursive: true })
  const from = performance.now()
  const answer = await probeAcceleration({ facts, run: runCommand })
  assert.ok(performance.now() - from < 30_000)
  assert.match(answer.because, answer.kind === 'kvm' ? /ran under KVM/ : /\/dev\/kvm/)
  const never = (): Promise<never> => Promise.reject(new Error('it was asked again'))
  if (existsSync('/dev/kvm')) assert.deepEqual(await probeAcceleration({ facts, run: never }), answer)
})

test('without the device there is no KVM and no probe', async () => {
  const facts = findHostFacts(pathsUnder(newRoot()))
  const never = (): Promise<never> => Promise.reject(new Error('it was run'))
  assert.deepEqual(await probeAcceleration({ facts, run: never, device: '/dev/no-kvm' }), {
    kind: 'tcg',
    because: 'there is no /dev/no-kvm',
  })
})
