/** A slot is given once and kept. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VM_GOLDEN_CASES } from './golden-cases.ts'
import { nicNumber, withSlots } from './slots.ts'
import type { VmSpec } from './spec.ts'

const spec = withSlots(VM_GOLDEN_CASES.find(({ name }) => name === 'old-hardware')!.wanted)
const slots = ({ nics, disks }: VmSpec): unknown[] => [...nics, ...disks].map(({ slot }) => slot)

test('NICs come first, SATA disks need no slot', () => {
  assert.deepEqual(slots(spec), [1, undefined, 2])
})

test('a device that goes leaves the others where they are, and the next one takes its place', () => {
  const [nic] = spec.nics
  const without = { ...spec, nics: [] }
  assert.deepEqual(slots(withSlots(without)), [undefined, 2])
  const { slot, ...fresh } = nic!
  assert.equal(slot, 1)
  assert.deepEqual(slots(withSlots({ ...without, nics: [fresh, { ...fresh }] })), [1, 3, undefined, 2])
})

test('a NIC of a machine that an earlier weft has started is known by its position', () => {
  const { nics } = VM_GOLDEN_CASES.find(({ name }) => name === 'macvtaps')!.wanted
  assert.deepEqual(
    [0, 2].map((place) => nicNumber({ nics }, place)),
    [0, 2],
  )
})
