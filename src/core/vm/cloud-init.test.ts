/** What a machine from a cloud image is told, and what is refused before cloud-init would pass over it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seedFiles, type CloudInitSpec } from './cloud-init.ts'
import { cloudInitProblems } from './cloud-init-problems.ts'
import { VM_GOLDEN_CASES } from './golden-cases.ts'

const smallest = VM_GOLDEN_CASES[0]!.wanted
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJb5bUXR8s4kU0bV1v2n5t3t2p0o8F0kq2f2m3nq0uQe ann@home'

function problemsOf(change: Partial<CloudInitSpec>, name = 'web'): string[] {
  const spec = { ...smallest, name, cloudInit: { user: 'debian', sshKeys: [key], ...change } }
  return cloudInitProblems(spec).map(
    ({ path, message, hint }) => `${path}: ${message} (${hint ?? 'no hint'})`,
  )
}

test('a user, a key, and user-data of any kind are fine', () => {
  assert.deepEqual(problemsOf({}), [])
  for (const userData of ['#cloud-config\n{}\n', '#!/bin/sh\nid\n', 'Content-Type: multipart/mixed; b="x"\n'])
    assert.deepEqual(problemsOf({ userData, hostName: 'db.example.org' }), [])
})

test('user-data that cloud-init would pass over, or that is no text, is refused', () => {
  assert.match(problemsOf({ userData: 'packages: [nginx]\n' })[0]!, /does not say what it is.*#cloud-config/)
  assert.match(problemsOf({ userData: '\u001f\ufffd\b\0' })[0]!, /is not text/)
  assert.match(problemsOf({ userData: `#!${'x'.repeat(2 ** 20)}` })[0]!, /larger than 512 KiB/)
})

test('what is no public key is refused, a private one with a warning', () => {
  assert.match(problemsOf({ sshKeys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] })[0]!, /private half.*\.pub/)
  for (const word of ['', 'ssh-ed25519', `${key}\nssh-rsa AAAAB3`, 'no key at all'])
    assert.match(problemsOf({ sshKeys: [word] })[0]!, /cloudInit.sshKeys.0: '.*' is not a public key/s)
})

test('names that no guest can have are refused', () => {
  for (const user of ['', 'Ann', 'a b', '-rf']) assert.equal(problemsOf({ user }).length, 1, user)
  for (const hostName of ['', '-web', 'a..b', 'a_b', 'x'.repeat(64)])
    assert.equal(problemsOf({ hostName }).length, 1, hostName)
})

test("a machine's name becomes a host's name as far as it can", () => {
  assert.deepEqual(problemsOf({}, 'web_1.test'), [])
  const spec = { ...smallest, name: 'web_1.test', cloudInit: { user: 'debian', sshKeys: [] } }
  assert.match(seedFiles(spec, [])['meta-data'], /^local-hostname: "web-1-test"$/m)
})

test('a machine with another UUID is another instance', () => {
  const spec = { ...smallest, cloudInit: { user: 'debian', sshKeys: [] } }
  const other = { ...spec, uuid: 'another' }
  assert.notEqual(seedFiles(spec, [])['meta-data'], seedFiles(other, [])['meta-data'])
})

test('a share is mounted where the definition says, and no other is', () => {
  const shares = [
    { path: '/srv/site', tag: 'weft:site', kind: 'virtiofs', mountPoint: '/srv/site', isReadOnly: true },
    { path: '/srv/old', tag: 'weft:old', kind: '9p', mountPoint: '/mnt/old' },
    { path: '/srv/data', tag: 'data', kind: 'virtiofs' },
  ] as const
  const text = seedFiles({ ...smallest, cloudInit: { user: 'debian', sshKeys: [] }, shares }, [])[
    'vendor-data'
  ]
  assert.deepEqual(text.trim().split('\n').slice(3), [
    'mounts:',
    '  - ["weft:site", "/srv/site", "virtiofs", "defaults,ro,nofail", "0", "0"]',
    '  - ["weft:old", "/mnt/old", "9p", "trans=virtio,version=9p2000.L,msize=524288,nofail", "0", "0"]',
  ])
})
