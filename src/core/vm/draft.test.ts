/** From a few words to a whole machine. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MacAddress } from '../address/mac.ts'
import { draftNotes, parseNet, specFromDraft } from './draft.ts'

const choices = { uuid: 'u', macs: ['52:54:00:00:00:01' as MacAddress], disks: [], cdroms: [] }

test('what is left out is chosen, and told', () => {
  const draft = { name: 'web', nets: ['default'] }
  const spec = specFromDraft(draft, choices)
  assert.deepEqual(
    [spec.cpus, spec.memoryMiB, spec.accelerator, spec.machine, spec.nics[0]?.mac],
    [1, 1024, 'auto', 'q35', '52:54:00:00:00:01'],
  )
  assert.deepEqual(draftNotes(draft, spec), [
    'memory: 1024 MiB (--memory changes it)',
    "MAC on network 'default': 52:54:00:00:00:01",
  ])
})

test('a MAC that is given is taken and not told again', () => {
  const draft = { name: 'web', memoryMiB: 64, nets: ['default,52:54:00:AA:BB:CC'] }
  const spec = specFromDraft(draft, choices)
  assert.equal(spec.nics[0]?.mac, '52:54:00:aa:bb:cc')
  assert.deepEqual(draftNotes(draft, spec), [])
})

test('words that are no network with a MAC are refused', () => {
  for (const word of ['default,zz', 'default,52:54:00:00:00:01,more']) {
    assert.throws(() => parseNet(word), { code: 'invalid-argument' })
  }
})

test('an initrd or kernel arguments without a kernel are refused', () => {
  assert.throws(() => specFromDraft({ name: 'web', append: 'quiet' }, choices), { code: 'invalid-argument' })
})
