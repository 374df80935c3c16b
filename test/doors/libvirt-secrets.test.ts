/** Stock virsh and secrets, the volumes they open, and jobs on the disks of a machine that runs. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { bootDisk } from '../support/boot-sector.ts'
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

const said = ({ code, out, err }: Ran): readonly [number | null, string] => [code, `${out}${err}`.trim()]

/** Must end with 0; answers what it printed. */
function ok(...words: string[]): string {
  const [code, text] = said(virsh(...words))
  assert.equal(code, 0, `virsh ${words.join(' ')}: ${text}`)
  return text
}

const UUID = '0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f'
const PRIVATE = '1a81f5b2-8403-7b23-c8d6-21ccc2f80d6f'

function file(name: string, text: string): string {
  const path = join(weft.root, name)
  writeFileSync(path, text)
  return path
}

const secretText = (uuid: string, volume: string, isPrivate: 'yes' | 'no'): string =>
  `<secret ephemeral='no' private='${isPrivate}'><uuid>${uuid}</uuid><usage type='volume'><volume>${volume}</volume></usage></secret>`

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test('a secret from its definition to its end', () => {
  assert.equal(ok('secret-define', file('s.xml', secretText(UUID, '/var/x', 'no'))), `Secret ${UUID} created`)
  assert.match(ok('secret-list'), new RegExp(`^ ${UUID} +volume /var/x$`, 'm'))
  assert.equal(
    ok('secret-dumpxml', UUID),
    `<secret ephemeral='no' private='no'>\n  <uuid>${UUID}</uuid>\n  <usage type='volume'>\n    <volume>/var/x</volume>\n  </usage>\n</secret>`,
  )
  assert.match(
    said(virsh('secret-get-value', UUID))[1],
    /Secret not found: secret '.*' does not have a value/,
  )
  assert.match(ok('secret-set-value', UUID, '--base64', base64('open sesame')), /Secret value set/)
  assert.equal(ok('secret-get-value', UUID), base64('open sesame'))
  const kept = join(weft.root, `var/lib/weft/keys/${UUID}.secret`)
  assert.equal(readFileSync(kept, 'utf8'), 'open sesame')
  assert.equal(statSync(kept).mode & 0o777, 0o600)
  assert.ok(!weft.log().includes('sesame') && !weft.ok('history').includes('sesame'))
  assert.match(
    said(virsh('secret-define', file('t.xml', secretText(PRIVATE, '/var/x', 'no'))))[1],
    /internal error: a secret with UUID 0a81f5b2-.* already defined for use with \/var\/x/,
  )
  assert.equal(ok('secret-undefine', UUID), `Secret ${UUID} deleted`)
  assert.ok(!existsSync(kept))
  assert.match(said(virsh('secret-dumpxml', UUID))[1], /failed to get secret/)
})

test('what a private secret says is told to nobody, and opens a volume all the same', () => {
  ok('secret-define', file('p.xml', secretText(PRIVATE, '/var/p', 'yes')))
  ok('secret-set-value', PRIVATE, '--base64', base64('a passphrase'))
  assert.match(said(virsh('secret-get-value', PRIVATE))[1], /Invalid secret: secret is private/)
  const text = `<volume><name>luks.qcow2</name><capacity unit='M'>8</capacity><target><format type='qcow2'/>
    <encryption format='luks'><secret type='passphrase' uuid='${PRIVATE}'/></encryption></target></volume>`
  ok('vol-create', 'default', file('v.xml', text))
  assert.equal(readFileSync(join(weft.root, 'var/lib/weft/keys/luks.qcow2.key'), 'utf8'), 'a passphrase')
  assert.match(weft.ok('disk', 'show', 'luks'), /encrypted \(LUKS\)/)
})

test('weft keeps the same secrets: what one says comes from a file, and is told to who asks for it', () => {
  const define = ['secret', 'define', '--use', 'volume', '--id', '/var/w']
  const [uuid = ''] = /[\da-f-]{36}/.exec(weft.run(define).err) ?? []
  assert.match(ok('secret-list'), new RegExp(`^ ${uuid} +volume /var/w$`, 'm'))
  assert.match(weft.run(['secret', 'show', uuid, '--value']).err, /says nothing yet/)
  // Bytes that are no text.
  const key = join(weft.root, 'key')
  writeFileSync(key, Buffer.from([0, 255, 10]))
  assert.equal(weft.ok('secret', 'set', '/var/w', key), 'Secret /var/w set\n')
  assert.equal(ok('secret-get-value', uuid), 'AP8K')
  assert.doesNotMatch(weft.ok('secret', 'show', uuid) + weft.ok('secret', 'list', '--json'), /AP8K/)
  assert.match(weft.ok('secret', 'show', uuid, '--value', '--json'), /"value": "AP8K"/)
  assert.equal(weft.run(['secret', 'set', uuid, '-'], 'swordfish').code, 0)
  assert.equal(weft.ok('secret', 'show', '/var/w', '--value'), 'swordfish')
  assert.ok(!weft.log().includes('swordfish') && !weft.ok('history').includes('swordfish'))
  // PRIVATE is from the test before.
  assert.match(weft.run(['secret', 'show', PRIVATE, '--value']).err, /is private/)
  const public_ = ['secret', 'define', '--uuid', PRIVATE, '--use', 'volume', '--id', '/var/p']
  assert.match(weft.run(public_).err, /is private, and stays that/)
  assert.match(weft.run([...define, '--uuid', PRIVATE]).err, /already/)
  assert.match(weft.run(['secret', 'define', '--id', '/var/w']).err, /for a kind of thing/)
  assert.match(weft.run(['secret', 'define', '--uuid', '../x']).err, /UUID/)
  weft.ok('secret', 'delete', '/var/w')
  assert.doesNotMatch(ok('secret-list'), /\/var\/w/)
  assert.match(weft.run(['secret', 'show', '/var/w']).err, /there is no secret '\/var\/w'/)
})

test('jobs on a disk of a machine that runs', () => {
  const image = join(weft.root, 'boot.img')
  writeFileSync(image, bootDisk('up', 8192))
  weft.ok('disk', 'import', 'web', image)
  weft.ok('vm', 'create', 'web', '--memory', '64', '--disk', 'web')
  ok('start', 'web')
  assert.match(ok('blockresize', 'web', 'vda', '8M'), /Block device 'vda' is resized/)
  assert.match(ok('domblkinfo', 'web', 'vda'), /^Capacity: +8388608$/m)
  assert.equal(ok('blockjob', 'web', 'vda'), 'No current block job for vda')
  weft.ok('disk', 'overlay', 'web', 'web')
  assert.match(ok('domblklist', 'web'), /vda +.*web-1\.qcow2/)
  assert.match(
    ok('blockcommit', 'web', 'vda', '--active', '--pivot', '--wait', '--delete'),
    /Successfully pivoted/,
  )
  assert.match(ok('domblklist', 'web'), /vda +.*web\.qcow2/)
  weft.ok('disk', 'overlay', 'web', 'web')
  assert.match(ok('blockpull', 'web', 'vda', '--wait'), /Pull complete/)
  assert.doesNotMatch(ok('vol-dumpxml', 'web-1.qcow2', 'default'), /backingStore/)
  assert.match(said(virsh('blockjob', 'web', 'vda', '--abort'))[1], /does not have an active block job/)
  ok('destroy', 'web')
})
