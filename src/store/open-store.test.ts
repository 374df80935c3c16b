/** Definitions: what is written is read again; what is broken is told and left alone. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { networkProblems } from '../core/network/problems/problems.ts'
import { checkStoredNetwork } from './check-network.ts'
import { openStore } from './open-store.ts'

const root = mkdtempSync(join(tmpdir(), 'weft-store-'))
const directory = join(root, 'networks')
after(() => {
  rmSync(root, { recursive: true })
})

const stored = checkStoredNetwork({
  autostart: true,
  spec: {
    name: 'default',
    uuid: '5a0b64d4-6c4c-4c0e-9d1a-2f6e4f4f2f11',
    mode: 'nat',
    bridge: { name: 'virbr0', stp: true, delaySeconds: 0 },
    mac: '52:54:00:b8:c9:9d',
    ip: {
      cidr: { address: '192.168.122.1', prefix: 24 },
      prefixSpelling: 'netmask',
      dhcp: { ranges: [{ start: '192.168.122.2', end: '192.168.122.254' }], hosts: [] },
    },
    kept: [],
  },
})
const open = () => openStore({ directory, check: checkStoredNetwork, nameOf: (network) => network.spec.name })

test('a store without a directory is empty', () => {
  assert.deepEqual(open().list(), [])
})

test('what a plan writes is there after a refresh, and at the next start', async () => {
  const store = open()
  mkdirSync(directory)
  writeFileSync(store.file('default'), store.format(stored))
  assert.equal(store.find('default'), undefined)
  await store.refresh('default')
  assert.deepEqual(store.find('default'), stored)
  assert.deepEqual(open().list(), [stored])
  rmSync(store.file('default'))
  await store.refresh('default')
  assert.equal(store.find('default'), undefined)
})

test('what others remember of a definition, or of all, is not of the one before: a change makes another object and another list', async () => {
  const store = open()
  writeFileSync(store.file('default'), store.format(stored))
  await store.refresh('default')
  const [before, all] = [store.find('default'), store.list()]
  assert.equal(store.list(), all)
  writeFileSync(store.file('default'), store.format({ ...stored, autostart: false }))
  await store.refresh('default')
  assert.notEqual(store.find('default'), before)
  assert.notEqual(store.list(), all)
  assert.notEqual(store.find('default')?.spec, before?.spec)
  rmSync(store.file('default'))
})

test('every name that a network may have is read back: a blank inside it, too', async () => {
  for (const name of ['a b', 'ünï', 'x.y_z+1@2']) {
    const named = { ...stored, spec: { ...stored.spec, name } }
    assert.deepEqual(networkProblems(named.spec, []), [])
    const store = open()
    writeFileSync(store.file(name), store.format(named))
    await store.refresh(name)
    assert.deepEqual(store.find(name), named, store.conditions().join())
    rmSync(store.file(name))
  }
})

const broken: Readonly<Record<string, [content: string, says: RegExp]>> = {
  half: ['{ "autostart": tr', /half\.json is not used: .*JSON/],
  stranger: [JSON.stringify(stored), /stranger\.json is not used: it defines 'default'/],
  typed: [
    JSON.stringify({ ...stored, spec: { ...stored.spec, name: 'typed', bridge: { name: 'a/b' } } }),
    /typed\.json is not used: 'spec\.bridge\.name' must be an interface name/,
  ],
  prefix: [
    JSON.stringify({
      ...stored,
      spec: {
        ...stored.spec,
        ips: [{ ...stored.spec.ips[0], cidr: { address: '10.0.0.1', prefix: 99 } }],
      },
    }),
    /'spec\.ips\[0\]\.cidr' must be an address with its prefix/,
  ],
}

for (const [name, [content, says]] of Object.entries(broken)) {
  test(`a broken file (${name}) is told by name and never deleted`, () => {
    const file = join(directory, `${name}.json`)
    writeFileSync(file, content)
    const store = open()
    assert.equal(store.find(name), undefined)
    assert.match(store.conditions().join('\n'), says)
    assert.ok(existsSync(file))
    rmSync(file)
  })
}
