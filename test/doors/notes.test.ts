/** The commands of virsh that people have in their notes, typed as they stand: weftd in libvirtd's place prints what the notes show. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { host, newRoot, runProgram, startWeft, type Ran, type Weft } from './weft-process.ts'

/** From notes about libvirt's networks: a definition as libvirt had written it. */
const DEFAULT_XML = `<network>
  <name>default</name>
  <uuid>927f4393-3e4e-4a94-9e42-67c4ebe45555</uuid>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='on' delay='0'/>
  <mac address='52:54:00:b8:c9:9d'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.254'/>
    </dhcp>
  </ip>
</network>
`
const FILE = '/etc/libvirt/qemu/networks/default.xml'

let weft: Weft

before(async () => {
  // As on the author's host: libvirt's own places, here of this test's world alone.
  host('mount', '-t', 'tmpfs', 'tmpfs', '/etc/libvirt')
  mkdirSync('/etc/libvirt/qemu/networks', { recursive: true })
  mkdirSync('/run/libvirt', { recursive: true })
  writeFileSync(FILE, DEFAULT_XML)
  weft = await startWeft(newRoot(), ['--libvirt-socket', '/run/libvirt/libvirt-sock'])
  weft.ok('net', 'undefine', 'default')
})

after(() => weft.stop())

/** No URI: weftd is found where libvirtd would be. */
function type(line: string): Ran {
  const [program = '', ...words] = line.split(' ')
  return runProgram([program, ...words], { LC_ALL: 'C', HOME: weft.root })
}

/** The notes are of a virsh whose columns were wider: blanks are not compared, rulers neither. */
const words = (text: string): string[][] =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([first = '']) => first !== '' && !/^-+$/.test(first))

const HEAD = ['Name', 'State', 'Autostart', 'Persistent']

test('a network that is not there is defined from its file and started, step by step', () => {
  assert.deepEqual(words(type('virsh net-list').out), [HEAD])
  assert.equal(type(`virsh net-define ${FILE}`).out.trim(), `Network default defined from ${FILE}`)
  assert.equal(type('virsh net-start default').out.trim(), 'Network default started')
  // The notes have it marked for autostart from its package.
  assert.equal(type('virsh net-autostart default').code, 0)
  assert.deepEqual(words(type('virsh net-list').out), [HEAD, ['default', 'active', 'yes', 'yes']])
})

test('its bridge is as the notes show it, and answers', async () => {
  const [link] = JSON.parse(host('ip', '-j', 'address', 'show', 'virbr0')) as [
    { flags: string[]; mtu: number; address: string; addr_info: { local: string; prefixlen: number }[] },
  ]
  assert.equal(link.address, '52:54:00:b8:c9:9d')
  assert.equal(link.mtu, 1500)
  for (const flag of ['UP', 'BROADCAST', 'MULTICAST']) assert.ok(link.flags.includes(flag), flag)
  const addresses = link.addr_info.map(({ local, prefixlen }) => `${local}/${String(prefixlen)}`)
  assert.ok(addresses.includes('192.168.122.1/24'))
  assert.match(host('ip', '-d', 'link', 'show', 'virbr0'), /stp_state 1/)
  // There may be no ping here: who refuses a connection is there.
  const refused = once(connect(9, '192.168.122.1'), 'connect')
  await assert.rejects(refused, { code: 'ECONNREFUSED' })
  assert.equal(host('sysctl', '-n', 'net.ipv4.ip_forward').trim(), '1')
})

test('what it was defined from comes out again', () => {
  const shown = type('virsh net-dumpxml --inactive default').out
  assert.equal(shown.trim(), DEFAULT_XML.trim())
})
