/** Images typed at weft: imported, started from, shown with what uses them, and deleted when nothing does. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ImageView } from '../../src/api/views.ts'
import { host, newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
let base: string
before(async () => {
  weft = await startWeft(newRoot())
  base = join(weft.root, 'base.qcow2')
  host('qemu-img', 'create', '-q', '-f', 'qcow2', base, '64M')
  host('qemu-io', '-c', 'write -P 0x5a 0 1M', base)
})
after(() => weft.stop())

const show = (name: string): ImageView => JSON.parse(weft.ok('image', 'show', name, '--json')) as ImageView
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

test('a file is imported: its bytes are kept under their digest, for reading only', () => {
  assert.match(weft.ok('image', 'import', base, '--name', 'web', '--user', 'admin'), /imported/)
  const image = show('web')
  assert.equal(image.digest, sha256(base))
  assert.equal(image.path, join(weft.root, `var/lib/weft/images/${image.digest}.img`))
  assert.equal(sha256(image.path), image.digest)
  assert.equal(statSync(image.path).mode & 0o777, 0o440)
  assert.deepEqual([image.format, image.size, image.user, image.checked], ['qcow2', 2 ** 26, 'admin', null])
  assert.match(weft.ok('image', 'list'), /^ web +disk .*64 MiB +admin +no +-$/m)
})

test('the same bytes are kept once, under both names', () => {
  weft.ok('image', 'import', base, '--name', 'web2', '--checksum', `sha256:${sha256(base)}`)
  assert.deepEqual(show('web').aliases, ['web2'])
  assert.equal(show('web2').checked?.by, 'root')
  assert.match(weft.ok('image', 'delete', 'web2'), /deleted/)
  assert.equal(weft.run(['image', 'show', 'web2']).code, 3)
  assert.deepEqual(show('web').aliases, [])
})

test('what is no image, or not what it should be, is refused and leaves nothing', () => {
  const page = join(weft.root, 'page.html')
  writeFileSync(page, '<html>not found</html>')
  const chained = join(weft.root, 'chained.qcow2')
  host('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', chained)
  const refusals: readonly (readonly [words: readonly string[], says: RegExp])[] = [
    [[page], /is text, and no image/],
    [[chained], /is not whole: it goes on in '.*base\.qcow2'/],
    [[base, '--name', 'x', '--checksum', `sha256:${'0'.repeat(64)}`], /not what it should be/],
    [[base, '--name', 'x', '--checksum', 'sha256:12'], /is no checksum/],
    [[base, '--name', '../x'], /not acceptable|must be/],
    [[join(weft.root, 'none')], /there is no file/],
  ]
  for (const [words, says] of refusals) assert.match(weft.run(['image', 'import', ...words]).err, says)
  const other = join(weft.root, 'other.qcow2')
  host('qemu-img', 'create', '-q', '-f', 'qcow2', other, '32M')
  assert.match(weft.run(['image', 'import', other, '--name', 'web']).err, /another image named 'web'/)
  assert.equal(host('ls', '-A', join(weft.root, 'var/lib/weft/images/part')), '')
  assert.equal(host('ls', join(weft.root, 'var/lib/weft/images')).match(/\.img/g)?.length, 1)
})

test('a machine made from an image has a disk of its own over it', () => {
  const tooSmall = weft.run(['vm', 'create', 'web', '--image', 'web', '--disk', '1M'])
  assert.match(tooSmall.err, /image 'web' does not fit on 1048576 bytes/)
  assert.equal(weft.run(['vm', 'create', 'web', '--image', 'none']).code, 3)
  assert.match(weft.ok('vm', 'create', 'web', '--image', 'web', '--disk', '1G', '--dry-run'), /-b .*\.img/)
  assert.equal(weft.ok('disk', 'list', '--json').trim(), '[]')

  assert.match(weft.ok('vm', 'create', 'web', '--image', 'web', '--disk', '1G'), /^Machine web created$/m)
  const disk = JSON.parse(weft.ok('disk', 'show', 'web', '--json')) as {
    size: number
    backing: string
    path: string
  }
  assert.deepEqual([disk.size, disk.backing], [2 ** 30, show('web').path])
  host('qemu-io', '-f', 'qcow2', '-c', 'read -P 0x5a 0 1M', disk.path)
  assert.match(host('cat', join(weft.root, 'etc/weft/vms/web.json')), /"user": "admin"/)
  assert.deepEqual(show('web').users, ['disk web', 'machine web'])
})

test('an image is deleted when nothing reads it any more', () => {
  const refused = weft.run(['image', 'delete', 'web'])
  assert.equal(refused.code, 4)
  assert.match(refused.err, /image 'web' is what disk web, machine web began with/)
  weft.ok('vm', 'delete', 'web')
  assert.equal(weft.run(['image', 'delete', 'web']).code, 4)
  weft.ok('disk', 'delete', 'web')
  weft.ok('image', 'delete', 'web')
  assert.equal(host('ls', '-A', join(weft.root, 'var/lib/weft/images')).trim(), 'part')
})

test('an ISO goes into the CD drive, beside an empty disk', () => {
  const iso = join(weft.root, 'tools.iso')
  const bytes = Buffer.alloc(64 * 1024)
  bytes.write('CD001', 32769)
  writeFileSync(iso, bytes)
  weft.ok('image', 'import', iso)
  weft.ok('vm', 'create', 'tools', '--image', 'tools')
  const vm = JSON.parse(weft.ok('vm', 'show', 'tools', '--json')) as { cdroms: string[]; disks: string[] }
  assert.deepEqual(vm.cdroms, [show('tools').path])
  assert.equal(vm.disks.length, 1)
  assert.equal(weft.run(['image', 'delete', 'tools']).code, 4)
})
