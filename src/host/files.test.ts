/** Files that people name: a path that leads nowhere is an answer, never a fall. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostFacts } from '../core/host/facts.ts'
import { inspectFile } from './files.ts'

const facts = { qemuUser: { name: 'root', owner: { uid: 0, gid: 0 } } } as HostFacts

for (const [what, path] of [
  ['missing', '/nowhere/at/all'],
  ['below a file', '/etc/passwd/x'],
  ['longer than the kernel takes', `/${'a'.repeat(300)}`],
  ['cut by a NUL', '/etc/\0passwd'],
] as const)
  test(`a path that is ${what} leads to no file`, async () => {
    assert.equal(await inspectFile(path, facts), undefined)
  })

test('a directory is told from a file', async () => {
  assert.equal((await inspectFile('/etc', facts))?.isDirectory, true)
  assert.equal((await inspectFile('/etc/passwd', facts))?.isDirectory, false)
})
