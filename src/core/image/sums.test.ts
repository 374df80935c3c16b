/** Lists of checksums in the forms that projects publish. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findSum } from './sums.ts'

const a = 'a'.repeat(64)
const b = 'b'.repeat(64)
const long = 'c'.repeat(128)

test("sha256sum's list, with blanks or an asterisk", () => {
  const text = `${a}  other.img\n${b} *noble-server-cloudimg-amd64.img\n`
  assert.deepEqual(findSum(text, 'noble-server-cloudimg-amd64.img'), {
    file: 'noble-server-cloudimg-amd64.img',
    checksum: { algorithm: 'sha256', hex: b },
  })
  assert.equal(findSum(text, 'none.img'), undefined)
})

test('the list in the manner of BSD inside a signature', () => {
  const text = [
    '-----BEGIN PGP SIGNED MESSAGE-----',
    'Hash: SHA256',
    '',
    '# Fedora-Cloud-Base-Generic-44-1.7.x86_64.qcow2: 583729152 bytes',
    `SHA256 (Fedora-Cloud-Base-Generic-44-1.7.x86_64.qcow2) = ${a}`,
    `SHA256 (Fedora-Cloud-Base-UEFI-UKI-44-1.7.x86_64.qcow2) = ${b}`,
    '-----BEGIN PGP SIGNATURE-----',
    'iQIzBAEBCgAdFiEE',
    '-----END PGP SIGNATURE-----',
  ].join('\n')
  assert.equal(findSum(text, 'Fedora-Cloud-Base-Generic-44-1.7.x86_64.qcow2')?.checksum.hex, a)
})

test('one checksum and nothing else, or one line under another name', () => {
  assert.equal(findSum(`${long}\n`, 'x.qcow2')?.checksum.algorithm, 'sha512')
  assert.equal(findSum(`${a}  Arch-Linux-x86_64-cloudimg-20260101.1.qcow2\n`, 'Arch.qcow2')?.checksum.hex, a)
})

test('the highest version is taken, by number, and no edition of another name', () => {
  const line = (hex: string, version: string): string => `${hex}  debian-${version}-amd64-netinst.iso`
  const text = [line(a, '12.9.0'), line(b, '12.10.0'), line(a, 'edu-13.1.0'), line(a, '12.2.0')].join('\n')
  const found = findSum(text, 'debian-{version}-amd64-netinst.iso')
  assert.deepEqual([found?.file, found?.checksum.hex], ['debian-12.10.0-amd64-netinst.iso', b])
})
