/** The order in which a machine that runs becomes another size. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTakenBack } from '../plan/plan.ts'
import { goldenFacts } from './golden-cases.ts'
import { cpuSteps, memorySteps, planResize, type CpuPlace } from './plan-size.ts'

const facts = goldenFacts('')
const places = [3, 2, 1, 0].map((core): CpuPlace => ({
  type: 'max-x86_64-cpu',
  props: { 'core-id': core, 'thread-id': 0, 'socket-id': 0 },
  ...(core === 0 ? { 'qom-path': '/machine/unattached/device[0]' } : {}),
}))

function resize(cpus: number, afterMiB: number): ReturnType<typeof planResize> {
  const amounts = { bootMiB: 192, beforeMiB: 192, afterMiB }
  return planResize('resize', [], {
    note: [],
    memory: memorySteps({ name: 'web' }, amounts, facts),
    cpus: cpuSteps('web', places, cpus, facts),
  })
}

test('processors come last, and once one is there nothing is taken back any more', () => {
  const plan = resize(3, 256)
  assert.deepEqual(
    plan.steps.map(({ reason }) => reason),
    ['web may take 64 MiB from its memory device', 'web finds processor 1', 'web finds processor 2'],
  )
  // After the first steps, the first processor not among them; then with it.
  assert.deepEqual([isTakenBack(plan, 1), isTakenBack(plan, 2)], [true, false])
})

test('without a new processor everything can be taken back', () => {
  const plan = resize(1, 256)
  assert.equal(plan.steps.length, 1)
  assert.equal(isTakenBack(plan, 1), true)
})
