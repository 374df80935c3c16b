/** Hardware that a machine cannot have here, and what is said of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VM_GOLDEN_CASES } from './golden-cases.ts'
import { hardwareProblems, type SeenHardware } from './hardware-problems.ts'
import type { VmSpec } from './spec.ts'

const smallest = VM_GOLDEN_CASES[0]!.wanted

function problemsOf(change: Partial<VmSpec>, seen: SeenHardware = {}): string[] {
  return hardwareProblems({ ...smallest, ...change }, seen).map(
    ({ path, message, hint }) => `${path}: ${message} (${hint ?? 'no hint'})`,
  )
}

test('SPICE is refused where QEMU has none, VNC is always there', () => {
  assert.deepEqual(problemsOf({ display: { kind: 'spice' } }, { hasSpice: false }), [
    "display: this host's QEMU has no SPICE (apt-get install qemu-system-modules-spice, or --display vnc)",
  ])
  assert.deepEqual(problemsOf({ display: { kind: 'spice' } }, { hasSpice: true }), [])
  assert.deepEqual(problemsOf({ display: { kind: 'vnc' } }), [])
})
