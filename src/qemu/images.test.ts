/** Images described by their first bytes. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { goldenFacts } from '../core/vm/golden-cases.ts'
import { createImages } from './images.ts'

const directory = mkdtempSync(join(tmpdir(), 'weft-images-'))
const images = createImages(goldenFacts('/'))
after(() => {
  rmSync(directory, { recursive: true })
})

function qcow2(size: bigint, backing = ''): Buffer {
  const header = Buffer.alloc(512)
  header.writeUInt32BE(0x514649fb, 0)
  header.writeUInt32BE(3, 4)
  header.writeBigUInt64BE(backing === '' ? 0n : 104n, 8)
  header.writeUInt32BE(backing.length, 16)
  header.writeBigUInt64BE(size, 24)
  header.write(backing, 104)
  return header
}

function place(name: string, content: Buffer): string {
  writeFileSync(join(directory, name), content)
  return join(directory, name)
}

test('a qcow2 image tells its size and what it is based on', async () => {
  const found = await images.inspect(place('a.qcow2', qcow2(10n * 2n ** 30n, '/srv/base.raw')))
  assert.equal(found?.format, 'qcow2')
  assert.equal(found.size, 10 * 2 ** 30)
  assert.equal(found.backing, '/srv/base.raw')
})

test('everything else is raw, also a file shorter than any header', async () => {
  assert.equal((await images.inspect(place('b.raw', Buffer.alloc(4096))))?.format, 'raw')
  const short = await images.inspect(place('c.raw', Buffer.alloc(3)))
  assert.deepEqual([short?.format, short?.size, short?.backing], ['raw', 3, undefined])
})

test('what is known to be raw is so, whatever a guest wrote there', async () => {
  const path = place('e.raw', qcow2(10n, '/etc/passwd'))
  const { format, size, backing } = (await images.inspect(path, 'raw')) ?? {}
  assert.deepEqual([format, size, backing], ['raw', 512, undefined])
  assert.equal((await images.inspect(path))?.backing, '/etc/passwd')
})

test('a backing file is found beside the image, and what is no plain name stays as it is', async () => {
  assert.equal(
    (await images.inspect(place('f.qcow2', qcow2(1n, 'base.raw'))))?.backing,
    join(directory, 'base.raw'),
  )
  assert.equal((await images.inspect(place('g.qcow2', qcow2(1n, 'json:{}'))))?.backing, 'json:{}')
})

test('what a backing file is stands in an extension of the header', async () => {
  const header = qcow2(1n, 'base')
  header.writeUInt32BE(104, 100)
  header.write('/srv/base', 256)
  header.writeBigUInt64BE(256n, 8)
  header.writeUInt32BE(9, 16)
  for (const [at, type, text] of [
    [104, 0x6803f857, 'x'],
    [120, 0xe2792aca, 'qcow2'],
  ] as const) {
    header.writeUInt32BE(type, at)
    header.writeUInt32BE(text.length, at + 4)
    header.write(`${text}\0\0\0\0\0\0\0`.slice(0, 8), at + 8, 'latin1')
  }
  const found = await images.inspect(place('h.qcow2', header))
  assert.deepEqual([found?.backing, found?.backingFormat], ['/srv/base', 'qcow2'])
})

test('a backing name longer than the format allows is not believed', async () => {
  const bad = qcow2(1n)
  bad.writeBigUInt64BE(104n, 8)
  bad.writeUInt32BE(2 ** 31, 16)
  assert.equal((await images.inspect(place('d.qcow2', bad)))?.backing, undefined)
})

test('what is not there, or is a directory, is no image', async () => {
  assert.equal(await images.inspect(join(directory, 'none')), undefined)
  assert.equal(await images.inspect(directory), undefined)
  assert.deepEqual(await images.list(join(directory, 'none')), [])
})
