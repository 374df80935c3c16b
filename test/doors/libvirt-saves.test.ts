/** Machines saved to files of the user's and brought back from them, by stock virsh. */
import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { after, before, test } from 'node:test'
import { virshOf, type Virsh } from './stock-virsh.ts'
import { newRoot, runProgram, startWeft, until, type Weft } from './weft-process.ts'

let weft: Weft
let virsh: Virsh
let file: string

before(async () => {
  weft = await startWeft(newRoot())
  virsh = virshOf(weft)
  // Where QEMU's user may not go.
  mkdirSync(`${weft.root}/private`, { mode: 0o700 })
  file = `${weft.root}/private/web.save`
  weft.ok('disk', 'create', 'data', '--size', '16M')
  weft.ok('vm', 'create', 'web', '--memory', '64', '--disk', 'data')
})

after(async () => {
  weft.run(['vm', 'kill', 'web'])
  await weft.stop()
})

const state = (): string => virsh.run('domstate', 'web').out.trim()
const memory = (command: string): string =>
  virsh.run('qemu-monitor-command', 'web', '--hmp', command).out.trim()
const kept = (): string[] => readdirSync(`${weft.root}/var/lib/weft/saves`)
const RESTORED = (): string => `Domain restored from ${file}`

test('saved to a file: it is off, all of it is in the file, and weft keeps nothing', () => {
  assert.equal(virsh.run('start', 'web').code, 0)
  assert.deepEqual(virsh.says('save', 'web', file), [0, `Domain 'web' saved to ${file}`])
  assert.deepEqual([state(), virsh.table('dominfo', 'web')['Managed save']], ['shut off', 'no'])
  assert.equal(virsh.run('domstate', 'web', '--reason').out.trim(), 'shut off (saved)')
  assert.deepEqual(kept(), [])
  const { mode, uid } = statSync(file)
  assert.deepEqual([mode & 0o777, uid], [0o600, 0])
  assert.deepEqual(readdirSync(`${weft.root}/private`), ['web.save'])
})

test('restored: it goes on with the memory it had, and the file stays', async () => {
  assert.deepEqual(virsh.says('restore', file), [0, RESTORED()])
  assert.equal(state(), 'running')
  assert.ok(existsSync(file))
  assert.deepEqual(kept(), [])
  // The interrupt table of the BIOS is what the guest has made of its memory.
  const now = (): string => memory('xp /16xw 0')
  let before = ''
  // It may have been saved before the BIOS came so far.
  await until(() => {
    before = now()
    return before.includes('0x') && !/^0+: (0x00000000 ?)+$/m.test(before) && now() === before
  })
  assert.deepEqual(virsh.says('save', 'web', file, '--paused'), [0, `Domain 'web' saved to ${file}`])
  assert.equal(virsh.run('restore', file).code, 0)
  assert.equal(state(), 'paused')
  assert.equal(now(), before)
  assert.equal(virsh.run('save', 'web', file).code, 0)
  assert.equal(virsh.run('restore', file, '--running').code, 0)
  assert.equal(state(), 'running')
})

test('what stands in the way is told, and nothing has changed', () => {
  assert.deepEqual(virsh.says('restore', file), [
    1,
    `error: Failed to restore domain from ${file}\nerror: Requested operation is not valid: machine 'web' runs already; try weft vm kill web`,
  ])
  const [code, said] = virsh.says('save', 'web', `${weft.root}/nowhere/web.save`)
  assert.deepEqual([code, state()], [1, 'running'])
  assert.match(said, /there is no directory/)
  const disk = `${weft.root}/var/lib/weft/disks/data.qcow2`
  const { size } = statSync(disk)
  assert.match(virsh.says('save', 'web', disk)[1], /is there already, and is something else/)
  assert.equal(statSync(disk).size, size)
  writeFileSync(`${weft.root}/other`, 'x'.repeat(200))
  assert.match(virsh.says('restore', `${weft.root}/other`)[1], /is no saved machine of weft's/)
  assert.match(
    virsh.says('restore', `${weft.root}/nothing`)[1],
    /Failed to open file '[^']*': No such file or directory/,
  )
  assert.equal(virsh.run('save', 'web', file, '--running').code, 0)
  utimesSync(disk, 1, 1)
  assert.match(virsh.says('restore', file)[1], /data.qcow2' has been written to since it was saved/)
  assert.deepEqual([state(), kept()], ['shut off', []])
})

test('the XML in a file is shown, and whether its machine goes on can be set', () => {
  assert.equal(virsh.run('start', 'web').code, 0)
  assert.equal(virsh.run('save', 'web', file).code, 0)
  const xml = virsh.run('save-image-dumpxml', file).out
  assert.match(xml, /<name>web<\/name>/)
  writeFileSync(`${weft.root}/web.xml`, xml)
  assert.deepEqual(virsh.says('save-image-define', file, `${weft.root}/web.xml`, '--paused'), [
    0,
    `State file ${file} updated.`,
  ])
  writeFileSync(`${weft.root}/web.xml`, xml.replace('>web<', '>bew<'))
  assert.match(virsh.says('save-image-define', file, `${weft.root}/web.xml`)[1], /argument unsupported/)
  assert.deepEqual(readdirSync(`${weft.root}/private`), ['web.save'])
  assert.equal(virsh.run('restore', file).code, 0)
  assert.equal(state(), 'paused')
  assert.equal(virsh.run('destroy', 'web').code, 0)
})

test('a machine that is not defined any more comes back as a transient one', () => {
  assert.equal(virsh.run('start', 'web').code, 0)
  assert.equal(virsh.run('save', 'web', file).code, 0)
  assert.equal(virsh.run('undefine', 'web').code, 0)
  assert.deepEqual(virsh.says('restore', file), [0, RESTORED()])
  assert.deepEqual([state(), virsh.table('dominfo', 'web')['Persistent']], ['running', 'no'])
  // And may be saved as one, which libvirt's managed saves do not do.
  assert.equal(virsh.run('save', 'web', file).code, 0)
  assert.doesNotMatch(virsh.run('list', '--all').out, /web/)
  assert.deepEqual(virsh.says('restore', file), [0, RESTORED()])
  assert.equal(state(), 'running')
})

test('a core for debuggers: ELF or what kdump writes, and the machine goes on', () => {
  const core = `${weft.root}/private/core`
  assert.deepEqual(virsh.says('dump', 'web', core, '--memory-only'), [0, `Domain 'web' dumped to ${core}`])
  assert.equal(state(), 'running')
  const bytes = readFileSync(core)
  assert.deepEqual([bytes.subarray(1, 4).toString(), bytes.readUInt16LE(16)], ['ELF', 4])
  assert.ok(bytes.length > 64 * 2 ** 20)
  assert.equal(statSync(core).mode & 0o777, 0o600)
  assert.equal(virsh.run('dump', 'web', core, '--memory-only', '--format', 'kdump-zlib').code, 0)
  assert.match(readFileSync(core).subarray(0, 12).toString(), /^makedumpfile/)
  assert.deepEqual(readdirSync(`${weft.root}/private`).sort(), ['core', 'web.save'])
  assert.deepEqual(kept(), [])
  assert.match(virsh.says('dump', 'web', file)[1], /is something else/)
  assert.deepEqual(virsh.says('dump', 'web', core, '--crash'), [0, `Domain 'web' dumped to ${core}`])
  assert.doesNotMatch(virsh.run('list', '--all').out, /web/)
})

/** Distributions have libvirt for the Python that comes with them. */
const PEEK = `
import sys, libvirt
libvirt.registerErrorHandler(lambda *_: None, None)
dom = libvirt.open(sys.argv[1]).lookupByName('peek')
print(bytes(dom.memoryPeek(0xffff0, 8, libvirt.VIR_MEMORY_PHYSICAL)).hex())
print(bytes(dom.blockPeek('vda', 510, 4)).hex())
for call in (lambda: dom.memoryPeek(0, 8, 4), lambda: dom.blockPeek('/etc/passwd', 0, 4), lambda: dom.blockPeek('vdb', 0, 4)):
    try:
        call()
    except libvirt.libvirtError as error:
        print(error.get_error_message())
`

test('some bytes of memory, and of a raw disk', () => {
  weft.ok('disk', 'create', 'plain', '--size', '1M', '--format', 'raw')
  weft.ok('disk', 'create', 'more', '--size', '1M')
  const image = `${weft.root}/var/lib/weft/disks/plain.raw`
  writeFileSync(
    image,
    Buffer.concat([Buffer.alloc(510), Buffer.from('55aa0102', 'hex'), Buffer.alloc(2 ** 20 - 514)]),
  )
  weft.ok('vm', 'create', 'peek', '--memory', '64', '--disk', 'plain', '--disk', 'more')
  try {
    assert.equal(virsh.run('start', 'peek').code, 0)
    const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
    const { out, err } = runProgram(['/usr/bin/python3', '-c', PEEK, uri], {})
    const [memory = '', ...rest] = out.trim().split('\n')
    // A far jump: where every PC begins.
    assert.match(memory, /^ea5be000f0/, err)
    assert.deepEqual(rest, [
      '55aa0102',
      'invalid argument: flags parameter must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL',
      "invalid argument: invalid disk or path '/etc/passwd'",
      "unsupported configuration: peeking is only supported for disk with 'raw' format not 'qcow2'",
    ])
  } finally {
    weft.run(['vm', 'kill', 'peek'])
  }
})

test('what becomes of a machine whose guest ends, in its definition', () => {
  assert.equal(virsh.run('set-lifecycle-action', 'peek', 'poweroff', 'restart', '--config').code, 0)
  assert.equal(virsh.run('set-lifecycle-action', 'peek', 'crash', 'preserve').code, 0)
  const xml = virsh.run('dumpxml', 'peek').out
  assert.match(xml, /<on_poweroff>restart<\/on_poweroff>/)
  assert.match(xml, /<on_crash>preserve<\/on_crash>/)
  assert.match(virsh.says('set-lifecycle-action', 'peek', 'reboot', 'preserve')[1], /not supported/)
  assert.match(virsh.says('set-lifecycle-action', 'peek', 'crash', 'coredump-destroy')[1], /not supported/)
})
