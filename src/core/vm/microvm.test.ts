/** What does not go with a microvm is named, with what there is instead. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MacAddress } from '../address/mac.ts'
import { VM_GOLDEN_CASES } from './golden-cases.ts'
import { clockNotes, clockWord, parseClockKHz } from './guest-clock.ts'
import { microvmProblems } from './microvm.ts'
import type { VmSpec } from './spec.ts'

const { wanted } = VM_GOLDEN_CASES.find(({ name }) => name === 'microvm')!
const problemsOf = (change: Partial<VmSpec>): string[] =>
  microvmProblems({ ...wanted, ...change }).map(
    ({ path, message, hint }) => `${path}: ${message} (${hint ?? ''})`,
  )
const nic = { network: 'default', mac: '52:54:00:00:00:01' as MacAddress, model: 'virtio' } as const

test('one with virtio devices alone has no problems, and other machines are not asked', () => {
  assert.deepEqual(problemsOf({}), [])
  assert.deepEqual(problemsOf({ machine: 'q35', tpm: true, cdroms: [{}] }), [])
})

test('each part that it has no place for is named by its field, with what to use instead', () => {
  const found = problemsOf({
    firmware: { code: '/a', template: '/b' },
    display: { kind: 'vnc' },
    tpm: true,
    maxCpus: 4,
    disks: [{ path: '/srv/a.img', format: 'raw', bus: 'sata' }],
    cdroms: [{ path: '/srv/a.iso' }],
    nics: [
      { ...nic, model: 'e1000' },
      { ...nic, bootOrder: 1 },
    ],
    boot: ['net'],
  })
  assert.deepEqual(
    found.map((line) => line.slice(0, line.indexOf(':'))),
    ['firmware', 'display', 'tpm', 'maxCpus', 'disks.0', 'cdroms.0', 'nics.0.model', 'boot', 'nics.1.boot'],
  )
  assert.match(found[4]!, /has no SATA bus \(bus=virtio or bus=scsi, or another machine: --machine q35\)/)
  assert.match(found[5]!, /--disk \/srv\/a\.iso,ro/)
})

test("the rate of this host's counter is read and told, but not to who says it himself", () => {
  assert.equal(parseClockKHz('model name\t: AMD\ncpu MHz\t\t: 2445.426\n'), 2_445_426)
  assert.equal(parseClockKHz('BogoMIPS: 50\n'), undefined)
  assert.equal(clockWord('quiet', 2_445_426), 'tsc_early_khz=2445426')
  assert.equal(clockWord('tsc_early_khz=1000000', 2_445_426), undefined)
  assert.equal(clockWord('quiet', undefined), undefined)
  const tcg = { kind: 'tcg', because: '', clockKHz: 2_445_426 } as const
  assert.deepEqual(clockNotes(wanted, tcg), [])
  assert.match(clockNotes({}, tcg)[0]!, /boots only with 'tsc_early_khz=2445426'/)
})
