/** From a few words to a whole machine. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MacAddress } from '../address/mac.ts'
import { draftNotes, specFromDraft } from './draft.ts'
import { parseNet } from './net-word.ts'

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

test('a NIC has the address that was asked for, one of each family at most', () => {
  const draft = { name: 'web', memoryMiB: 64, nets: ['default,ip=192.168.122.50,ip=FD00::50'] }
  const [nic] = specFromDraft(draft, choices).nics
  assert.deepEqual([nic?.mac, nic?.ip, nic?.ip6], ['52:54:00:00:00:01', '192.168.122.50', 'fd00::50'])
  assert.deepEqual(parseNet('lab,ip=10.0.0.5,mac=52:54:00:00:00:02'), {
    network: 'lab',
    ip: '10.0.0.5',
    mac: '52:54:00:00:00:02',
  })
})

test('words that are no network to plug into are refused', () => {
  const mac = '52:54:00:00:00:01'
  const words = [
    'zz',
    `${mac},more`,
    `${mac},mac=${mac}`,
    'ip=10.0.0.300',
    'ip=10.0.0.1,ip=10.0.0.2',
    '',
    'vlan=3',
  ]
  for (const word of words) {
    assert.throws(() => parseNet(`default,${word}`), { code: 'invalid-argument' }, word)
  }
})

test('an initrd or kernel arguments without a kernel are refused', () => {
  assert.throws(() => specFromDraft({ name: 'web', append: 'quiet' }, choices), { code: 'invalid-argument' })
})
