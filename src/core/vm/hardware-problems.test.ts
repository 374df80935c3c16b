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

test('a TPM is refused where nothing plays it', () => {
  assert.deepEqual(problemsOf({ tpm: true }, { hasSwtpm: false }), [
    'tpm: this host has nothing that plays a TPM (apt-get install swtpm)',
  ])
  assert.deepEqual(problemsOf({ tpm: true }, { hasSwtpm: true }), [])
})

test('limits that do not fit together are refused', () => {
  const one = (change: Partial<VmSpec>): string => problemsOf(change).join()
  assert.match(one({ cpus: 4, maxCpus: 2 }), /^cpus: 4 processors are more than the 2/)
  assert.match(one({ maxCpus: 300 }), /^maxCpus: a machine cannot have 300 processors/)
  const topology = { sockets: 2, cores: 2, threads: 1 }
  assert.match(one({ cpus: 2, topology }), /^topology: .*room for 4 processors, and it is to have 2/)
  assert.equal(one({ cpus: 2, maxCpus: 4, topology }), '')
  assert.match(one({ machine: 'pc', maxMemoryMiB: 1024 }), /^maxMemoryMiB: a 'pc' machine.*use --machine q35/)
  assert.match(one({ maxMemoryMiB: 64 }), /more than the 64 MiB/)
  assert.match(one({ maxMemoryMiB: 1025 }), /steps of 2 MiB/)
})

test('a video card that QEMU has not got is refused, and so is a screen without one', () => {
  assert.deepEqual(problemsOf({ video: 'qxl' }, { hasCard: true }), [])
  assert.deepEqual(problemsOf({ video: 'qxl' }, { hasCard: false }), [
    "video: this host's QEMU has no video card of model 'qxl' (--video vga)",
  ])
  assert.deepEqual(problemsOf({ video: 'none' }), [])
  assert.match(problemsOf({ video: 'none', display: { kind: 'vnc' } })[0]!, /^video: .*needs a video card/)
})
