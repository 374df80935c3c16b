/** Versions of machine types, as a QEMU tells them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VM_GOLDEN_CASES } from './golden-cases.ts'
import { parseMachines, withMachineVersion } from './machine-type.ts'

const machines = parseMachines(`Supported machines are:
microvm              microvm (i386)
pc                   Standard PC (i440FX + PIIX, 1996) (alias of pc-i440fx-7.2)
pc-i440fx-7.2        Standard PC (i440FX + PIIX, 1996) (default)
q35                  Standard PC (Q35 + ICH9, 2009) (alias of pc-q35-7.2)
pc-q35-7.2           Standard PC (Q35 + ICH9, 2009)
pc-q35-6.2           Standard PC (Q35 + ICH9, 2009)
`)
const spec = VM_GOLDEN_CASES[0]!.wanted

test('a machine gets the newest version of its type, and keeps the one it has', () => {
  assert.deepEqual(withMachineVersion(spec, machines), { ...spec, machineVersion: 'pc-q35-7.2' })
  const pc = { ...spec, machine: 'pc' as const }
  assert.deepEqual(withMachineVersion(pc, machines), { ...pc, machineVersion: 'pc-i440fx-7.2' })
  const old = { ...spec, machineVersion: 'pc-q35-6.2' }
  assert.equal(withMachineVersion(old, machines), old)
})

test('a version that this QEMU has not got is refused', () => {
  assert.deepEqual(withMachineVersion({ ...spec, machineVersion: 'pc-q35-99.0' }, machines), {
    problem: {
      path: 'machine',
      message: "this host's QEMU has no machine type 'pc-q35-99.0'",
      hint: 'leave the version out to have the newest: pc-q35-7.2',
    },
  })
})

test('where QEMU tells nothing, the type stays without a version', () => {
  assert.equal(withMachineVersion(spec, parseMachines('')), spec)
})
