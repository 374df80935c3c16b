/** The bytes of disks' files sent and taken: the same ones, holes and all, or none; with cmp and qemu-io as judges. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { appendFileSync, closeSync, existsSync, ftruncateSync, openSync, readdirSync } from 'node:fs'
import { readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openDiskBytes } from '../../src/api/disk-stream.ts'
import { host, newRoot, PROJECT, runProgram, startWeft, until, type Weft } from './weft-process.ts'

const MIB = 2 ** 20
const GIB = 2 ** 30
const root = newRoot()
const here = (name: string): string => join(root, name)
const pool = join(root, 'var/lib/weft/disks')
let weft: Weft

before(async () => {
  weft = await startWeft(root)
  weft.ok('disk', 'create', 'web', '--size', '64M')
  weft.ok('disk', 'create', 'flat', '--size', '4G', '--format', 'raw')
  host('qemu-io', '-f', 'qcow2', '-c', 'write -P 0x5a 0 8M', join(pool, 'web.qcow2'))
})
after(async () => {
  weft.run(['vm', 'kill', 'vm'])
  await weft.stop()
})

const pathOf = (disk: string): string =>
  (JSON.parse(weft.ok('disk', 'show', disk, '--json')) as { path: string }).path
const usedMiB = (path: string): number => (statSync(path).blocks * 512) / MIB
const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')
/** Through a pipe, as a person types it. */
const shell = (line: string): void => {
  const { code, err } = runProgram(['sh', '-ec', line], {
    WEFT_ROOT: root,
    PATH: `${PROJECT}/bin:${process.env['PATH'] ?? ''}`,
  })
  assert.equal(code, 0, err)
}
const refuses = (words: readonly string[], says: RegExp, code = 4): void => {
  const ran = weft.run(words)
  assert.match(ran.err, says)
  assert.equal(ran.code, code, ran.err)
}
const left = (): string[] => readdirSync(pool).filter((name) => !/\.(qcow2|raw)$/.test(name))

test('what is downloaded is the file, and uploaded to another disk it is that disk', () => {
  assert.match(weft.ok('vol-download', 'web', here('web.img')), /Disk web downloaded to/)
  host('cmp', pathOf('web'), here('web.img'))
  weft.ok('disk', 'create', 'copy', '--size', '1M')
  assert.match(weft.ok('vol-upload', 'copy', here('web.img')), /Disk copy uploaded/)
  host('cmp', pathOf('copy'), here('web.img'))
  assert.equal((JSON.parse(weft.ok('disk', 'show', 'copy', '--json')) as { size: number }).size, 64 * MIB)
  assert.equal(statSync(pathOf('copy')).mode & 0o777, 0o600)
  assert.equal(statSync(pathOf('copy')).uid, statSync(pathOf('web')).uid)
  assert.deepEqual(left(), [])
})

test('four gibibytes with little in them take little room on either side, by file and by pipe', () => {
  const file = here('sparse.raw')
  const sparse = openSync(file, 'w')
  ftruncateSync(sparse, 4 * GIB)
  for (const at of [0, 1_234_567, 3 * GIB + 1, 4 * GIB - 5]) writeSync(sparse, Buffer.from('weft!'), 0, 5, at)
  closeSync(sparse)
  weft.ok('disk', 'upload', 'flat', file)
  host('qemu-img', 'compare', '-f', 'raw', '-F', 'raw', pathOf('flat'), file)
  assert.ok(usedMiB(pathOf('flat')) < 2, String(usedMiB(pathOf('flat'))))
  weft.ok('disk', 'download', 'flat', here('back.raw'))
  host('qemu-img', 'compare', '-f', 'raw', '-F', 'raw', file, here('back.raw'))
  assert.equal(statSync(here('back.raw')).size, 4 * GIB)
  assert.ok(usedMiB(here('back.raw')) < 2)
  weft.ok('disk', 'create', 'piped', '--size', '1M', '--format', 'raw')
  shell('weft disk download flat --offset 3G --length 64M | weft disk upload piped -')
  host('cmp', '--bytes', String(64 * MIB), '--ignore-initial', `0:${String(3 * GIB)}`, pathOf('piped'), file)
  assert.ok(usedMiB(pathOf('piped')) < 2)
})

test('a part of it: from a place on, and so many bytes', () => {
  weft.ok('disk', 'create', 'part', '--size', '1M', '--format', 'raw')
  const path = pathOf('part')
  writeFileSync(here('mbr'), 'x'.repeat(1024))
  weft.ok('disk', 'upload', 'part', here('mbr'), '--offset', '1K', '--length', '512')
  const expected = Buffer.alloc(MIB)
  expected.fill('x', 1024, 1536)
  assert.ok(readFileSync(path).equals(expected))
  writeFileSync(here('zeros'), Buffer.alloc(16))
  weft.ok('disk', 'upload', 'part', here('zeros'), '--offset', '1030')
  expected.fill(0, 1030, 1046)
  assert.ok(readFileSync(path).equals(expected))
  weft.ok('disk', 'download', 'part', here('some'), '--offset', '1000', '--length', '100')
  assert.ok(readFileSync(here('some')).equals(expected.subarray(1000, 1100)))
  refuses(
    ['disk', 'upload', 'part', here('mbr'), '--offset', '1047600'],
    /more comes than there is room for/,
    1,
  )
  refuses(['disk', 'upload', 'part', here('mbr'), '--offset', '2M'], /there is nothing at 2097152/, 2)
  refuses(['disk', 'download', 'part', here('none'), '--offset', '2M'], /there is nothing at 2097152/, 2)
  assert.ok(readFileSync(path).equals(expected))
  assert.ok(!existsSync(here('none')))
})

test('what would be no disk, or one that leads elsewhere, is refused, and the disk is as it was', () => {
  const before = digest(pathOf('web'))
  writeFileSync(here('text'), 'no image')
  refuses(['disk', 'upload', 'web', here('text')], /is no qcow2 image/, 1)
  refuses(['disk', 'upload', 'part', here('text')], /8 bytes are no disk/, 1)
  host('qemu-img', 'create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/shadow', '-F', 'raw', here('trap'), '1M')
  refuses(['disk', 'upload', 'web', here('trap')], /goes on in '\/etc\/shadow'/, 1)
  refuses(['disk', 'upload', 'none', here('text')], /there is no disk 'none'/, 3)
  refuses(['disk', 'upload', 'web', here('not-there')], /there is no file/, 3)
  assert.equal(digest(pathOf('web')), before)
  assert.deepEqual(left(), [])
})

test('the script of a dry run does the same, the bytes on its input', () => {
  const script = weft.ok('disk', 'upload', 'part', here('mbr'), '--offset', '0', '--dry-run')
  assert.match(script, /dd status=none if=\/dev\/stdin/)
  writeFileSync(here('script'), weft.ok('disk', 'upload', 'part', '--dry-run'))
  writeFileSync(here('new'), Buffer.alloc(MIB, 'n'))
  shell(`sh ${here('script')} < ${here('new')}`)
  host('cmp', pathOf('part'), here('new'))
  assert.deepEqual(left(), [])
})

test('in use by a machine that runs, or by another disk: neither taken nor given', () => {
  weft.ok('disk', 'create', 'top', '--backing', 'web')
  refuses(['disk', 'upload', 'web', here('web.img')], /disk 'top' begins with what is in disk 'web'/)
  weft.ok('disk', 'download', 'top', here('top.img'))
  // Its own header, which names another disk, is no surprise.
  weft.ok('disk', 'upload', 'top', here('top.img'))
  weft.ok('vm', 'create', 'vm', '--memory', '32M', '--disk', 'top')
  weft.ok('vm', 'start', 'vm')
  refuses(['disk', 'upload', 'top', here('top.img')], /in use by machine 'vm', which runs/)
  refuses(['disk', 'download', 'top', here('gone.img')], /in use by machine 'vm', which runs/)
  assert.ok(!existsSync(here('gone.img')))
  weft.ok('vm', 'kill', 'vm')
})

/** A client that goes away when half of it is sent. */
async function sendHalf(
  disk: string,
  end: (sending: ReturnType<typeof request>) => Promise<void>,
): Promise<void> {
  const path = `/v1/disks/${disk}/content`
  const headers = { 'content-length': 8 * MIB }
  const sending = request({ socketPath: weft.socket, path, method: 'PUT', headers })
  sending.on('error', () => undefined)
  sending.write(Buffer.alloc(4 * MIB, 'h'))
  await until(() => left().includes(`${disk}.qcow2.new`))
  await end(sending)
  sending.destroy()
}

test('cut off half-way, by the client or by the end of weftd, nothing has changed and nothing is left', async () => {
  const before = digest(pathOf('copy'))
  await sendHalf('copy', () => Promise.resolve())
  await until(() => left().length === 0)
  assert.equal(digest(pathOf('copy')), before)
  await sendHalf('copy', () => weft.stop('SIGKILL'))
  assert.deepEqual(left(), ['copy.qcow2.new'])
  weft = await startWeft(root)
  await until(() => left().length === 0)
  assert.equal(digest(pathOf('copy')), before)
})

test('a machine that is started meanwhile keeps its disk', async () => {
  const before = digest(pathOf('top'))
  const file = readFileSync(here('top.img'))
  const headers = { 'content-length': file.length }
  const sending = request({ socketPath: weft.socket, path: '/v1/disks/top/content', method: 'PUT', headers })
  const answered = new Promise<number | undefined>((resolve) => {
    sending.on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
  })
  sending.write(file.subarray(0, 100))
  await until(() => left().includes('top.qcow2.new'))
  weft.ok('vm', 'start', 'vm')
  sending.end(file.subarray(100))
  assert.equal(await answered, 500)
  weft.ok('vm', 'kill', 'vm')
  assert.equal(digest(pathOf('top')), before)
  assert.deepEqual(left(), [])
})

test('a disk that is written to while it is downloaded does not pass for whole', async () => {
  const path = pathOf('part')
  weft.ok('disk', 'resize', 'part', '64M')
  writeFileSync(path, Buffer.alloc(64 * MIB, 'd'))
  const connection = { socket: weft.socket, user: 'test' }
  const { bytes, pieces } = await openDiskBytes(connection, {
    name: 'part',
    offset: undefined,
    length: undefined,
  })
  assert.equal(bytes, 64 * MIB)
  await assert.rejects(async () => {
    let isFirst = true
    for await (const piece of pieces) {
      assert.ok(piece instanceof Uint8Array)
      if (isFirst) appendFileSync(path, 'more')
      isFirst = false
    }
  }, /were cut off/)
})

test('plain HTTP gives the whole file, and takes one', async () => {
  shell(
    `curl -sS --fail --unix-socket ${weft.socket} http://weft/v1/disks/web/content | cmp - ${pathOf('web')}`,
  )
  shell(
    `curl -sS --fail --unix-socket ${weft.socket} -T ${here('web.img')} http://weft/v1/disks/copy/content`,
  )
  host('cmp', pathOf('copy'), here('web.img'))
  await until(() => left().length === 0)
})
