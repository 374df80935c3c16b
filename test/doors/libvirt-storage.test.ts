/** Stock virsh and pools, volumes and their bytes: what it prints, how it ends, and what is there afterwards. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newRoot, runProgram, startWeft, type Ran, type Weft } from './weft-process.ts'

let weft: Weft

before(async () => {
  weft = await startWeft(newRoot())
})

after(() => weft.stop())

function virsh(...words: string[]): Ran {
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  return runProgram(['virsh', '-c', uri, ...words], { LC_ALL: 'C', HOME: weft.root })
}

/** Without the blank lines that virsh ends with. */
const said = ({ code, out, err }: Ran): readonly [number | null, string] => [code, `${out}${err}`.trim()]

/** Must end with 0; answers what it printed. */
function ok(...words: string[]): string {
  const [code, text] = said(virsh(...words))
  assert.equal(code, 0, `virsh ${words.join(' ')}: ${text}`)
  return text
}

const row = (text: string, name: string): readonly string[] | undefined =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/))
    .find((words) => words.includes(name))

const at = (name: string): string => join(weft.root, 'srv', name)

test('a pool from its definition to its end', () => {
  mkdirSync(at(''), { recursive: true })
  assert.equal(ok('pool-define-as', 'fast', 'dir', '--target', at('fast')), 'Pool fast defined')
  assert.deepEqual(row(ok('pool-list', '--all'), 'fast'), ['fast', 'inactive', 'no'])
  assert.equal(row(ok('pool-list'), 'fast'), undefined)
  assert.deepEqual(said(virsh('pool-start', 'fast')), [
    1,
    `error: Failed to start pool fast\nerror: cannot open directory '${at('fast')}': No such file or directory`,
  ])
  assert.equal(ok('pool-build', 'fast'), 'Pool fast built')
  assert.equal(ok('pool-start', 'fast'), 'Pool fast started')
  assert.equal(ok('pool-autostart', 'fast'), 'Pool fast marked as autostarted')
  assert.deepEqual(row(ok('pool-list', '--all'), 'fast'), ['fast', 'active', 'yes'])
  assert.match(weft.ok('pool', 'list'), /^ fast +active +yes +0 /m)
  assert.match(ok('pool-info', 'fast'), /^State: +running\nPersistent: +yes\nAutostart: +yes$/m)
  assert.deepEqual(said(virsh('pool-start', 'fast')), [
    1,
    "error: Failed to start pool fast\nerror: Requested operation is not valid: storage pool 'fast' is already active",
  ])
  assert.deepEqual(said(virsh('pool-undefine', 'fast')), [
    1,
    "error: Failed to undefine pool fast\nerror: Requested operation is not valid: storage pool 'fast' is still active",
  ])
  assert.equal(ok('pool-destroy', 'fast'), 'Pool fast destroyed')
  assert.deepEqual(said(virsh('vol-list', 'fast')), [
    1,
    "error: Failed to list volumes\nerror: Requested operation is not valid: storage pool 'fast' is not active",
  ])
  assert.equal(ok('pool-delete', 'fast'), 'Pool fast deleted')
  assert.ok(!existsSync(at('fast')))
  assert.equal(ok('pool-undefine', 'fast'), 'Pool fast has been undefined')
  assert.equal(row(ok('pool-list', '--all'), 'fast'), undefined)
})

test('a pool keeps its UUID, and another one cannot have it', () => {
  const xml = (name: string, uuid: string): string => {
    const file = at(`${name}.xml`)
    writeFileSync(
      file,
      `<pool type='dir'><name>${name}</name><uuid>${uuid}</uuid><target><path>${at(name)}</path></target></pool>`,
    )
    return file
  }
  const uuid = '11111111-1111-1111-1111-111111111111'
  ok('pool-define', xml('one', uuid))
  assert.equal(ok('pool-uuid', 'one'), uuid)
  assert.equal(ok('pool-name', uuid), 'one')
  assert.deepEqual(said(virsh('pool-define', xml('two', uuid))), [
    1,
    `error: Failed to define pool from ${at('two.xml')}\nerror: operation failed: pool 'one' is already defined with uuid ${uuid}`,
  ])
  assert.match(
    said(virsh('pool-define', xml('one', '22222222-2222-2222-2222-222222222222')))[1],
    /operation failed: pool 'one' already exists with uuid 11111111-/,
  )
  ok('pool-undefine', 'one')
})

test('a pool that is only created goes when it is destroyed', () => {
  assert.equal(ok('pool-create-as', 'brief', 'dir', '--target', at('brief'), '--build'), 'Pool brief created')
  assert.match(ok('pool-info', 'brief'), /^Persistent: +no$/m)
  assert.match(said(virsh('pool-autostart', 'brief'))[1], /internal error: pool has no config file/)
  ok('pool-destroy', 'brief')
  assert.equal(row(ok('pool-list', '--all'), 'brief'), undefined)
})

test('a kind of pool that weft has not is a backend that is missing', () => {
  assert.match(
    said(
      virsh('pool-define-as', 'far', 'netfs', '--source-host', 'h', '--source-path', '/x', '--target', '/y'),
    )[1],
    /internal error: missing backend for pool type 2 \(netfs\)/,
  )
  assert.match(
    said(virsh('find-storage-pool-sources', 'dir'))[1],
    /pool type 'dir' does not support source discovery/,
  )
  assert.match(ok('pool-capabilities'), /<pool type='dir' supported='yes'>/)
})

test('volumes: made, listed, told, resized, copied, wiped, deleted', () => {
  ok('pool-create-as', 'vols', 'dir', '--target', at('vols'), '--build')
  assert.equal(ok('vol-create-as', 'vols', 'base.qcow2', '8M', '--format', 'qcow2'), 'Vol base.qcow2 created')
  assert.equal(ok('vol-create-as', 'vols', 'plain', '1M'), 'Vol plain created')
  assert.equal(statSync(at('vols/plain')).size, 1048576)
  assert.equal(statSync(at('vols/plain')).blocks, 2048)
  ok('vol-create-as', 'vols', 'thin.img', '1M', '--allocation', '0')
  assert.ok(statSync(at('vols/thin.img')).blocks <= 8)
  assert.deepEqual(said(virsh('vol-create-as', 'vols', 'plain', '1M')), [
    1,
    "error: Failed to create vol plain\nerror: storage volume 'plain' exists already",
  ])
  assert.deepEqual(row(ok('vol-list', 'vols'), 'plain'), ['plain', at('vols/plain')])
  assert.equal(ok('vol-path', 'plain', '--pool', 'vols'), at('vols/plain'))
  assert.equal(ok('vol-key', 'plain', '--pool', 'vols'), at('vols/plain'))
  assert.equal(ok('vol-name', at('vols/plain')), 'plain')
  assert.equal(ok('vol-pool', at('vols/plain')), 'vols')

  ok(
    ...['vol-create-as', 'vols', 'over.qcow2', '16M', '--format', 'qcow2'],
    ...['--backing-vol', 'base.qcow2', '--backing-vol-format', 'qcow2'],
  )
  assert.match(ok('vol-dumpxml', 'over.qcow2', 'vols'), /<backingStore>\s*<path>[^<]*base\.qcow2</)
  assert.match(said(virsh('vol-delete', 'base.qcow2', 'vols'))[1], /begins with what is in/)

  assert.match(ok('vol-resize', 'plain', '2M', '--pool', 'vols'), /successfully changed to 2M/)
  assert.equal(statSync(at('vols/plain')).size, 2097152)
  assert.match(
    said(virsh('vol-resize', 'plain', '1M', '--pool', 'vols'))[1],
    /Can't shrink capacity below current capacity/,
  )
  ok('vol-resize', 'plain', '512K', '--pool', 'vols', '--delta')
  assert.match(ok('vol-info', 'plain', '--pool', 'vols'), /^Capacity: +2\.50 MiB$/m)

  writeFileSync(at('vols/plain'), Buffer.alloc(2621440, 'x'))
  assert.equal(ok('vol-clone', 'plain', 'twin', '--pool', 'vols'), 'Vol twin cloned from plain')
  assert.deepEqual(readFileSync(at('vols/twin')), readFileSync(at('vols/plain')))
  assert.equal(ok('vol-wipe', 'twin', '--pool', 'vols'), 'Vol twin wiped')
  assert.ok(readFileSync(at('vols/twin')).equals(Buffer.alloc(2621440)))
  ok('vol-delete', 'twin', '--pool', 'vols')
  assert.ok(!existsSync(at('vols/twin')))
})

/** 16 MiB: 64 KiB of letters at each of these places, and nothing else. */
function writeSparse(path: string): void {
  const file = openSync(path, 'w')
  for (const [place, letter] of [
    [1, 'a'],
    [5, 'b'],
    [9, 'c'],
  ] as const)
    writeSync(file, Buffer.alloc(65536, letter), 0, 65536, place * 1048576)
  ftruncateSync(file, 16 * 1048576)
  closeSync(file)
}

test('bytes go up and come down as they are, with their holes where they are asked for', () => {
  writeSparse(at('sparse'))
  const bytes = readFileSync(at('sparse'))
  const blocks = statSync(at('sparse')).blocks
  assert.ok(blocks < 1000)
  for (const [name, ...how] of [['dense'], ['holes', '--sparse']] as const) {
    ok('vol-create-as', 'vols', name, '16M', '--allocation', '0')
    ok('vol-upload', name, at('sparse'), '--pool', 'vols', ...how)
    assert.ok(readFileSync(at(`vols/${name}`)).equals(bytes), `${name} is what was sent`)
    ok('vol-download', name, at(`${name}.down`), '--pool', 'vols', ...how)
    assert.ok(readFileSync(at(`${name}.down`)).equals(bytes), `${name} is what came`)
  }
  assert.equal(statSync(at('vols/holes')).blocks, blocks)
  assert.equal(statSync(at('holes.down')).blocks, blocks)
  execFileSync('cmp', [at('holes.down'), at('vols/dense')])
})

test('a part of a volume, up and down', () => {
  writeFileSync(at('part'), 'PART')
  ok('vol-create-as', 'vols', 'whole', '1M')
  writeFileSync(at('vols/whole'), Buffer.alloc(1048576, '.'))
  ok('vol-upload', 'whole', at('part'), '--pool', 'vols', '--offset', '1000')
  const is = readFileSync(at('vols/whole'))
  assert.equal(is.length, 1048576)
  assert.equal(is.toString('latin1', 998, 1006), '..PART..')
  ok('vol-download', 'whole', at('part.down'), '--pool', 'vols', '--offset', '999', '--length', '6')
  assert.equal(readFileSync(at('part.down'), 'utf8'), '.PART.')
  writeFileSync(at('long'), 'LONG')
  const [code, text] = said(virsh('vol-upload', 'whole', at('long'), '--pool', 'vols', '--length', '2'))
  assert.equal(code, 1, text)
  assert.equal(readFileSync(at('vols/whole')).toString('latin1', 0, 4), '....')
})

test('a whole image takes the place of an empty one', () => {
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', at('image'), '4M'])
  ok('vol-create-as', 'vols', 'image.qcow2', '1M', '--format', 'qcow2')
  ok('vol-upload', 'image.qcow2', at('image'), '--pool', 'vols')
  assert.match(ok('vol-info', 'image.qcow2', '--pool', 'vols'), /^Capacity: +4\.00 MiB$/m)
  assert.match(weft.ok('disk', 'check', 'image'), /no errors|is good/i)
})
