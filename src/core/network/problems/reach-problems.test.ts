/** What keeps a host and guests on its NIC apart, told before anything is changed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GOLDEN_CASES } from '../golden-cases.ts'
import { reachKernelProblem } from './reach-problems.ts'

const network = (name: string): (typeof GOLDEN_CASES)[number]['wanted'] => {
  const found = GOLDEN_CASES.find((each) => each.name === name)
  assert.ok(found)
  return found.wanted
}

test('a kernel without egress hooks: the reason, and what works instead', () => {
  const problem = reachKernelProblem(network('macvtap-host'), false)
  assert.match(problem?.message ?? '', /sees nothing of what leaves a link \(Linux 5\.16\)/)
  assert.match(
    problem?.hint ?? '',
    /from 5\.16 on; or leave hostReach out: weft net macvtap \S+ --uplink nic0/,
  )
})

test('it is nobody else’s affair', () => {
  assert.equal(reachKernelProblem(network('macvtap-host'), true), undefined)
  assert.equal(reachKernelProblem(network('macvtap'), false), undefined)
})
