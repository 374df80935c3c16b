/** What libvirt has becomes weft's: the files of a libvirtd, taken over at the terminal. */
import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { virshOf, type Virsh } from './stock-virsh.ts'
import { newRoot, PROJECT, startWeft, type Weft } from './weft-process.ts'

const SECRET = '5d7a9d3c-0b1f-4d0e-9c61-7c3a6b1f0a11'
let weft: Weft
let virsh: Virsh
/** The disk of the other host. */
let old: string
let directory: string
before(async () => {
  weft = await startWeft(newRoot())
  virsh = virshOf(weft)
  old = join(weft.root, 'old')
  directory = join(old, 'etc/libvirt')
  cpSync(join(PROJECT, 'test/support/libvirt-installation'), old, { recursive: true })
  for (const file of ['qemu/web.xml', 'storage/default.xml', 'storage/fast.xml']) {
    const path = join(directory, file)
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replaceAll('/var/lib/libvirt', join(old, 'var/lib/libvirt')),
    )
  }
  for (const [link, to] of [
    ['qemu/autostart/web.xml', '../web.xml'],
    ['qemu/networks/autostart/default.xml', '../default.xml'],
  ] as const) {
    mkdirSync(join(directory, link, '..'), { recursive: true })
    symlinkSync(to, join(directory, link))
  }
  for (const pool of ['images', 'fast']) mkdirSync(join(old, 'var/lib/libvirt', pool))
  weft.ok('disk', 'create', 'made', '--size', '1M')
  cpSync(join(weft.root, 'var/lib/weft/disks/made.qcow2'), join(old, 'var/lib/libvirt/images/web.qcow2'))
  const raw = join(old, 'var/lib/libvirt/fast/db.img')
  writeFileSync(raw, Buffer.alloc(2 ** 20))
  chmodSync(raw, 0o666)
  mkdirSync(join(old, 'run/libvirt/network'), { recursive: true })
  writeFileSync(join(directory, `secrets/${SECRET}.base64`), btoa('kept by libvirt'))
  writeFileSync(join(old, 'run/libvirt/network/default.xml'), '<networkstatus/>\n')
})
after(() => weft.stop())

const adopt = (...words: string[]): ReturnType<Weft['run']> =>
  weft.run(['adopt', '--from-libvirt', directory, ...words])

function filesUnder(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path} ${readFileSync(path, 'base64')}`)
    .sort()
}

test('--dry-run shows what would come and what would not, each with the reason, and changes nothing', () => {
  const networks = weft.ok('net', 'list', '--json')
  const { code, out, err } = adopt('--dry-run')
  assert.equal(code, 0, err)
  assert.match(err, /nothing of libvirt's own files is changed/)
  assert.match(err, /these run under libvirt and go on: network 'default'; end them there/)
  assert.match(out, /^ \+ pool libvirt .*var\/lib\/libvirt\/images\n +libvirt calls it 'default'/m)
  assert.match(out, /^ ~ network default +instead of weft's own 'default', which nobody used$/m)
  assert.match(out, /it runs there now on virbr0: virsh -c qemu:\/\/\/system net-destroy default before/)
  assert.match(out, /^ \+ network br-lan +made for the machines that are on this host's own bridge br-lan$/m)
  assert.match(out, /^ \+ machine web [^]*keeps its address 192\.168\.122\.77$/m)
  assert.match(out, /without its 1 snapshot, which stay with libvirt/)
  assert.match(
    out,
    /^ ! pool store +not taken: line \d+: <pool type>: 'netfs' is not taken over.*mount it yourself/m,
  )
  assert.match(out, /^ ! network passed +not taken: line \d+: .*hostdev/m)
  assert.match(out, /^ \+ network eth0 +made for the machines that are on this host's own NIC eth0$/m)
  assert.match(out, /^ ! machine strange +not taken: line \d+: .*disk/m)
  assert.match(out, /^ \+ filter web-only$/m)
  assert.match(out, /^ \+ secret \/var\/lib\/libvirt\/images\/secret\.qcow2$/m)
  assert.doesNotMatch(out, /clean-traffic/)
  assert.equal(weft.ok('net', 'list', '--json'), networks)
  assert.equal(weft.ok('vm', 'list', '--json').trim(), '[]')
})

test('it comes as one change with UUIDs, MACs and addresses; libvirt keeps its files; undo takes all of it back', () => {
  const files = filesUnder(old)
  const networks = weft.ok('net', 'list', '--json')
  const { code, out, err } = adopt()
  assert.equal(code, 0, err)
  assert.match(out, /10 taken, 1 replaced, 3 not taken\n$/)
  assert.deepEqual(filesUnder(old), files)

  for (const kind of ['vm', 'net'] as const)
    for (const name of kind === 'vm' ? ['web', 'db', 'bridged'] : ['default', 'lab']) {
      const folder = kind === 'vm' ? 'qemu' : 'qemu/networks'
      const theirs = readFileSync(join(directory, folder, `${name}.xml`), 'utf8')
      const ours = weft.ok(kind, 'show', name, '--xml')
      for (const pattern of [/<uuid>(.*?)<\/uuid>/, /<mac address='(.*?)'/])
        assert.equal(pattern.exec(ours)?.[1], pattern.exec(theirs)?.[1], `${name}: ${String(pattern)}`)
    }
  const shown = JSON.parse(weft.ok('net', 'show', 'default', '--json')) as Record<string, unknown>
  assert.equal(shown['autostart'], true)
  assert.match(weft.ok('vm', 'show', 'web', '--yaml'), /ip: 192\.168\.122\.77/)
  assert.match(weft.ok('vm', 'show', 'db', '--xml'), /file='[^']*\/fast\/db\.img'/)
  assert.match(weft.ok('vm', 'show', 'bridged', '--xml'), /br-lan/)
  const history = JSON.parse(weft.ok('history', '--json')) as { title: string }[]
  assert.equal(history.filter(({ title }) => title === 'adopt what libvirt has').length, 1)

  assert.match(adopt().out, /Nothing to take over from /)
  assert.match(virsh.run('nwfilter-dumpxml', 'web-only').out, /<uuid>dcc8c091-a136-4f6e-a092-f6ee619e4e2e</)
  assert.equal(virsh.run('secret-get-value', SECRET, '--plain').out, 'kept by libvirt\n')

  weft.ok('undo')
  assert.equal(weft.ok('vm', 'list', '--json').trim(), '[]')
  assert.equal(weft.ok('net', 'list', '--json'), networks)
  assert.equal((JSON.parse(weft.ok('pool', 'list', '--json')) as unknown[]).length, 1)
  assert.equal(virsh.run('nwfilter-dumpxml', 'web-only').code, 1)
  assert.equal(virsh.run('secret-get-value', SECRET).code, 1)
  assert.deepEqual(filesUnder(join(weft.root, 'var/lib/weft/keys')), [])
})

test('a network of weft that is used is not replaced, and what needs it is told of', () => {
  weft.ok('vm', 'create', 'own', '--memory', '64', '--net', 'default')
  const { code, out, err } = adopt('--dry-run')
  assert.equal(code, 0, err)
  assert.match(
    out,
    /^ ! network default +not taken: weft has another network 'default' already, and machine 'own' is on it/m,
  )
  weft.ok('vm', 'delete', 'own')
})

test('one that is not there, or may not be read, is told', () => {
  assert.match(weft.run(['adopt']).err, /weft adopt --from-libvirt/)
  const nowhere = weft.run(['adopt', '--from-libvirt', join(old, 'nowhere')])
  assert.equal(nowhere.code, 3, nowhere.err)
  assert.match(nowhere.err, /there is no directory/)
  mkdirSync(join(old, 'empty/qemu'), { recursive: true })
  chmodSync(join(old, 'empty'), 0o755)
  assert.match(weft.run(['adopt', '--from-libvirt', join(old, 'empty')]).err, /no definitions of libvirt's/)
})
