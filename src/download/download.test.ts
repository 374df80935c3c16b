/** Downloads from a server that fails in every way servers do. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { WeftError } from '../core/errors.ts'
import { startImageServer, sum, type ServedFile } from '../../test/support/image-server.ts'
import { download, type Download, type Downloaded } from './download.ts'
import { readText } from './read-text.ts'

const server = await startImageServer()
const directory = mkdtempSync(join(tmpdir(), 'weft-download-'))
const part = join(directory, 'part')
after(() => {
  server.close()
  rmSync(directory, { recursive: true })
})
beforeEach(() => {
  server.asked.length = 0
  server.files.clear()
  for (const file of readdirSync(directory)) rmSync(join(directory, file))
})

const BYTES = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) >> 8))
const PATIENCE = { stallMs: 20_000, pauseMs: 1, attempts: 3 }

function get(file: Partial<ServedFile>, more: Partial<Download> = {}): Promise<Downloaded> {
  server.files.set('/image', { bytes: BYTES, etag: '"one"', ...file })
  return download({
    url: `${server.url}/image`,
    expected: { algorithm: 'sha256', hex: sum(BYTES) },
    part,
    patience: PATIENCE,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...more,
  })
}

function assertWhole({ digests, bytes }: Downloaded): void {
  assert.equal(bytes, BYTES.length)
  assert.equal(digests.sha256, sum(BYTES))
  assert.ok(readFileSync(part).equals(BYTES))
}

const failsWith = (says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof WeftError)
  assert.match(`${error.message} ${error.details.flat().join(' ')}`, says)
  return true
}

test('a whole file comes, and how much of it is told', async () => {
  const told: (readonly [number, number | null])[] = []
  assertWhole(await get({}, { onProgress: (...progress) => told.push(progress) }))
  assert.deepEqual(told[0], [0, BYTES.length])
  assert.deepEqual(told.at(-1), [BYTES.length, BYTES.length])
  assert.deepEqual(readdirSync(directory), ['part'])
})

test('a sha512 is held against it as well', async () => {
  assertWhole(await get({}, { expected: { algorithm: 'sha512', hex: sum(BYTES, 'sha512') } }))
})

test('a connection that is cut goes on where it was, as often as something comes', async () => {
  assertWhole(await get({ cutAt: 500_000, cuts: 5 }))
  assert.equal(server.asked.length, 6)
  assert.match(server.asked[1] ?? '', /^\/image bytes=[1-9]\d*-$/)
})

test('a connection on which nothing comes is given up and taken up again', async () => {
  assertWhole(await get({ stallAt: 1_000_000 }, { patience: { ...PATIENCE, stallMs: 300 } }))
  assert.equal(server.asked.length, 2)
})

test('a server that knows no ranges sends all of it again', async () => {
  assertWhole(await get({ cutAt: 500_000, cuts: 2, ignoresRange: true }))
})

test('what an earlier try has left is gone on with; what has come whole is asked for no more than that', async () => {
  await assert.rejects(
    get({ cutAt: 500_000, cuts: 1, etag: '"one"' }, { patience: { ...PATIENCE, attempts: 1 } }),
  )
  assertWhole(await get({}))
  assert.match(server.asked[1] ?? '', /bytes=\d+-/)
})

test('a file that was changed between two halves comes anew, by its ETag', async () => {
  const other = Buffer.from(BYTES.map((byte) => byte ^ 1))
  const patience = { ...PATIENCE, attempts: 1 }
  const expected = { algorithm: 'sha256', hex: sum(other) } as const
  await assert.rejects(get({ cutAt: 500_000, cuts: 1 }, { patience, expected }))
  const whole = await get({ bytes: other, etag: '"two"' }, { expected })
  assert.equal(whole.digests.sha256, sum(other))
})

test('and without an ETag, by its checksum: two halves that do not fit are not kept', async () => {
  const other = Buffer.from(BYTES.map((byte) => byte ^ 1))
  const patience = { ...PATIENCE, attempts: 1 }
  const expected = { algorithm: 'sha256', hex: sum(other) } as const
  const without = { bytes: BYTES, cutAt: 500_000, cuts: 1 }
  server.files.set('/image', without)
  const order = {
    url: `${server.url}/image`,
    part,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  }
  await assert.rejects(download({ ...order, expected, patience }))
  server.files.set('/image', { bytes: other })
  assert.equal((await download({ ...order, expected, patience: PATIENCE })).digests.sha256, sum(other))
})

test('what is not what was published is refused, and nothing of it stays', async () => {
  await assert.rejects(
    get({}, { expected: { algorithm: 'sha256', hex: sum(Buffer.from('other')) } }),
    failsWith(/is not what it should be.*expected sha256:/),
  )
  assert.deepEqual(readdirSync(directory), [])
  assert.equal(server.asked.length, 1)
})

test('404 is final; 500 is tried again', async () => {
  await assert.rejects(get({ status: 404 }), failsWith(/the server answers 404/))
  assert.equal(server.asked.length, 1)
  assertWhole(await get({ status: 503, statuses: 2 }))
  rmSync(part)
  await assert.rejects(get({ status: 500 }), failsWith(/the server answers 500/))
  assert.equal(existsSync(part), false)
})

test('redirects are followed, round in circles they are not', async () => {
  server.files.set('/real', { bytes: BYTES })
  assertWhole(await get({ redirect: '/real' }))
  rmSync(part)
  await assert.rejects(get({ redirect: '/image' }), failsWith(/leads from address to address, 10 times/))
})

test('nobody there is told in words', async () => {
  await assert.rejects(get({}, { url: 'http://127.0.0.1:1/image' }), failsWith(/nobody listens there/))
})

test('whoever gives up keeps what has come', async () => {
  const leave = new AbortController()
  const onProgress = (received: number): void => {
    if (received > 0) leave.abort()
  }
  await assert.rejects(get({ stallAt: 1_000_000 }, { signal: leave.signal, onProgress }))
  assert.ok(readFileSync(part).length > 0)
  assertWhole(await get({}))
})

test('a list of checksums is read, tried again, and never longer than such lists are', async () => {
  const { signal } = new AbortController()
  server.files.set('/sums', { bytes: Buffer.from('text'), status: 502, statuses: 1 })
  assert.equal(await readText(`${server.url}/sums`, PATIENCE, signal), 'text')
  server.files.set('/long', { bytes: Buffer.alloc(5 * 1024 * 1024) })
  await assert.rejects(readText(`${server.url}/long`, PATIENCE, signal), failsWith(/too long/))
  await assert.rejects(readText(`${server.url}/none`, PATIENCE, signal), failsWith(/404/))
})
