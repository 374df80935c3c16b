/** Machines as libvirt XML at the terminal: defined, shown, defined again, refused. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
  weft.ok('disk', 'create', 'web', '--size', '64M')
})
after(async () => {
  weft.run(['vm', 'kill', 'web'])
  await weft.stop()
})

const xml = (more = ''): string => `<domain type='qemu'>
  <name>web</name>
  <title>the shop</title>
  <memory unit='MiB'>128</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type><boot dev='hd'/></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='none'/>
      <source file='${weft.root}/var/lib/weft/disks/web.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='bridge'><source bridge='virbr0'/><model type='virtio'/></interface>
    ${more}
  </devices>
</domain>
`

test('virsh words define a machine of a pipe, and --dry-run only says what would be', () => {
  const dry = weft.run(['define', '--dry-run'], xml())
  assert.equal(dry.code, 0, dry.err)
  assert.match(dry.out, /etc\/weft\/vms\/web\.json/)
  assert.equal(weft.run(['vm', 'show', 'web']).code, 3)
  const { code, out, err } = weft.run(['define'], xml())
  assert.equal(code, 0, err)
  assert.match(out, /^Machine defined from stdin$/m)
})

test('what weft has no use for is given back, and what it gives back is the same machine', () => {
  const shown = weft.ok('dumpxml', 'web')
  assert.match(shown, /<title>the shop<\/title>/)
  assert.match(shown, /machine='pc-q35-7\.2'/)
  assert.match(shown, /<driver name='qemu' type='qcow2' cache='none'\/>/)
  assert.match(shown, /<source network='default'\/>/)
  const again = weft.run(['vm', 'define', '-'], shown)
  assert.match(again.out, /is defined like that already/, again.err)
})

test('a machine that runs shows its vnet, and its definition does not', () => {
  weft.ok('vm', 'start', 'web')
  const live = weft.ok('vm', 'show', 'web', '--xml')
  assert.match(live, /^<domain type='qemu' id='\d+'>/)
  assert.match(live, /<target dev='vnet0'\/>/)
  assert.match(live, /<alias name='disk0'\/>/)
  assert.doesNotMatch(weft.ok('vm', 'show', 'web', '--xml', '--inactive'), /vnet0| id='/)
  const more = weft.run(['vm', 'define'], live.replace('<vcpu>1<', '<vcpu>2<'))
  assert.match(more.out, /^Machine redefined from stdin$/m, more.err)
  assert.match(`${more.out}${more.err}`, /counts from its next start/)
  assert.match(weft.ok('vm', 'show', 'web', '--xml'), /<vcpu>1</)
  assert.match(weft.ok('vm', 'show', 'web', '--xml', '--inactive'), /<vcpu>2</)
})

test('the version of a machine type is fixed when the machine is defined, and is what runs', () => {
  weft.ok('vm', 'create', 'fixed', '--machine', 'pc')
  assert.match(weft.ok('vm', 'show', 'fixed', '--xml'), /machine='pc-i440fx-\d+\.\d+'/)
  weft.ok('vm', 'delete', 'fixed', '--yes')
  const { pid } = JSON.parse(weft.ok('vm', 'show', 'web', '--json')) as { pid: number }
  assert.match(readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8'), /-machine\0pc-q35-7\.2,accel/)
  const { code, err } = weft.run(['vm', 'define'], xml().replace('pc-q35-7.2', 'pc-q35-99.0'))
  assert.equal(code, 2)
  assert.match(err, /6.*has no machine type 'pc-q35-99\.0'/s)
})

test('what is not supported, and what is not there, is refused with its line', () => {
  const watchdog = weft.run(['vm', 'define'], xml("<watchdog model='i6300esb'/>"))
  assert.equal(watchdog.code, 2, watchdog.err)
  assert.match(watchdog.err, /<watchdog> in <devices> is not supported/)
  assert.match(watchdog.err, /14/)
  const missing = weft.run(['vm', 'define'], xml().replace('web.qcow2', 'nobody.qcow2'))
  assert.match(missing.err, /there is no file .*nobody\.qcow2/)
  assert.match(missing.err, /10/)
  const other = weft.run(['vm', 'define'], xml().replace("bridge='virbr0'", "bridge='br9'"))
  assert.match(other.err, /no network of weft's is on the bridge 'br9'/)
  const inWords = (json: string): string =>
    weft.run(
      ['vm', 'define'],
      xml().replace(
        '<title>',
        `<metadata><weft:machine xmlns:weft="urn:weft:machine">${json}</weft:machine></metadata><title>`,
      ),
    ).err
  assert.match(inWords('{"autostart":7}'), /3.*'autostart' must be an object/s)
  assert.match(inWords('{"autostrat":{}}'), /'autostrat' is nothing that weft knows/)
  assert.match(inWords('{"autostart":{"delay":7}}'), /'autostart\.delay' is nothing that weft knows/)
  const disk = `{"disks":[{"path":"${weft.root}/var/lib/weft/disks/web.qcow2","speed":7}]}`
  assert.match(inWords(disk), /'disks\[0\]\.speed' is nothing that weft knows/)
})

test('a machine is shown as YAML and as JSON, and both define the same machine', () => {
  const yaml = weft.ok('vm', 'show', 'web', '--yaml', '--inactive')
  assert.match(yaml, /^name: web$[^]*^memory: 128M$[^]*^  - path: .*web\.qcow2$[^]*^  - network: default$/m)
  const same = weft.run(['vm', 'define'], yaml)
  assert.match(same.out, /is defined like that already/, same.err)
  const json = weft.ok('vm', 'show', 'web', '--json-definition', '--inactive')
  assert.match(weft.run(['vm', 'define', '-'], json).out, /is defined like that already/)
  const more = weft.run(['vm', 'define'], yaml.replace('cpus: 2', 'cpus: 3'))
  assert.match(more.out, /^Machine redefined from stdin$/m, more.err)
  assert.match(weft.ok('vm', 'show', 'web', '--yaml', '--inactive'), /^cpus: 3$/m)
  const wrong = weft.run(['vm', 'define'], yaml.replace('memory:', 'memry:'))
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /a machine has no 'memry'[^]*did you mean 'memory'\?/)
})
