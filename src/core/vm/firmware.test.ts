/** The firmware a machine boots with, from descriptors like those of Debian's ovmf. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseFirmware, nvramSteps } from './firmware.ts'
import { goldenFacts, VM_GOLDEN_CASES } from './golden-cases.ts'

const descriptor = (name: string, machines: readonly string[], features: readonly string[]): string =>
  JSON.stringify({
    'interface-types': ['uefi'],
    mapping: {
      device: 'flash',
      executable: { filename: `/fw/${name}.fd`, format: 'raw' },
      'nvram-template': { filename: `/fw/${name}-vars.fd`, format: 'raw' },
    },
    targets: [{ architecture: 'x86_64', machines }],
    features,
  })

const all = [
  descriptor('ms', ['pc-q35-*'], ['enrolled-keys', 'requires-smm', 'secure-boot']),
  descriptor('secure', ['pc-q35-*'], ['requires-smm', 'secure-boot']),
  'no JSON',
  descriptor('plain', ['pc-i440fx-*', 'pc-q35-*'], []),
]

test('plain UEFI is for both machine types, Secure Boot is what has keys', () => {
  const plain = { code: '/fw/plain.fd', template: '/fw/plain-vars.fd' }
  assert.deepEqual(chooseFirmware('uefi', 'q35', all), plain)
  assert.deepEqual(chooseFirmware('uefi', 'pc', all), plain)
  const secure = chooseFirmware('uefi-secure', 'q35', all)
  assert.deepEqual(secure, { code: '/fw/ms.fd', template: '/fw/ms-vars.fd', isSecure: true })
})

test('a host without firmware is told what to install; pc has no Secure Boot', () => {
  const missing = { code: 'missing-program', hint: 'apt-get install ovmf' }
  assert.throws(() => chooseFirmware('uefi', 'q35', all.slice(0, 3)), missing)
  assert.throws(() => chooseFirmware('uefi-secure', 'pc', all), { code: 'unsupported' })
})

test('the memory of the firmware is made once, for QEMU alone', () => {
  const { wanted } = VM_GOLDEN_CASES.find(({ name }) => name === 'secure-boot')!
  assert.deepEqual(nvramSteps(wanted, true, goldenFacts('/')), [])
  const [, copy] = nvramSteps(wanted, false, goldenFacts('/'))
  assert.deepEqual(copy?.undo, { kind: 'remove', path: '/var/lib/weft/nvram/web.fd' })
})
